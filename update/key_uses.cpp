#include "update/key_uses.hpp"

#include <utility>

namespace homing::update {

std::string to_use_name(dns::name_view key_name)
{
    dns::name const lower = dns::name{key_name}.to_lower();
    return {reinterpret_cast<char const*>(lower.data()), lower.size()};
}

storage::operation to_operation(noted_use const& u) noexcept
{
    return storage::key_used{{reinterpret_cast<std::uint8_t const*>(u.key.data()), u.key.size()}, &u.use};
}

void key_uses::add_source(source s)
{
    sources_.push_back(std::move(s));
}

void key_uses::collect_locked()
{
    fresh_.clear();
    for (auto const& s : sources_)
        s(fresh_);
    for (auto& n : fresh_) {
        entry& e = latest_[n.key];
        if (n.order < e.order)
            continue;
        e.use = std::move(n.use);
        e.order = n.order;
        if (!std::exchange(e.is_unsaved, true))
            unsaved_.push_back(std::move(n.key));
    }
    fresh_.clear();
}

std::optional<storage::key_use> key_uses::find(dns::name_view key_name)
{
    std::lock_guard const lock{mutex_};
    collect_locked();
    auto const at = latest_.find(to_use_name(key_name));
    return at != latest_.end() ? std::optional{at->second.use} : std::nullopt;
}

void key_uses::forget(dns::name_view key_name)
{
    std::lock_guard const lock{mutex_};
    collect_locked();
    std::string const key = to_use_name(key_name);
    if (latest_.erase(key) != 0)
        std::erase(unsaved_, key);
}

bool key_uses::collect()
{
    std::lock_guard const lock{mutex_};
    collect_locked();
    return !unsaved_.empty();
}

std::vector<noted_use> key_uses::take_unsaved(std::size_t most)
{
    std::lock_guard const lock{mutex_};
    std::vector<noted_use> out;
    for (; !unsaved_.empty() && out.size() < most; unsaved_.pop_back()) {
        entry& e = latest_[unsaved_.back()];
        e.is_unsaved = false;
        out.push_back({unsaved_.back(), e.use});
    }
    return out;
}

void key_uses::put_back(std::vector<noted_use> const& uses)
{
    std::lock_guard const lock{mutex_};
    for (auto const& n : uses)
        if (auto const at = latest_.find(n.key); at != latest_.end() && !std::exchange(at->second.is_unsaved, true))
            unsaved_.push_back(n.key);
}

} // namespace homing::update
