// What a connection could not send yet: octets in the order they go out. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace homing::server {

class output_queue {
public:
    bool empty() const noexcept { return sent_ == octets_.size(); }
    std::size_t size() const noexcept { return octets_.size() - sent_; }
    std::span<std::uint8_t const> waiting() const noexcept { return std::span{octets_}.subspan(sent_); }

    void append(std::span<std::uint8_t const> octets) { octets_.insert(octets_.end(), octets.begin(), octets.end()); }
    /// A message with its length before it, as TCP carries it (RFC 1035 4.2.2). Precondition: at most 65535 octets.
    void append_message(std::span<std::uint8_t const> message)
    {
        octets_.push_back(static_cast<std::uint8_t>(message.size() >> 8));
        octets_.push_back(static_cast<std::uint8_t>(message.size()));
        append(message);
    }

    /// The first `n` went out. Precondition: n <= size(). An empty queue holds no memory: most connections have nothing waiting.
    void sent(std::size_t n) noexcept
    {
        sent_ += n;
        if (empty()) {
            std::vector<std::uint8_t>{}.swap(octets_);
            sent_ = 0;
        }
    }

private:
    std::vector<std::uint8_t> octets_;
    std::size_t sent_ = 0;
};

} // namespace homing::server
