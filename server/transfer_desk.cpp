#include "server/transfer_desk.hpp"

#include "dns/presentation.hpp"
#include "server/log.hpp"
#include "server/tcp_session.hpp"
#include "server/udp_listener.hpp"
#include "server/unix_time.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace homing::server {

namespace {

/// Runs `f` on the worker's thread. Whatever it throws is for the log.
template <class F>
void post_to(event_loop& io, F f)
{
    boost::asio::post(io, [f = std::move(f)]() mutable {
        try {
            f();
        } catch (std::exception const& e) { // out of memory
            log_error(e.what());
        }
    });
}

} // namespace

transfer_desk::transfer_desk(event_loop& io, transfer_surroundings const& around, zone::versions& versions, use_notes& uses,
                             counters& c)
    : io_{io}, around_{around}, versions_{versions}, uses_{uses}, counters_{c}
{
}

bool transfer_desk::may_hold_versions() const noexcept
{
    return versions_.memory().retired <= most_held_back;
}

transfer_stream::opening transfer_desk::open_noted(exchange const& e, update::key_ring const& keys, socket_address const& client,
                                                   char const* via, std::uint64_t now)
{
    auto const question = dns::request_view::read(e.buffer.first(e.request_size)).question; // before the reply overwrites it
    auto opening = transfer_stream::open(e, client, versions_, keys, around_.fence, now);
    if (opening.signer != nullptr)
        uses_.note(opening.signer->key_name(), client, "transfer", now);
    if (opening.stream != nullptr) {
        counters_.transfers.add();
        return opening;
    }
    auto const code = static_cast<dns::rcode>(e.buffer[3] & 15);
    counters_.count_reply(code);
    if (log_.wants(code, now)) {
        auto const who = client.to_client_string(), zone = question.qname.to_string(), type = dns::to_string(question.type);
        log_.write({opening.key, who, via, zone, zone, type, "transfer"}, code, opening.reason);
    }
    return opening;
}

transfer_stream::opening transfer_desk::open(exchange const& e, update::key_ring const& keys, socket_address const& client,
                                             std::weak_ptr<tcp_session> session, std::uint64_t now)
{
    auto opening = open_noted(e, keys, client, "dns/tcp", now);
    if (opening.stream == nullptr || !opening.stream->is_waiting())
        return opening;
    auto done = [this, session = std::move(session)](journal_crew::answer difference) {
        post_to(io_, [this, session, difference = std::move(difference)]() mutable {
            counters_.transfers_incremental.add(difference != nullptr);
            if (auto const s = session.lock())
                s->take_difference(std::move(difference));
        });
    };
    if (!may_hold_versions() || !around_.crew.ask(*opening.stream->wanted(), std::move(done)))
        opening.stream->take(nullptr);
    return opening;
}

std::size_t transfer_desk::take_datagram(exchange const& e, update::key_ring const& keys, udp_route const& route,
                                         std::uint64_t now)
{
    auto opening = open_noted(e, keys, route.peer.address, "dns/udp", now);
    if (opening.stream == nullptr)
        return opening.reply_size;
    counters_.count_reply(dns::rcode::noerror);
    std::shared_ptr<transfer_stream> const stream = std::move(opening.stream);
    stream->become_datagram(!may_hold_versions());
    auto done = [this, route, stream](journal_crew::answer difference) {
        post_to(io_, [this, route, stream, difference = std::move(difference)]() mutable {
            counters_.transfers_incremental.add(difference != nullptr);
            stream->take(std::move(difference));
            route.listener->deliver(route.peer, stream->datagram(unix_time()));
            route.listener->flush();
        });
    };
    if (stream->is_waiting() && around_.crew.ask(*stream->wanted(), std::move(done)))
        return 0;
    stream->take(nullptr);
    auto const reply = stream->datagram(now);
    std::copy(reply.begin(), reply.end(), e.buffer.begin());
    return reply.size();
}

} // namespace homing::server
