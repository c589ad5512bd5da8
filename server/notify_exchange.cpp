// The notify service: messages out and in.
#include "server/notify_parts.hpp"
#include "server/random_number.hpp"
#include "server/unix_time.hpp"

#include "storage/follow_record.hpp"

#include <array>

#include <sys/socket.h>

namespace homing::server {

namespace {

using clock = peer_progress::clock;
using std::chrono::milliseconds;

constexpr std::size_t most_unanswered = 16'384;
constexpr std::chrono::seconds answer_counts_for{10};

} // namespace

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
bool notify_service::parts::send(peer_pointer const& p, peer_progress::question const& question, bool is_of_round)
{
    if (waiting.size() >= most_unanswered)
        return false;
    unanswered u{
        p,
        {question.kind, static_cast<std::uint16_t>(random_number()), dns::name{storage::name_of_octets(question.apex)}, {}},
        question,
        is_of_round,
        clock::now()};
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
        size = write_question(buffer, u.what, soa.front(), soa.ttl(), p->key.get(), unix_time());
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
    if (at == waiting.end() || !(at->second.who->address == from))
        return;
    auto const& u = at->second;
    auto const answer = read_answer(message, u.what, u.who->key.get(), unix_time());
    if (!answer)
        return;
    auto const now = clock::now();
    if (!u.is_of_round)
        u.who->state.answered(u.asked, *answer, now);
    else {
        u.who->state.round_question_over(true);
        zone::versions::reading const version{reader};
        if (auto const* const zone = version->find(storage::name_of_octets(u.asked.apex)))
            u.who->state.answered_in_round(u.asked.apex, *answer, zone->serial(), now);
    }
    waiting.erase(at);
}

} // namespace homing::server
