#include "server/follow/forwarding.hpp"

#include "server/follow/primaries.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace homing::server {

namespace net = boost::asio;

void forwarding::take(update::update_to_forward u)
{
    std::string const message{u.message.begin(), u.message.end()};
    if (under_way_.contains(message)) {
        u.done({{}, "this very message is on its way to the primary already", true});
        return;
    }
    if (under_way_.size() >= most_at_once || around_.links.is_stopping()) {
        u.done({{}, "too many updates are on their way to the primary, or the server stops"});
        return;
    }
    under_way_.insert(message);
    ++around_.writer.follow_gate().count.forwarded;
    net::co_spawn(around_.links.io, run(std::move(u)), net::detached);
}

net::awaitable<void> forwarding::run(update::update_to_forward u)
{
    update::forwarded_reply reply{{}, "the zone is not followed any more"};
    try { // whatever happens, its place is free again and the client has its answer
        co_await try_primaries(u, reply);
    } catch (std::exception const& e) {
        reply = {{}, e.what()};
    }
    under_way_.erase(std::string{u.message.begin(), u.message.end()});
    u.done(std::move(reply));
}

net::awaitable<void> forwarding::try_primaries(update::update_to_forward const& u, update::forwarded_reply& reply)
{
    auto const record = around_.writer.followed().find(u.apex);
    if (record == nullptr)
        co_return;
    auto const primaries = read_primaries(record->source->primaries);
    bool was_sent = false; // then it may have been executed, and nobody else gets it
    for (std::size_t i = 0; i < primaries.size() && reply.octets.empty() && !was_sent; ++i) {
        auto got = co_await send(primaries[i], u.message, was_sent);
        if (got)
            reply.octets = std::move(*got);
        else
            reply.reason = "the primary " + got.error().message;
    }
}

net::awaitable<dns::result<message_octets>> forwarding::send(socket_address const& primary, message_octets const& message, bool& was_sent)
{
    tcp_link link{around_.links, primary};
    auto step = co_await link.connect(connect_patience);
    if (!step)
        co_return step.error();
    was_sent = true;
    step = co_await link.send(message, connect_patience);
    if (!step)
        co_return step.error();
    auto const reply = co_await link.receive(reply_patience);
    if (!reply)
        co_return reply.error();
    bool const is_reply = reply->size() >= dns::header_size && (*reply)[0] == message[0] && (*reply)[1] == message[1] &&
                          ((*reply)[2] & 0xF8U) == (0x80U | (message[2] & 0x78U));
    if (!is_reply || reply->size() > 4096)
        co_return dns::failure{primary.to_string() + " sends what is no reply to an update"};
    co_return message_octets(reply->begin(), reply->end());
}

} // namespace homing::server
