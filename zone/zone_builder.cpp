#include "zone/zone_builder.hpp"

#include "zone/name_hash.hpp"
#include "zone/versions.hpp"

#include <algorithm>

namespace homing::zone {

namespace {

std::size_t labels_in(std::span<std::uint8_t const> relative) noexcept
{
    std::size_t n = 0;
    for (std::size_t at = 0; at < relative.size(); at += relative[at] + 1U)
        ++n;
    return n;
}

std::span<std::uint8_t const> parent_of(std::span<std::uint8_t const> relative) noexcept
{
    return relative.subspan(relative[0] + 1U);
}

} // namespace

void zone_builder::begin(std::int64_t id, dns::name_view apex)
{
    abandon();
    dns::name const lowered = dns::name{apex}.to_lower();
    auto* const bytes = static_cast<std::uint8_t*>(memory_.make(lowered.size()));
    std::memcpy(bytes, lowered.data(), lowered.size());
    zone_ = ::new (memory_.make(sizeof(zone_version))) zone_version;
    zone_->apex_name_ = bytes;
    zone_->apex_size_ = static_cast<std::uint8_t>(lowered.size());
    zone_->apex_labels_ = static_cast<std::uint8_t>(lowered.view().label_count());
    zone_->apex_hash_ = hash_name(seed_, lowered);
    zone_->id_ = id;
}

void zone_builder::add(std::span<std::uint8_t const> relative_owner, dns::rr_type type, std::uint32_t ttl,
                       std::span<std::uint8_t const> packed)
{
    std::span<std::uint8_t const> const current{owner_.data(), owner_.size() - 1};
    if (!collecting_ || !std::ranges::equal(current, relative_owner)) {
        flush();
        std::uint8_t bytes[dns::max_name_size];
        std::ranges::copy(relative_owner, bytes); // (an empty one may be at no address, which memcpy does not take)
        bytes[relative_owner.size()] = 0;
        owner_ = dns::name_view{bytes, relative_owner.size() + 1};
        maker_.begin(relative_owner);
        collecting_ = true;
    }
    maker_.add(type, ttl, packed);
}

void zone_builder::flush()
{
    if (!collecting_)
        return;
    collecting_ = false;
    note(maker_.make(memory_, 0), hash_labels(zone_->apex_hash_, {owner_.data(), owner_.size() - 1}));
}

void zone_builder::note(node* n, std::uint64_t hash)
{
    std::size_t const depth = labels_in(n->relative_name());
    items_.push_back({hash, n});
    zone_->count_name(*n, depth, 1);
    if (depth == 0)
        zone_->apex_node_ = n;
    else if (depth == 1)
        ++below_apex_;
    else
        deep_.push_back(n);
}

bool zone_builder::has_soa()
{
    flush();
    return zone_->apex_node_ != nullptr && zone_->apex_node_->find(dns::rr_type::soa);
}

zone_version* zone_builder::finish()
{
    flush();
    scratch_.resize(items_.size());
    zone_->names_ = static_cast<std::uint32_t>(items_.size());
    zone_->names_index_ = index::build(memory_, items_, scratch_);
    items_.clear();
    for (node const* const n : deep_)
        add_parents(*n);
    deep_.clear();
    // Nobody else sees these nodes yet, so they may still change.
    auto* const apex = const_cast<node*>(zone_->apex_node_);
    for (; below_apex_ != 0; --below_apex_)
        node_maker::add_child(*apex);
    zone_->set_apex(apex);
    return std::exchange(zone_, nullptr);
}

/// Tells the parent of one more child, and makes the empty non-terminals that are missing (RFC 4592 2.2.2).
void zone_builder::add_parents(node const& n)
{
    for (auto relative = parent_of(n.relative_name()); !relative.empty(); relative = parent_of(relative)) {
        std::uint64_t const hash = hash_labels(zone_->apex_hash_, relative);
        if (node const* const parent = zone_->find(hash, relative)) {
            node_maker::add_child(*const_cast<node*>(parent));
            return;
        }
        maker_.begin(relative);
        node* const fresh = maker_.make(memory_, 1);
        zone_->names_index_.insert(memory_, hash, fresh,
                                   [&](node const& x) { return hash_labels(zone_->apex_hash_, x.relative_name()); });
        zone_->count_name(*fresh, labels_in(relative), 1);
        ++zone_->names_;
    }
    ++below_apex_;
}

void zone_builder::abandon() noexcept
{
    if (zone_ == nullptr)
        return;
    for (auto const& i : items_)
        pool_.release(i.leaf, node_maker::size_of(*i.leaf));
    items_.clear();
    deep_.clear();
    below_apex_ = 0;
    collecting_ = false;
    zone_version::release(pool_, std::exchange(zone_, nullptr));
}

loader::loader(versions& v) : owner_{v}, builder_{v.pool_, v.seed_} {}

loader::~loader()
{
    for (auto const& z : zones_)
        zone_version::release(owner_.pool_, z.leaf);
}

bool loader::end_zone()
{
    if (!builder_.has_soa())
        return false;
    zone_version const* const z = builder_.finish();
    zones_.push_back({z->apex_hash(), z});
    return true;
}

void loader::publish()
{
    draft d = owner_.begin();
    building_memory memory{owner_.pool_};
    for (auto const& z : zones_)
        d.now_.count_zone(z.leaf->apex_labels(), 1);
    std::vector<name_index<zone_version>::item> scratch(zones_.size());
    d.now_.zones_ = name_index<zone_version>::build(memory, zones_, scratch);
    zones_.clear();
    owner_.publish(std::move(d));
}

} // namespace homing::zone
