#include "zone/question_batch.hpp"

#include <algorithm>

namespace homing::zone {

namespace {

bool has_apex(zone_version const& z, dns::name_view lower_name) noexcept
{
    return z.apex().size() == lower_name.size() && dns::equal_octets(z.apex().data(), lower_name.data(), lower_name.size());
}

/// The zone of a question whose probe for the deepest apex in question, `labels` long, is through.
zone_version const* zone_of(snapshot const& now, question const& q, std::size_t labels,
                            name_index<zone_version>::probe const& probe) noexcept
{
    if (labels == snapshot::no_depth)
        return nullptr;
    auto const apex = q.name.suffix(labels);
    zone_version const* z = probe.finish([&](zone_version const& x) { return has_apex(x, apex); });
    if (z == nullptr && labels != 0)
        z = now.closest(q.name, labels - 1);
    // DS belongs to the zone above the cut (RFC 4035 3.1.4.1), if that is served here too.
    if (q.type == dns::rr_type::ds && z != nullptr && q.name.labels() != 0 && z->apex_labels() == q.name.labels())
        if (zone_version const* const above = now.closest(q.name, q.name.labels() - 1))
            z = above;
    return z;
}

} // namespace

lookup_result look_up(snapshot const& now, question& q) noexcept
{
    std::size_t const labels = now.deepest_apex(q.name.labels());
    auto probe = labels != snapshot::no_depth ? now.probe(q.name.hash(labels)) : name_index<zone_version>::probe{};
    while (!probe.is_done())
        probe.step();
    q.zone = zone_of(now, q, labels, probe);
    return q.zone != nullptr ? look_up(*q.zone, q.name, q.type) : lookup_result{};
}

void question_batch::look_up(snapshot const& now) noexcept
{
    find_zones(now);
    run_side_by_side(std::span{searches_}.first(count_));
    look_ahead();
}

void question_batch::find_zones(snapshot const& now) noexcept
{
    for (std::size_t i = 0; i < count_; ++i) {
        query_name const& name = questions_[i].name;
        std::size_t const labels = apex_labels_[i] = now.deepest_apex(name.labels());
        zone_probes_[i] = labels != snapshot::no_depth ? now.probe(name.hash(labels)) : name_index<zone_version>::probe{};
    }
    run_side_by_side(std::span{zone_probes_}.first(count_));
    if (now.zone_count() > 1)
        for (std::size_t i = 0; i < count_; ++i)
            if (zone_version const* const z = zone_probes_[i].candidate()) {
                __builtin_prefetch(z->apex().data());
                z->names().prefetch();
            }
    for (std::size_t i = 0; i < count_; ++i) {
        question& q = questions_[i];
        q.zone = zone_of(now, q, apex_labels_[i], zone_probes_[i]);
        searches_[i] = q.zone != nullptr ? search{*q.zone, q.name, q.type} : search{};
    }
}

/// The targets of aliases, name servers of delegations, mail exchangers and the like: found now for all questions at once.
void question_batch::look_ahead() noexcept
{
    ahead_count_ = 0;
    for (std::size_t i = 0; i < count_; ++i) {
        ahead_from_[i] = static_cast<std::uint8_t>(ahead_count_);
        if (questions_[i].zone != nullptr)
            collect_targets(i);
    }
    ahead_from_[count_] = static_cast<std::uint8_t>(ahead_count_);
    run_side_by_side(std::span{target_probes_}.first(ahead_count_));
    for (std::size_t k = 0; k < ahead_count_; ++k)
        known_[k] = {targets_[k].name.data(), targets_[k].zone->finish(target_probes_[k], targets_[k].name)};
}

void question_batch::collect_targets(std::size_t i) noexcept
{
    static constexpr std::size_t most_of_one = 8, large = 20;
    if (found(i).rrset.count > large) // fills the reply by itself, or does not fit at all
        return;
    zone_version const& z = *questions_[i].zone;
    std::size_t const end = std::min(ahead_count_ + most_of_one, ahead_capacity);
    for_each_target(found(i), [&](dns::name_view name) {
        if (ahead_count_ == end || !name.is_subdomain_of(z.apex()))
            return;
        targets_[ahead_count_] = {name, &z};
        target_probes_[ahead_count_++] = z.probe(name);
    });
}

} // namespace homing::zone
