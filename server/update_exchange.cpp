#include "server/update_exchange.hpp"

#include "server/refusal.hpp"

#include <algorithm>

namespace homing::server {

update_exchange::update_exchange(std::span<std::uint8_t const> request, dns::request_view const& view,
                                 dns::tsig_reply_state const& signature, std::shared_ptr<dns::tsig_key const> key,
                                 socket_address const& client, reply_route route)
    : head_(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(view.question.end)),
      view_{view},
      signature_{signature},
      key_{std::move(key)},
      client_{client},
      route_{std::move(route)}
{
}

std::size_t update_exchange::write_reply(std::span<std::uint8_t> buffer, dns::rcode code, std::string_view reason,
                                         std::uint64_t now) const
{
    std::copy(head_.begin(), head_.end(), buffer.begin());
    return write_signed_reply(buffer, view_, signature_, key_.get(), code, reason, now);
}

} // namespace homing::server
