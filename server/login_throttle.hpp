// Makes wrong passwords cost the sender time.
//
// After a few wrong ones from a client (an IPv4 address or an IPv6 /64), what it sends next is looked at later, whether it is right or wrong:
// twice as late with each further one. The same, more mildly, for a user name that is tried from many places, so that its owner is never
// kept out for long. Two tables of fixed size; the rest is forgotten. Time is a parameter. One thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace homing::server {

class login_throttle {
public:
    using clock = std::chrono::steady_clock;

    static constexpr std::size_t most_waiting = 8; ///< logins of one client at a time; more are turned away

    /// `seed`: random, so that nobody can choose clients that displace each other.
    explicit login_throttle(std::uint64_t seed) noexcept : seed_{seed} {}

    /// How long to wait before the password is looked at; negative: too many of this client wait, turn it away. Unless negative,
    /// `checked` must follow.
    clock::duration begin(std::uint64_t client, std::uint64_t user, clock::time_point now) noexcept;
    void checked(std::uint64_t client, std::uint64_t user, bool was_right, clock::time_point now) noexcept;

private:
    struct slot {
        std::uint64_t key = 0;
        clock::time_point until{};
        std::uint32_t failures = 0;
        std::uint32_t waiting = 0;
    };
    static constexpr std::size_t slots = 4096, ways = 4;
    using table = std::array<slot, slots>;

    slot* find(table&, std::uint64_t key) noexcept;
    slot& find_or_take(table&, std::uint64_t key) noexcept;
    static void fail(slot&, std::uint32_t free, clock::duration first, clock::duration longest, clock::time_point now) noexcept;

    std::uint64_t seed_;
    table clients_{}, users_{};
};

} // namespace homing::server
