#include "storage/backlog.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>

namespace homing::storage {

bool operator<(rrset_key const& a, rrset_key const& b) noexcept
{
    if (a.zone != b.zone)
        return a.zone < b.zone;
    std::size_t const common = std::min(a.owner.size(), b.owner.size());
    int const order = common == 0 ? 0 : std::memcmp(a.owner.data(), b.owner.data(), common);
    if (order != 0)
        return order < 0;
    return a.owner.size() != b.owner.size() ? a.owner.size() < b.owner.size() : a.type < b.type;
}

std::uint64_t leading_octets(octets o) noexcept
{
    std::uint64_t v = 0;
    for (std::size_t i = 0; i < 8; ++i)
        v = v << 8 | (i < o.size() ? o[i] : 0U);
    return v;
}

backlog::entry::entry(rrset_key const& k, std::uint64_t lead, std::int64_t since)
    : zone_{k.zone},
      lead_{lead},
      since_{since},
      type_{k.type},
      owner_size_{static_cast<std::uint8_t>(k.owner.size())},
      octets_(k.owner.begin(), k.owner.end())
{
}

void backlog::entry::set(std::uint32_t ttl, octets records)
{
    octets_.reserve(owner_size_ + records.size());
    octets_.resize(owner_size_);
    octets_.insert(octets_.end(), records.begin(), records.end());
    ttl_ = ttl;
}

backlog::backlog(backlog_limits const& limits) : limits_{limits} {}

backlog::~backlog()
{
    by_age_.clear();
    by_key_.clear_and_dispose(std::default_delete<entry>{});
}

void backlog::set(rrset_key const& key, dns::rrset const& value, std::int64_t row)
{
    entries::insert_commit_data place;
    sought_key const sought{key, leading_octets(key.owner)};
    auto [found, is_new] = by_key_.insert_check(sought, by_key{}, place);
    if (is_new) {
        auto made = std::make_unique<entry>(key, sought.lead, row);
        made->set(value.ttl(), value.packed());
        octets_ += made->octets_.size();
        by_age_.push_back(*made);
        by_key_.insert_commit(*made.release(), place);
        return;
    }
    octets_ -= found->octets_.size();
    found->set(value.ttl(), value.packed());
    octets_ += found->octets_.size();
}

backlog::entries::const_iterator backlog::first_of(std::int64_t zone) const noexcept
{
    return by_key_.lower_bound(sought_key{{zone, {}, dns::rr_type::none}, 0}, by_key{});
}

void backlog::drop(std::int64_t zone)
{
    for (auto e = first_of(zone); e != by_key_.end() && e->zone_ == zone;)
        remove(const_cast<entry&>(*e++));
}

backlog::entry const* backlog::find(rrset_key const& key) const noexcept
{
    auto const found = by_key_.find(sought_key{key, leading_octets(key.owner)}, by_key{});
    return found == by_key_.end() ? nullptr : &*found;
}

bool backlog::has_many(std::size_t besides) const noexcept
{
    return size() - chosen_.size() > limits_.rrsets + besides || octets_ - chosen_octets_ > limits_.octets;
}

void backlog::choose(entry& e)
{
    chosen_.push_back(&e);
    e.is_chosen_ = true;
    chosen_octets_ += e.octets_.size();
}

// Round and round over the keys: those just before this point have gathered the longest, so that most of them share a page.
void backlog::choose_next_ones(std::size_t at_most)
{
    auto at = next_ != nullptr ? by_key_.iterator_to(*next_) : by_key_.begin();
    while (chosen_.size() < std::min(at_most, size()) && has_many(0)) {
        if (!at->is_chosen_)
            choose(*at);
        if (++at == by_key_.end())
            at = by_key_.begin();
    }
    next_ = &*at;
}

// What the round has not come to, and the journal wants to be rid of, or a start after a crash would take too long over.
void backlog::choose_oldest(std::size_t at_most, std::int64_t up_to)
{
    for (entry& e : by_age_) {
        if (e.since_ > up_to || chosen_.size() >= at_most)
            return;
        choose(e);
    }
}

std::vector<backlog::entry const*> const& backlog::choose(std::size_t changes, std::int64_t newest_row, std::int64_t wanted)
{
    std::size_t const at_most = limits_.at_once + 2 * changes;
    choose_oldest(at_most, std::max(wanted, newest_row - limits_.journal_rows));
    if (has_many(limits_.at_once))
        choose_next_ones(at_most);
    return chosen_;
}

std::vector<backlog::entry const*> const& backlog::choose_first(std::size_t at_most)
{
    for (entry& e : by_key_) {
        if (chosen_.size() >= at_most)
            break;
        choose(e);
    }
    return chosen_;
}

void backlog::written()
{
    for (entry const* const e : chosen_)
        remove(const_cast<entry&>(*e));
    chosen_.clear();
    chosen_octets_ = 0;
}

void backlog::kept() noexcept
{
    for (entry const* const e : chosen_)
        const_cast<entry*>(e)->is_chosen_ = false;
    chosen_.clear();
    chosen_octets_ = 0;
}

void backlog::remove(entry& e) noexcept
{
    if (next_ == &e) {
        auto const after = std::next(by_key_.iterator_to(e));
        next_ = after == by_key_.end() ? nullptr : &*after;
    }
    octets_ -= e.octets_.size();
    by_age_.erase(by_age_.iterator_to(e));
    by_key_.erase_and_dispose(by_key_.iterator_to(e), std::default_delete<entry>{});
}

std::int64_t backlog::oldest_row(std::int64_t next_row) const noexcept
{
    for (entry const& e : by_age_)
        if (!e.is_chosen_)
            return e.since_;
    return next_row;
}

} // namespace homing::storage
