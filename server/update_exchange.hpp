// One UPDATE between its arrival and its reply: what is left of the request once its octets are gone.
//
// Made by the worker that received it; the worker alone uses it, only the pointer to it travels to the writer's thread and back.
#pragma once

#include "dns/tsig.hpp"
#include "server/udp_peer.hpp"

#include <memory>
#include <variant>
#include <vector>

namespace homing::server {

class udp_listener;
class tcp_session;

/// Where a reply goes. Listeners live as long as their worker; a session may have ended meanwhile.
struct udp_route {
    udp_listener* listener;
    udp_peer peer;
};
using reply_route = std::variant<udp_route, std::weak_ptr<tcp_session>>;

/// How the journal and the log name it.
inline char const* via(reply_route const& route) noexcept
{
    return std::holds_alternative<udp_route>(route) ? "dns/udp" : "dns/tcp";
}

class update_exchange {
public:
    /// `key` is null if the request named one that we do not have. Precondition: the view is of this request, has a question
    /// and no error.
    update_exchange(std::span<std::uint8_t const> request, dns::request_view const&, dns::tsig_reply_state const&,
                    std::shared_ptr<dns::tsig_key const> key, socket_address const& client, reply_route);

    /// Writes the reply, signed as the request's state wants it, and returns its size. A `reason` goes out as an Extended DNS
    /// Error where the request was verified and had EDNS. Precondition: 1232 octets of buffer, which may be the request's.
    std::size_t write_reply(std::span<std::uint8_t> buffer, dns::rcode, std::string_view reason, std::uint64_t now) const;

    dns::name_view key_name() const noexcept { return signature_.key_name; }
    /// Of the request, whose octets may be gone.
    dns::request_view const& view() const noexcept { return view_; }
    dns::name_view zone() const noexcept { return view_.question.qname; }
    std::string client() const { return client_.to_client_string(); }
    reply_route const& route() const noexcept { return route_; }

private:
    std::vector<std::uint8_t> head_; // the request's header and zone section
    dns::request_view view_;
    dns::tsig_reply_state signature_;
    std::shared_ptr<dns::tsig_key const> key_;
    socket_address client_;
    reply_route route_;
};

} // namespace homing::server
