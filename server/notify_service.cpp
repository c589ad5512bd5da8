#include "server/notify_service.hpp"

#include "dns/presentation.hpp"
#include "server/notify_parts.hpp"

#include <sys/socket.h>

namespace homing::server {

namespace {

using clock = peer_progress::clock;

constexpr std::size_t shown_behind = 10;

secondary_status::time to_system(clock::time_point t)
{
    return std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(t - clock::now());
}

std::optional<secondary_status::time> to_system(std::optional<clock::time_point> t)
{
    return t ? std::optional{to_system(*t)} : std::nullopt;
}

} // namespace

void notify_service::parts::open_sockets()
{
    for (auto* const socket : {&v4, &v6}) {
        int const family = socket == &v4 ? AF_INET : AF_INET6;
        int const fd = ::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0)
            continue; // no IPv6 on this machine
        int const one = 1, room = 1 << 20;
        if (family == AF_INET6)
            ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
        ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        socket->assign(fd);
        wait(*socket);
    }
}

notify_service::notify_service(zone::versions& versions, update::writer& writer, std::vector<socket_address> own,
                               bool tells_name_servers)
    : parts_{std::make_unique<parts>(versions, writer, std::move(own), tells_name_servers)}
{
    writer.after_publishing([p = parts_.get()](std::span<dns::name const> zones) { p->feed(zones); });
}

notify_service::~notify_service() = default;

dns::result<void> notify_service::start(server&)
{
    parts_->open_sockets();
    boost::asio::post(parts_->io, [p = parts_.get()] {
        p->guarded([p] {
            p->refresh_secondaries();
            if (!p->tells_name_servers)
                return;
            p->tell_all_name_servers();
            p->tell_more_name_servers();
        });
    });
    parts_->thread = std::thread{[this] { run_to_the_end(parts_->io); }};
    return {};
}

void notify_service::stop()
{
    parts_->io.stop();
    parts_->thread.join();
}

std::vector<secondary_status> notify_service::status(std::optional<dns::name> zone) const
{
    auto const& p = *parts_;
    std::vector<secondary_status> all;
    zone::versions::reader reader{p.versions};
    zone::versions::reading const now{reader};
    std::lock_guard const lock{p.mutex};
    for (auto const& one : p.named) {
        auto const state = one->state.state();
        auto& s = all.emplace_back();
        s.name = one->secondary.to_string();
        s.address = one->text;
        s.is_ourselves = one->is_ourselves;
        s.zones_here = now->zone_count() - 1; // the catalog counts for none
        s.behind = state.behind;
        s.behind_since = to_system(state.behind_since);
        s.found_same = state.round.same;
        s.found_absent = state.round.absent;
        s.round_end = to_system(state.last_round_end);
        s.last_heard = to_system(state.last_heard);
        s.last_refusal = state.last_refusal ? dns::to_string(*state.last_refusal) : "";
        s.notifies = state.notifies;
        s.answers = state.answers;
        s.unanswered = state.unanswered;
        s.dropped = state.dropped;
        std::vector<peer_progress::behind> behind;
        if (!zone)
            behind = one->state.behind_zones(shown_behind);
        else if (auto found = one->state.find(storage::name_octets(zone->to_lower())))
            behind.push_back(std::move(*found));
        for (auto const& b : behind)
            s.zones.push_back({storage::name_of_octets(b.apex).to_string(), b.serial_here, b.serial_there, to_system(b.since)});
        if (auto const* const z = zone && behind.empty() ? now->find(*zone) : nullptr)
            s.zones.push_back({z->apex().to_string(), z->serial(), {}, {}});
    }
    return all;
}

} // namespace homing::server
