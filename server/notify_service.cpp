#include "server/notify_service.hpp"

#include "dns/presentation.hpp"
#include "server/log.hpp"
#include "server/own_addresses.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <map>
#include <mutex>

#include <sys/random.h>
#include <sys/socket.h>

namespace homing::server {

namespace {

using clock = follower::clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t most_name_servers = 1024; // addresses out of NS records that are being told something
constexpr std::size_t most_fed = 262'144;       // zones that wait for this thread
constexpr std::size_t most_unanswered = 16'384;
constexpr std::size_t most_untold = 131'072; // zones whose name servers are told after a start
constexpr seconds answer_counts_for{10};
constexpr milliseconds round_tick{100};
constexpr std::size_t asked_per_tick = 20; // 200 a second
constexpr seconds between_rounds{60}, last_answers{3};
constexpr std::size_t shown_behind = 10;
constexpr std::uint16_t dns_port = 53;

std::string to_key(dns::name_view n)
{
    return {reinterpret_cast<char const*>(n.bytes().data()), n.size()};
}

dns::name_view to_name(std::string const& key)
{
    return {reinterpret_cast<std::uint8_t const*>(key.data()), key.size()};
}

std::uint64_t seconds_since_1970()
{
    return static_cast<std::uint64_t>(std::time(nullptr));
}

std::uint16_t random_id()
{
    std::uint16_t id = 0;
    return ::getrandom(&id, sizeof id, 0) == static_cast<ssize_t>(sizeof id) ? id : static_cast<std::uint16_t>(clock::now().time_since_epoch().count());
}

/// A text of the form that secondaries are stored with.
std::optional<socket_address> to_address(std::string const& text)
{
    auto const parsed = listen_address::parse(text, dns_port);
    return parsed && parsed->addresses.size() == 1 ? std::optional{parsed->addresses.front()} : std::nullopt;
}

bool is_same(socket_address const& a, socket_address const& b)
{
    return a.port() == b.port() && std::ranges::equal(a.octets(), b.octets());
}

secondary_status::time to_system(clock::time_point t)
{
    return std::chrono::system_clock::now() +
           std::chrono::duration_cast<std::chrono::system_clock::duration>(t - clock::now());
}

std::optional<secondary_status::time> to_system(std::optional<clock::time_point> t)
{
    return t ? std::optional{to_system(*t)} : std::nullopt;
}

} // namespace

struct notify_service::parts {
    /// An address that is told of changes.
    struct peer {
        peer(socket_address const& a, bool is_asked) : address{a}, state{is_asked} {}

        socket_address address;
        follower state;
        dns::name secondary; // its name, for one that the operator named
        std::string text;    // its address, the same
        bool is_ourselves = false;
        bool is_gone = false;
        std::shared_ptr<dns::tsig_key const> key;
        std::shared_ptr<std::vector<std::string> const> round; // zones to be asked for; null between rounds
        std::size_t round_place = 0;
        clock::time_point round_asked{}, next_round{};
    };
    using peer_pointer = std::shared_ptr<peer>;
    struct unanswered {
        peer_pointer who;
        asked_peer what;
        follower::question asked;
        bool is_of_round;
        clock::time_point since;
    };

    parts(zone::versions& v, update::writer& w, std::vector<socket_address> at, bool tells_ns)
        : versions{v},
          writer{w},
          listening{std::move(at)},
          tells_name_servers{tells_ns},
          reader{v},
          lookups{[this] { boost::asio::post(io, [this] { names_are_known(); }); }}
    {
    }

    void feed(std::span<dns::name const>);
    void take_fed();
    void refresh_secondaries();
    void tell_of(std::string const& apex, zone::snapshot const&);
    void tell_name_servers(std::string const& apex, zone::snapshot const&, zone::zone_version const&);
    void tell_name_server(std::string const& apex, socket_address const&, std::uint32_t serial);
    std::optional<std::vector<socket_address>> addresses_of(dns::name_view server, zone::snapshot const&);
    void names_are_known();

    void pump();
    bool send(peer_pointer const&, follower::question const&, bool is_of_round);
    void set_timer();
    void tick_rounds();
    void tell_all_name_servers();
    void tell_more_name_servers();
    void advance_round(peer_pointer const&, clock::time_point now);
    std::shared_ptr<std::vector<std::string> const> zones_of_round(clock::time_point now);
    void receive(watched_descriptor&);
    void take_answer(std::span<std::uint8_t const>, socket_address const& from);
    void forget_unanswered(clock::time_point now);

    void open_sockets();
    void wait(watched_descriptor&);
    template <class F>
    void guarded(F&&);

    zone::versions& versions;
    update::writer& writer;
    std::vector<socket_address> const listening;
    bool const tells_name_servers;
    zone::versions::reader reader;

