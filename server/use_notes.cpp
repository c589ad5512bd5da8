#include "server/use_notes.hpp"

#include <chrono>

namespace homing::server {

void use_notes::note(dns::name_view key_name, socket_address const& client, char const* what, std::uint64_t now)
{
    std::string_view const key{reinterpret_cast<char const*>(key_name.data()), key_name.size()};
    use const latest{client, what, now, std::chrono::steady_clock::now().time_since_epoch().count()};
    std::lock_guard const lock{mutex_};
    if (auto const at = notes_.find(key); at != notes_.end())
        at->second = latest;
    else
        notes_.emplace(key, latest);
}

void use_notes::take(std::vector<update::noted_use>& out)
{
    decltype(notes_) taken;
    {
        std::lock_guard const lock{mutex_};
        taken.swap(notes_);
    }
    for (auto const& [key, u] : taken)
        out.push_back({key, {static_cast<std::int64_t>(u.time), u.client.to_client_string(), u.what}, u.order});
}

} // namespace homing::server
