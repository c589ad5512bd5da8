#include "zone/draft.hpp"

#include "zone/name_hash.hpp"
#include "zone/versions.hpp"
#include "zone/zone_builder.hpp"

#include <algorithm>

namespace homing::zone {

draft::draft(versions& v, snapshot const& s) : owner_{&v}, now_{s}, log_{v.pool_} {}

draft::draft(draft&& other) noexcept : owner_{std::exchange(other.owner_, nullptr)}, now_{other.now_}, log_{std::move(other.log_)}
{
}

draft::~draft()
{
    if (owner_ != nullptr)
        log_.rollback(0, 0);
}

draft::savepoint draft::save() const
{
    return {now_, log_.created(), log_.retired()};
}

void draft::rollback(savepoint const& p)
{
    now_ = p.state;
    log_.rollback(p.created, p.retired);
}

zone_edit draft::edit(dns::name_view apex)
{
    return {*this, *now_.find(apex)};
}

/// Puts `fresh` into the index of zones: in the place of `old`, or as a new zone.
void draft::keep(zone_version const* fresh, zone_version const* old)
{
    if (old != nullptr) {
        now_.zones_.replace(log_, fresh->apex_hash(), old, fresh);
        return;
    }
    now_.zones_.insert(log_, fresh->apex_hash(), fresh, [](zone_version const& z) { return z.apex_hash(); });
    now_.count_zone(fresh->apex_labels(), 1);
}

void draft::put(std::int64_t id, contents const& all, zone_state const& state)
{
    zone_builder builder{owner_->pool_, now_.seed()};
    builder.begin(id, all.origin());
    for (std::size_t i = 0; i < all.size(); ++i) {
        contents::entry const e = all[i];
        builder.add({e.owner.data(), e.owner.size() - all.origin().size()}, e.type, e.ttl, e.packed);
    }
    zone_version* const fresh = builder.finish();
    fresh->state_ = state;
    log_.made_zone(fresh);
    zone_version const* const old = now_.find(all.origin());
    keep(fresh, old);
    if (old != nullptr)
        log_.retire_zone(old);
}

void draft::mark(dns::name_view apex, zone_state const& state)
{
    auto edited = edit(apex);
    edited.zone_.state_ = state;
    edited.apply();
}

bool draft::remove(dns::name_view apex)
{
    zone_version const* const old = now_.find(apex);
    if (old == nullptr)
        return false;
    now_.zones_.erase(log_, old->apex_hash(), old);
    now_.count_zone(old->apex_labels(), -1);
    log_.retire_zone(old);
    return true;
}

zone_edit::zone_edit(draft& d, zone_version const& z) : draft_{d}, original_{&z}, zone_{z} {}

zone_edit::place zone_edit::at(dns::name_view owner) const noexcept
{
    place p{dns::name{owner}.to_lower(), 0};
    p.hash = hash_labels(zone_.apex_hash_, relative(p));
    return p;
}

std::span<std::uint8_t const> zone_edit::relative(place const& p) const noexcept
{
    return {p.lowered.data(), p.lowered.size() - zone_.apex_size_};
}

node const* zone_edit::find(place const& p) const noexcept
{
    return zone_.find(p.hash, relative(p));
}

dns::rrset zone_edit::get(dns::name_view owner, dns::rr_type type) const
{
    node const* const n = find(at(owner));
    rrset_view const found = n != nullptr ? n->find(type) : rrset_view{};
    return found ? found.copy() : dns::rrset{type, 0};
}

/// The node as it will be, in maker_: the old one's RRsets with `set` in the place of that type's.
void zone_edit::lay_out(place const& p, node const* old, dns::rrset const& set)
{
    bool due = !set.empty();
    auto const add_when_due = [&] {
        if (std::exchange(due, false))
            maker_.add(set.type(), set.ttl(), set.packed());
    };
    maker_.begin(relative(p));
    if (old != nullptr)
        old->for_each([&](rrset_view v) {
            if (v.type >= set.type())
                add_when_due();
            if (v.type != set.type())
                maker_.add(v);
        });
    add_when_due();
}

void zone_edit::set(dns::name_view owner, dns::rrset const& set)
{
    place const p = at(owner);
    node const* const old = find(p);
    if (old == nullptr && set.empty())
        return;
    lay_out(p, old, set);
    bool const is_apex = p.lowered.size() == zone_.apex_size_;
    bool const is_void = maker_.rrset_count() == 0 && (old == nullptr || old->children() == 0) && !is_apex;
    put(p, old, is_void ? nullptr : maker_.make(draft_.log_, old != nullptr ? old->children() : 0));
    if (old == nullptr)
        add_to_parent(p);
    else if (is_void)
        take_from_parent(p);
}

/// Puts one node in the place of another in the index; null for none.
void zone_edit::put(place const& p, node const* old, node const* fresh)
{
    std::size_t const depth = p.lowered.view().label_count() - zone_.apex_labels_;
    if (old == nullptr) {
        zone_.names_index_.insert(draft_.log_, p.hash, fresh,
                                  [&](node const& n) { return hash_labels(zone_.apex_hash_, n.relative_name()); });
        ++zone_.names_;
    } else if (fresh == nullptr) {
        zone_.names_index_.erase(draft_.log_, p.hash, old);
        --zone_.names_;
    } else
        zone_.names_index_.replace(draft_.log_, p.hash, old, fresh);
    if (fresh != nullptr)
        zone_.count_name(*fresh, depth, 1);
    if (old != nullptr) {
        zone_.count_name(*old, depth, static_cast<std::uint32_t>(-1));
        draft_.log_.retire(old, node_maker::size_of(*old));
    }
    if (depth == 0)
        zone_.set_apex(fresh);
}

node const* zone_edit::with_children(node const& n, std::uint32_t children)
{
    maker_.begin(n.relative_name());
    n.for_each([&](rrset_view v) { maker_.add(v); });
    return maker_.make(draft_.log_, children);
}

/// A name came: its parent has one more child; a parent that is not there becomes an empty non-terminal (RFC 4592 2.2.2).
void zone_edit::add_to_parent(place const& child)
{
    for (place p = at(child.lowered.view().parent());; p = at(p.lowered.view().parent())) {
        node const* const old = find(p);
        if (old != nullptr) {
            put(p, old, with_children(*old, old->children() + 1));
            return;
        }
        maker_.begin(relative(p));
        put(p, nullptr, maker_.make(draft_.log_, 1));
    }
}

/// A name left: its parent has one child less; an empty non-terminal without any goes too.
void zone_edit::take_from_parent(place const& child)
{
    for (place p = at(child.lowered.view().parent());; p = at(p.lowered.view().parent())) {
        node const* const old = find(p);
        bool const is_apex = p.lowered.size() == zone_.apex_size_;
        bool const stays = old->children() > 1 || !old->is_empty_non_terminal() || is_apex;
        put(p, old, stays ? with_children(*old, old->children() - 1) : nullptr);
        if (stays)
            return;
    }
}

void zone_edit::apply()
{
    auto* const fresh = ::new (draft_.log_.make(sizeof(zone_version))) zone_version{zone_};
    draft_.keep(fresh, original_);
    draft_.log_.retire(original_, sizeof *original_);
}

} // namespace homing::zone
