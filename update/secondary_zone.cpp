#include "update/secondary_zone.hpp"

namespace homing::update {

zone::contents placeholder(dns::name_view apex)
{
    std::vector<std::uint8_t> soa;
    for (int i = 0; i < 2; ++i)
        soa.insert(soa.end(), apex.data(), apex.data() + apex.size());
    soa.resize(soa.size() + 5 * sizeof(std::uint32_t));
    zone::contents contents{apex};
    contents.add(apex, dns::rr_type::soa, 0, soa);
    contents.add(apex, dns::rr_type::ns, 0, apex.bytes());
    contents.finish();
    return contents;
}

std::uint32_t serial_of(zone::contents const& contents)
{
    auto const soa = contents.find(contents.origin(), dns::rr_type::soa);
    constexpr std::size_t length_octets = 2;
    return dns::read_soa(soa->packed.subspan(length_octets)).serial;
}

outcome check_is_no_catalog(zone::zone_version const& zone)
{
    if (zone.is_secondary() || !zone.state().is_catalog)
        return {};
    return decline(dns::rcode::refused, "The zone " + zone.apex().to_string() + " is the catalog, which homing keeps itself.");
}

outcome check_is_primary(zone::zone_version const& zone)
{
    if (!zone.is_secondary())
        return check_is_no_catalog(zone);
    return decline(dns::rcode::refused,
                   "The zone " + zone.apex().to_string() + " is a secondary: it can be changed at its primary alone.");
}

void mark_followed(zone::versions& versions, follow_book const& book, std::int64_t now_ms)
{
    auto const all = book.all();
    if (all.empty())
        return;
    zone::draft draft = versions.begin();
    for (auto const& r : all) {
        auto const apex = storage::name_of_octets(r->apex);
        bool const is_over = r->is_expired || r->expires_ms == 0 || now_ms >= r->expires_ms;
        zone::zone_state const state{.is_secondary = true, .is_available = !is_over, .is_catalog = r->is_catalog};
        if (draft.now().find(apex) != nullptr)
            draft.mark(apex, state);
        else
            draft.put(0, placeholder(apex), {.is_secondary = true, .is_available = false, .is_catalog = r->is_catalog});
    }
    versions.publish(std::move(draft));
}

} // namespace homing::update
