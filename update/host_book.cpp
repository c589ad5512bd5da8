#include "update/host_book.hpp"

#include <algorithm>

namespace homing::update {

namespace {

std::string key_of(dns::name_view name)
{
    dns::name const lower = dns::name{name}.to_lower();
    return {reinterpret_cast<char const*>(lower.data()), lower.size()};
}

} // namespace

host_book::host_book(std::vector<storage::host_record> hosts)
{
    for (auto& h : hosts)
        put(std::make_shared<storage::host_record const>(std::move(h)), true);
}

host_book::pointer host_book::find(dns::name_view name) const
{
    std::lock_guard const lock{mutex_};
    if (by_name_.empty())
        return nullptr;
    auto const at = by_name_.find(key_of(name));
    return at != by_name_.end() ? at->second.host : nullptr;
}

bool host_book::empty() const
{
    std::lock_guard const lock{mutex_};
    return by_name_.empty();
}

std::vector<host_book::pointer> host_book::sorted() const
{
    std::vector<pointer> all;
    {
        std::lock_guard const lock{mutex_};
        for (auto const& [name, e] : by_name_)
            all.push_back(e.host);
    }
    std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a->name.view().compare(b->name) < 0; });
    return all;
}

std::vector<host_book::pointer> host_book::with_suffix() const
{
    std::lock_guard const lock{mutex_};
    std::vector<pointer> some;
    for (auto const& name : with_suffix_)
        some.push_back(by_name_.at(name).host);
    return some;
}

std::vector<host_book::pointer> host_book::lapsing(std::int64_t now_ms, std::size_t most) const
{
    std::lock_guard const lock{mutex_};
    std::vector<pointer> due;
    for (auto i = leases_.begin(); i != leases_.end() && i->first <= now_ms && due.size() < most; ++i)
        due.push_back(by_name_.at(i->second).host);
    return due;
}

std::vector<host_book::pointer> host_book::unsaved(std::size_t most) const
{
    std::lock_guard const lock{mutex_};
    std::vector<pointer> some;
    for (auto i = unsaved_.begin(); i != unsaved_.end() && some.size() < most; ++i)
        some.push_back(by_name_.at(*i).host);
    return some;
}

void host_book::forget(std::string const& key, entry const& e)
{
    if (auto const due = e.host->lapses_ms(); due != 0)
        leases_.erase({due, key});
    with_suffix_.erase(key);
    unsaved_.erase(key);
}

void host_book::put(pointer host, bool is_saved)
{
    std::string const key = key_of(host->name);
    std::lock_guard const lock{mutex_};
    entry& e = by_name_[key];
    if (e.host != nullptr)
        forget(key, e);
    e = {std::move(host), is_saved};
    if (auto const due = e.host->lapses_ms(); due != 0)
        leases_.emplace(due, key);
    if (e.host->ipv6_suffix)
        with_suffix_.insert(key);
    if (!is_saved)
        unsaved_.insert(key);
}

void host_book::remove(dns::name_view name)
{
    std::lock_guard const lock{mutex_};
    auto const at = by_name_.find(key_of(name));
    if (at == by_name_.end())
        return;
    forget(at->first, at->second);
    by_name_.erase(at);
}

} // namespace homing::update