    std::mutex feed_mutex; // guards the next two
    std::unordered_set<std::string> fed;
    bool is_fed = false;

    event_loop io{1};
    boost::asio::executor_work_guard<event_loop::executor_type> open_end{io.get_executor()};
    watched_descriptor v4{io}, v6{io};
    loop_timer timer{io}, round_timer{io}, start_timer{io};
    bool is_ticking = false;
    std::thread thread;

    mutable std::mutex mutex; // guards what follows, for those who ask how things are
    std::uint64_t keys_version = 0;
    std::shared_ptr<update::secondary_list const> secondaries;
    std::vector<peer_pointer> named;
    std::map<std::string, peer_pointer> in_records; // by address
    std::unordered_map<std::uint16_t, unanswered> waiting;
    std::deque<std::pair<clock::time_point, std::uint16_t>> order; // in which they were asked
    std::weak_ptr<std::vector<std::string> const> round_zones; // of rounds under way
    clock::time_point round_zones_made{};
    std::vector<std::string> untold; // zones whose name servers were not told since the start
    std::unordered_map<std::string, std::uint32_t> wait_for_names; // zones whose name servers' addresses are not known yet
    own_addresses own;
    name_lookups lookups;
};

template <class F>
void notify_service::parts::guarded(F&& f)
{
    std::lock_guard const lock{mutex};
    try {
        f();
        pump();
    } catch (std::exception const& e) { // out of memory: the rounds find what was lost
        log_error(e.what());
    }
}

// ---- what changed

void notify_service::parts::feed(std::span<dns::name const> zones)
{
    std::lock_guard const lock{feed_mutex};
    for (auto const& z : zones)
        if (fed.size() < most_fed)
            fed.insert(to_key(z));
    if (!std::exchange(is_fed, true))
        boost::asio::post(io, [this] { guarded([this] { take_fed(); }); });
}

void notify_service::parts::take_fed()
{
    std::unordered_set<std::string> zones;
    {
        std::lock_guard const lock{feed_mutex};
        zones.swap(fed);
        is_fed = false;
    }
    refresh_secondaries();
    zone::versions::reading const now{reader};
    for (auto const& apex : zones)
        tell_of(apex, *now);
}

void notify_service::parts::refresh_secondaries()
{
    auto const newest = writer.keys_version();
    if (newest == keys_version)
        return;
    keys_version = newest;
    secondaries = writer.secondaries();
    auto const keys = writer.keys();
    std::vector<peer_pointer> next;
    for (auto const& s : secondaries->all())
        for (auto const& text : s.addresses) {
            auto const known = std::ranges::find_if(named, [&](auto const& p) { return p->secondary == s.name && p->text == text; });
            auto const address = to_address(text);
            if (!address)
                continue;
            auto const& p = next.emplace_back(known != named.end() ? *known : std::make_shared<peer>(*address, true));
            p->secondary = s.name;
            p->text = text;
            p->is_ourselves = own.has(*address, listening);
            auto const* const key = keys->find(s.name);
            p->key = key != nullptr ? key->key : nullptr;
        }
    for (auto const& p : named)
        p->is_gone = std::ranges::find(next, p) == next.end();
    named = std::move(next);
    if (!named.empty() && !is_ticking)
        tick_rounds();
}

void notify_service::parts::tell_of(std::string const& apex, zone::snapshot const& snapshot)
{
    auto const* const zone = snapshot.find(to_name(apex));
    for (auto const& p : named) {
        if (p->is_ourselves)
            continue;
        if (zone == nullptr)
            p->state.removed(apex);
        else
            p->state.changed(apex, zone->serial(), clock::now(), !secondaries->is_catalog(zone->apex()));
    }
    if (zone != nullptr && tells_name_servers && !secondaries->is_catalog(zone->apex()))
        tell_name_servers(apex, snapshot, *zone);
}

/// RFC 1996 2.3: all in the NS RRset but the primary.
void notify_service::parts::tell_name_servers(std::string const& apex, zone::snapshot const& snapshot, zone::zone_version const& zone)
{
    auto const soa = zone.apex_node().find(dns::rr_type::soa);
    auto const primary = dns::read_soa(soa.front()).mname;
    zone.apex_node().find(dns::rr_type::ns).for_each([&](dns::rdata_view rdata) {
        auto const server = dns::name_view::parse(rdata);
        if (!server || *server == primary)
            return;
        auto const addresses = addresses_of(*server, snapshot);
        if (!addresses) {
            if (wait_for_names.size() < most_name_servers)
                wait_for_names[apex] = zone.serial();
            return;
        }
        for (auto const& a : *addresses)
            tell_name_server(apex, a, zone.serial());
    });
}

/// From a zone of ours, or looked up; nothing if that is under way.
std::optional<std::vector<socket_address>> notify_service::parts::addresses_of(dns::name_view server, zone::snapshot const& snapshot)
{
    auto const* const zone = snapshot.closest(server);
    if (zone == nullptr)
        return is_reserved_name(server) ? std::vector<socket_address>{} : lookups.find(server, dns_port);
    std::vector<socket_address> addresses;
    auto const* const node = zone->find(server);
    for (auto const type : {dns::rr_type::a, dns::rr_type::aaaa})
        if (node != nullptr)
            node->find(type).for_each([&](dns::rdata_view rdata) {
                if (auto const a = socket_address::from_text(dns::to_text(type, rdata), dns_port))
                    addresses.push_back(*a);
            });
    return addresses;
}

void notify_service::parts::tell_name_server(std::string const& apex, socket_address const& address, std::uint32_t serial)
{
    if (!may_be_told(address) || own.has(address, listening) ||
        std::ranges::any_of(named, [&](auto const& p) { return is_same(p->address, address); }))
        return;
    std::erase_if(in_records, [&](auto const& p) { return in_records.size() >= most_name_servers && p.second->state.is_idle(); });
    auto const key = address.to_string();
    auto at = in_records.find(key);
    if (at == in_records.end()) {
        if (in_records.size() >= most_name_servers)
            return;
        at = in_records.emplace(key, std::make_shared<peer>(address, false)).first;
    }
    at->second->state.changed(apex, serial, clock::now());
}

void notify_service::parts::names_are_known()
{
    guarded([this] {
        auto const zones = std::exchange(wait_for_names, {});
        zone::versions::reading const now{reader};
        for (auto const& [apex, serial] : zones)
            if (auto const* const zone = now->find(to_name(apex)))
                tell_name_servers(apex, *now, *zone);
    });
}

// ---- out and in

void notify_service::parts::pump()
{
    auto const now = clock::now();
    forget_unanswered(now);
    auto const send_due = [&](peer_pointer const& p) {
        while (auto const question = p->state.next(now))
            if (!send(p, *question, false)) {
                p->state.not_sent(*question, now);
                break;
            }
    };
    for (auto const& p : named)
        send_due(p);
    for (auto const& [key, p] : in_records)
        send_due(p);
    set_timer();
}

/// False if no more should be sent now. What the network loses is sent again: nothing is told of it here.
bool notify_service::parts::send(peer_pointer const& p, follower::question const& question, bool is_of_round)
{
    if (waiting.size() >= most_unanswered)
        return false;
    unanswered u{p, {question.kind, random_id(), dns::name{to_name(question.apex)}, {}}, question, is_of_round, clock::now()};
    while (waiting.contains(u.what.id))
        u.what.id = static_cast<std::uint16_t>(u.what.id + 1);
    std::array<std::uint8_t, dns::default_udp_size> buffer;
    std::size_t size = 0;
    {
        zone::versions::reading const now{reader};
        auto const* const zone = now->find(u.what.apex);
        if (zone == nullptr) {
            p->state.removed(question.apex);
            return true;
        }
        auto const soa = zone->apex_node().find(dns::rr_type::soa);
        size = write_question(buffer, u.what, soa.front(), soa.ttl(), p->key.get(), seconds_since_1970());
    }
    auto& socket = p->address.is_v6() ? v6 : v4;
    if (size != 0 && socket.is_open())
        ::sendto(socket.native_handle(), buffer.data(), size, MSG_DONTWAIT, p->address.data(), p->address.size());
    if (is_of_round)
        p->state.asked_in_round();
    order.emplace_back(u.since, u.what.id);
    waiting.emplace(u.what.id, std::move(u));
    return true;
}

void notify_service::parts::forget_unanswered(clock::time_point now)
{
    for (; !order.empty() && order.front().first + answer_counts_for <= now; order.pop_front())
        if (auto const at = waiting.find(order.front().second); at != waiting.end() && at->second.since == order.front().first) {
            if (at->second.is_of_round)
                at->second.who->state.round_question_over(false);
            waiting.erase(at);
        }
}

void notify_service::parts::set_timer()
{
    std::optional<clock::time_point> next;
    auto const look = [&](peer_pointer const& p) {
        auto const t = p->state.next_time();
        if (t && (!next || *t < *next))
            next = t;
    };
    for (auto const& p : named)
        look(p);
    for (auto const& [key, p] : in_records)
        look(p);
    if (!next)
        return;
    timer.expires_at(std::max(*next, clock::now() + milliseconds{1}));
    timer.async_wait([this](boost::system::error_code error) {
        if (!error)
            guarded([] {});
    });
}

void notify_service::parts::wait(watched_descriptor& socket)
{
    socket.async_wait(watched_descriptor::wait_read, [this, &socket](boost::system::error_code error) {
        if (error)
            return;
        guarded([&] { receive(socket); });
        wait(socket);
    });
}

void notify_service::parts::receive(watched_descriptor& socket)
{
    std::array<std::uint8_t, 4096> buffer;
    for (int i = 0; i < 256; ++i) {
        socket_address from;
        socklen_t from_size = socket_address::capacity;
        auto const n = ::recvfrom(socket.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT, from.data(), &from_size);
        if (n < 0)
            return;
        take_answer(std::span{buffer}.first(static_cast<std::size_t>(n)), from);
    }
}

void notify_service::parts::take_answer(std::span<std::uint8_t const> message, socket_address const& from)
{
    auto const id = answer_id(message);
    auto const at = id ? waiting.find(*id) : waiting.end();
    if (at == waiting.end() || !is_same(at->second.who->address, from))
        return;
    auto const& u = at->second;
    auto const answer = read_answer(message, u.what, u.who->key.get(), seconds_since_1970());
    if (!answer)
        return;
    auto const now = clock::now();
    if (!u.is_of_round)
        u.who->state.answered(u.asked, *answer, now);
    else {
        u.who->state.round_question_over(true);
        zone::versions::reading const version{reader};
        if (auto const* const zone = version->find(to_name(u.asked.apex)))
            u.who->state.answered_in_round(u.asked.apex, *answer, zone->serial(), now);
    }
    waiting.erase(at);
}

// ---- rounds

void notify_service::parts::tick_rounds()
{
    is_ticking = true;
    round_timer.expires_after(round_tick);
    round_timer.async_wait([this](boost::system::error_code error) {
        if (error)
            return;
        guarded([this] {
            refresh_secondaries();
            auto const now = clock::now();
            for (auto const& p : named)
                if (!p->is_ourselves)
                    advance_round(p, now);
            if (named.empty())
                is_ticking = false;
            else
                tick_rounds();
        });
    });
}

/// A change may have been the last thing before the end: so each zone's name servers are told once after a start, a few a second.
void notify_service::parts::tell_all_name_servers()
{
    zone::versions::reading const version{reader};
    version->for_each([&](zone::zone_version const& z) {
        if (untold.size() < most_untold)
            untold.push_back(to_key(z.apex()));
    });
}

void notify_service::parts::tell_more_name_servers()
{
    {
        zone::versions::reading const now{reader};
        for (std::size_t n = 0; n < asked_per_tick && !untold.empty(); ++n, untold.pop_back())
            if (auto const* const zone = now->find(to_name(untold.back())); zone != nullptr && !secondaries->is_catalog(zone->apex()))
                tell_name_servers(untold.back(), *now, *zone);
    }
    if (untold.empty())
        return;
    start_timer.expires_after(round_tick);
    start_timer.async_wait([this](boost::system::error_code error) {
        if (!error)
            guarded([this] { tell_more_name_servers(); });
    });
}

/// All zones but the catalog: one list for all rounds that begin within a minute.
std::shared_ptr<std::vector<std::string> const> notify_service::parts::zones_of_round(clock::time_point now)
{
    if (auto known = round_zones.lock(); known && now < round_zones_made + between_rounds)
        return known;
    auto zones = std::make_shared<std::vector<std::string>>();
    zone::versions::reading const version{reader};
    zones->reserve(version->zone_count());
    version->for_each([&](zone::zone_version const& z) {
        if (!secondaries->is_catalog(z.apex()))
            zones->push_back(to_key(z.apex()));
    });
    round_zones = zones;
    round_zones_made = now;
    return zones;
}

void notify_service::parts::advance_round(peer_pointer const& p, clock::time_point now)
{
    if (p->round == nullptr) {
        if (now < p->next_round)
            return;
        p->round = zones_of_round(now);
        p->round_place = 0;
        p->state.begin_round();
    }
    for (std::size_t n = 0; n < asked_per_tick && p->round_place < p->round->size() && p->state.may_ask_in_round(); ++n) {
        if (!send(p, {peer_question::soa, (*p->round)[p->round_place]}, true))
            return;
        ++p->round_place;
        p->round_asked = now;
    }
    if (p->round_place == p->round->size() && now >= p->round_asked + last_answers) {
        p->state.end_round(now);
        p->round = nullptr;
        p->next_round = now + between_rounds;
    }
}

// ---- the thread

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
        std::vector<follower::behind> behind;
        if (!zone)
            behind = one->state.behind_zones(shown_behind);
        else if (auto found = one->state.find(to_key(zone->to_lower())))
            behind.push_back(std::move(*found));
        for (auto const& b : behind)
            s.zones.push_back({to_name(b.apex).to_string(), b.serial_here, b.serial_there, to_system(b.since)});
        if (auto const* const z = zone && behind.empty() ? now->find(*zone) : nullptr)
            s.zones.push_back({z->apex().to_string(), z->serial(), {}, {}});
    }
    return all;
}

} // namespace homing::server
