// A worker's notes of which keys were used, when, from where and what for, until somebody takes them.
//
// The worker notes; any thread may take. The lock is the worker's own and nearly always free: what a use costs is small beside verifying its
// signature, and no other worker's cache is touched. Bounded by the number of keys.
#pragma once

#include "dns/name.hpp"
#include "server/socket_address.hpp"
#include "update/key_uses.hpp"

#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace homing::server {

class use_notes {
public:
    /// `key_name` in lower case; `what` lives for ever; `now`: seconds since 1970.
    void note(dns::name_view key_name, socket_address const& client, char const* what, std::uint64_t now);
    /// Appends all notes, and forgets them.
    void take(std::vector<update::noted_use>&);

private:
    struct use {
        socket_address client;
        char const* what;
        std::uint64_t time;
        std::int64_t order;
    };
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
    };

    std::mutex mutex_; // guards notes_
    std::unordered_map<std::string, use, hash, std::equal_to<>> notes_;
};

} // namespace homing::server
