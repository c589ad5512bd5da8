#include "update/host_notes.hpp"

#include <algorithm>

namespace homing::update {

namespace {

std::string key_of(dns::name_view name)
{
    dns::name const lower = dns::name{name}.to_lower();
    return {reinterpret_cast<char const*>(lower.data()), lower.size()};
}

bool is_address(dns::rr_type type)
{
    return type == dns::rr_type::a || type == dns::rr_type::aaaa;
}

std::vector<std::uint8_t> octets_of(dns::rrset const& set)
{
    std::vector<std::uint8_t> all;
    set.for_each([&](dns::rdata_view r) { all.insert(all.end(), r.begin(), r.end()); });
    return all;
}

void set_origin(storage::host_record& h, storage::change_origin const& origin)
{
    h.key = origin.key;
    h.address = origin.address;
    h.via = origin.via;
}

} // namespace

host_book::pointer host_notes::find(dns::name_view name) const
{
    if (is_idle_)
        return nullptr;
    if (!index_.empty())
        if (auto const at = index_.find(key_of(name)); at != index_.end())
            return notes_[at->second].second.host;
    return book_.find(name);
}

std::vector<host_book::pointer> host_notes::with_suffix() const
{
    std::vector<host_book::pointer> all;
    for (auto const& h : book_.with_suffix())
        if (!index_.contains(key_of(h->name)))
            all.push_back(h);
    for (auto const& [name, n] : notes_)
        if (n.host != nullptr && n.host->ipv6_suffix)
            all.push_back(n.host);
    return all;
}

void host_notes::set(dns::name_view name, host_book::pointer host, bool is_stored)
{
    auto const [at, is_new] = index_.try_emplace(key_of(name), notes_.size());
    if (is_new)
        notes_.emplace_back(dns::name{name}.to_lower(), note{});
    note& n = notes_[at->second].second;
    n.host = std::move(host);
    n.is_stored = n.is_stored || is_stored;
    must_be_stored_ = must_be_stored_ || is_stored;
    is_idle_ = false;
}

void host_notes::put(storage::host_record h)
{
    dns::name const name = h.name;
    set(name, std::make_shared<storage::host_record const>(std::move(h)), true);
}

void host_notes::remove(dns::name_view name)
{
    set(name, nullptr, true);
}

void host_notes::changed(zone::diff const& diff, storage::change_origin const& origin, bool has_lapsed)
{
    if (is_idle_)
        return;
    for (auto const& c : diff.changes) {
        auto const host = is_address(c.type()) ? find(c.owner) : nullptr;
        if (host == nullptr)
            continue;
        auto next = std::make_shared<storage::host_record>(*host);
        next->is_lapsed = has_lapsed;
        if (!has_lapsed) { // a lapsed one keeps what it had
            if (host->is_lapsed)
                next->ipv4.clear(), next->ipv6.clear();
            (c.type() == dns::rr_type::a ? next->ipv4 : next->ipv6) = octets_of(c.after);
            next->confirmed_ms = time_ms_;
            set_origin(*next, origin);
        }
        next->changed_ms = time_ms_;
        set(c.owner, std::move(next), true);
    }
}

void host_notes::confirmed(dns::name_view name, storage::change_origin const& origin)
{
    auto const host = find(name);
    if (host == nullptr || host->is_lapsed || !host->has_addresses() || host->confirmed_ms >= time_ms_)
        return;
    auto next = std::make_shared<storage::host_record>(*host);
    next->confirmed_ms = time_ms_;
    set_origin(*next, origin);
    set(name, std::move(next), false);
}

void host_notes::save(host_book::pointer const& host)
{
    set(host->name, host, true);
}

void host_notes::append_to(std::vector<storage::operation>& operations) const
{
    for (auto const& [name, n] : notes_)
        if (n.is_stored && n.host != nullptr)
            operations.push_back(storage::host_put{n.host.get()});
        else if (n.is_stored)
            operations.push_back(storage::host_removed{name});
}

void host_notes::apply_to(host_book& book) const
{
    for (auto const& [name, n] : notes_)
        if (n.host != nullptr)
            book.put(n.host, n.is_stored);
        else
            book.remove(name);
}

} // namespace homing::update
