// Whether the datagrams of a worker come from one address alone, as behind a container bridge or a proxy that hides who asks.
//
// The worker alone writes, and once a second address is known that is one load a batch. Any thread reads. Loopback addresses do not count: health checks come
// from there.
#pragma once

#include "server/address_range.hpp"
#include "server/socket_address.hpp"

#include <atomic>
#include <optional>

namespace homing::server {

class client_variety {
public:
    void see(socket_address const& client) noexcept
    {
        auto const seen = state_.load(std::memory_order_relaxed);
        if (seen == state::many || is_loopback(client.octets()))
            return;
        batches_.store(batches_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        if (seen == state::none) {
            only_ = client;
            state_.store(state::one, std::memory_order_release);
        } else if (!only_.is_same_host(client)) {
            state_.store(state::many, std::memory_order_release);
        }
    }

    struct view {
        bool is_many = false;
        std::optional<socket_address> first;
        std::uint64_t batches = 0; ///< of datagrams, until there were many
    };
    view look() const noexcept
    {
        auto const seen = state_.load(std::memory_order_acquire);
        if (seen == state::none)
            return {};
        return {seen == state::many, only_, batches_.load(std::memory_order_relaxed)};
    }

    /// Of all workers together.
    static view combine(view const&, view const&) noexcept;

private:
    enum class state { none, one, many };
    std::atomic<state> state_{state::none};
    socket_address only_; // written before `one` is
    std::atomic<std::uint64_t> batches_{0};
};

} // namespace homing::server
