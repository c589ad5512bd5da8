#include "server/dispatch.hpp"

#include "dns/presentation.hpp"
#include "server/tcp_session.hpp"
#include "server/udp_listener.hpp"
#include "server/unix_time.hpp"

namespace homing::server {

namespace {

void deliver(reply_route const& route, std::span<std::uint8_t const> reply)
{
    if (auto const* const udp = std::get_if<udp_route>(&route))
        udp->listener->deliver(udp->peer, reply);
    else if (auto const session = std::get<std::weak_ptr<tcp_session>>(route).lock())
        session->deliver(reply);
}

void flush(reply_route const& route)
{
    if (auto const* const udp = std::get_if<udp_route>(&route))
        udp->listener->flush();
    else if (auto const session = std::get<std::weak_ptr<tcp_session>>(route).lock())
        session->flush();
}

} // namespace

dispatch::dispatch(event_loop& io, zone::versions& versions, update::writer& writer, outbox& o,
                   transfer_surroundings const& transfers, counters& c)
    : versions_{versions},
      writer_{writer},
      counters_{c},
      intake_{writer, o, *uses_, c},
      notices_{writer, *uses_},
      transfers_{io, transfers, versions, *uses_, c},
      reader_{versions},
      responder_{{}},
      keys_version_{writer.keys_version()},
      keys_{writer.keys()}
{
}

void dispatch::refresh_keys()
{
    auto const newest = writer_.keys_version();
    if (newest == keys_version_)
        return;
    keys_version_ = newest; // read before the ring: the ring is this version or a newer one
    keys_ = writer_.keys();
}

void dispatch::answer(std::span<exchange> batch)
{
    now_ = unix_time();
    refresh_keys();
    {
        zone::versions::reading const version{reader_};
        responder_.answer(*version, *keys_, batch, now_);
    }
    for (auto const& q : responder_.signed_queries())
        note(q);
    for (auto& e : batch) {
        if (e.result == exchange::verdict::notify)
            notices_.answer(e, *keys_, now_);
        if (e.result == exchange::verdict::reply)
            counters_.count_reply(e.rcode);
        else if (e.result == exchange::verdict::silence)
            counters_.silences.add();
    }
}

/// A query that was signed: by whom, and if it was refused the log hears of it.
void dispatch::note(signed_query const& q)
{
    if (q.key != nullptr && q.which->client != nullptr)
        uses_->note(q.key->key_name(), *q.which->client, "query", now_);
    if (q.rcode == dns::rcode::noerror || !query_log_.wants(q.rcode, now_))
        return;
    auto const key = q.claimed_key.to_string(), name = q.name.to_string(), type = dns::to_string(q.type);
    auto const client = q.which->client != nullptr ? q.which->client->to_client_string() : std::string{"-"};
    query_log_.write({key, client, q.which->over_tcp ? "dns/tcp" : "dns/udp", "-", name, type, "query"}, q.rcode, q.reason);
}

/// Its zone is followed: the update is the primary's to execute.
bool dispatch::is_of_secondary(exchange const& e)
{
    if (e.request_size <= dns::header_size)
        return false;
    auto const apex = dns::name_view::parse(e.buffer.first(e.request_size).subspan(dns::header_size));
    if (!apex)
        return false;
    zone::versions::reading const version{reader_};
    zone::zone_version const* const z = version->find(*apex);
    return z != nullptr && z->is_secondary();
}

std::size_t dispatch::take_update(exchange const& e, socket_address const& client, reply_route route)
{
    bool const is_elsewhere = is_of_secondary(e);
    auto const size = is_elsewhere ? intake_.forward(e.buffer, e.request_size, *keys_, client, std::move(route), now_)
                                   : intake_.take(e.buffer, e.request_size, *keys_, client, std::move(route), now_);
    if (size != 0)
        counters_.count_reply(static_cast<dns::rcode>(e.buffer[3] & 15));
    return size;
}

transfer_stream::opening dispatch::open_transfer(exchange const& e, socket_address const& client,
                                                 std::weak_ptr<tcp_session> session)
{
    return transfers_.open(e, *keys_, client, std::move(session), now_);
}

std::size_t dispatch::take_transfer(exchange const& e, udp_route const& route)
{
    return transfers_.take_datagram(e, *keys_, route, now_);
}

std::span<std::uint8_t const> dispatch::next_message(transfer_stream& stream)
{
    now_ = unix_time();
    return stream.next(now_);
}

void dispatch::deliver(std::span<finished_update const> finished)
{
    std::array<std::uint8_t, 4096> buffer;
    now_ = unix_time();
    for (auto const& one : finished) {
        if (one.is_repeated)
            continue;
        auto const size = one.forwarded.empty() ? intake_.reply(buffer, one, now_) : 0;
        auto const reply = size != 0 ? std::span<std::uint8_t const>{buffer}.first(size) : std::span{one.forwarded};
        counters_.count_reply(static_cast<dns::rcode>(reply[3] & 15U));
        server::deliver(one.exchange->route(), reply);
    }
    for (auto const& one : finished) // the first one of a socket sends all of it
        server::flush(one.exchange->route());
}

} // namespace homing::server
