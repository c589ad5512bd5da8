// The buffers with which a worker reads from connections and answers them. All of a worker's sessions share them, since each
// is through with them before the next begins: an idle connection holds none. One thread.
#pragma once

#include "server/responder.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <sys/uio.h>

namespace homing::server {

class tcp_scratch {
public:
    static constexpr std::size_t capacity = 64; ///< messages answered as one batch
    static constexpr std::size_t length_size = 2;

    tcp_scratch()
        : input_{std::make_unique_for_overwrite<std::uint8_t[]>(input_size)},
          slots_{std::make_unique_for_overwrite<std::uint8_t[]>(capacity * stride)}
    {
    }

    /// To receive into.
    std::span<std::uint8_t> input() noexcept { return {input_.get(), input_size}; }
    /// Message `i` of a batch; two octets before it there is room for its length.
    std::span<std::uint8_t> slot(std::size_t i) noexcept
    {
        return {slots_.get() + i * stride + length_size, dns::max_message_size};
    }

    /// Puts a request into slot `i` and its exchange. `client` is borrowed until it is answered.
    void put(std::size_t i, std::span<std::uint8_t const> message, socket_address const& client) noexcept
    {
        std::copy(message.begin(), message.end(), slot(i).begin());
        exchanges[i] = {.buffer = slot(i), .request_size = message.size(), .over_tcp = true, .client = &client};
    }

    /// Writes the length before the message in slot `i` and returns both.
    iovec framed(std::size_t i, std::size_t size) noexcept
    {
        auto* const start = slots_.get() + i * stride;
        start[0] = static_cast<std::uint8_t>(size >> 8);
        start[1] = static_cast<std::uint8_t>(size);
        return {start, size + length_size};
    }

    std::array<exchange, capacity> exchanges;
    std::array<iovec, capacity> replies;

private:
    static constexpr std::size_t input_size = 65536;
    // Slots a power of two apart would all begin in the same few sets of the cache.
    static constexpr std::size_t stride = 65536 + 3 * 64;

    std::unique_ptr<std::uint8_t[]> input_, slots_;
};

} // namespace homing::server
