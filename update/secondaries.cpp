#include "update/secondaries.hpp"

#include <algorithm>
#include <stdexcept>

namespace homing::update {

namespace {

using dns::rr_type;

constexpr std::uint32_t ttl = 0; // nobody is to ask for it, let alone to remember it

dns::name parsed(std::string_view text)
{
    auto const n = dns::name::from_text(text);
    if (!n)
        throw std::logic_error{"not a name"};
    return *n;
}

dns::name below(std::string_view labels, dns::name_view apex)
{
    auto const n = dns::name::join(parsed(labels), apex);
    if (!n)
        throw std::length_error{"the catalog's name is too long"};
    return *n;
}

std::vector<std::uint8_t> soa_rdata(std::uint32_t serial)
{
    dns::name const invalid = parsed("invalid.");
    std::vector<std::uint8_t> rdata;
    for (int i = 0; i < 2; ++i)
        rdata.insert(rdata.end(), invalid.view().bytes().begin(), invalid.view().bytes().end());
    for (std::uint32_t const field : {serial, 3600U, 600U, 2147483646U, 0U})
        for (int shift = 24; shift >= 0; shift -= 8)
            rdata.push_back(static_cast<std::uint8_t>(field >> shift));
    return rdata;
}

} // namespace

storage::secondary_record const* secondary_list::find(dns::name_view name) const noexcept
{
    auto const at = std::ranges::find_if(all_, [&](auto const& s) { return s.name == name; });
    return at == all_.end() ? nullptr : &*at;
}

secondary_list secondary_list::with(storage::secondary_record s) const
{
    auto next = all_;
    next.push_back(std::move(s));
    return secondary_list{std::move(next)};
}

secondary_list secondary_list::without(dns::name_view name) const
{
    auto next = all_;
    std::erase_if(next, [&](auto const& s) { return s.name == name; });
    return secondary_list{std::move(next)};
}

dns::name member_owner(dns::name_view catalog, std::int64_t zone_id)
{
    return below("z" + std::to_string(zone_id) + ".zones", catalog);
}

zone::contents make_catalog(dns::name_view catalog, zone::snapshot const& now, std::uint32_t serial)
{
    static constexpr std::uint8_t version_two[] = {1, '2'};
    zone::contents c{catalog};
    c.add(catalog, rr_type::soa, ttl, soa_rdata(serial));
    c.add(catalog, rr_type::ns, ttl, parsed("invalid.").view().bytes());
    c.add(below("version", catalog), rr_type::txt, ttl, version_two);
    now.for_each([&](zone::zone_version const& z) {
        if (z.id() != 0 && !z.state().is_catalog) // 0: a followed zone without contents yet
            c.add(member_owner(catalog, z.id()), rr_type::ptr, ttl, z.apex().bytes());
    });
    c.finish();
    return c;
}

void mark_catalog(zone::versions& versions, secondary_list const& list)
{
    dns::name const* const apex = list.catalog();
    zone::draft draft = versions.begin();
    if (apex == nullptr || draft.now().find(*apex) == nullptr)
        return;
    draft.mark(*apex, catalog_state);
    versions.publish(std::move(draft));
}

} // namespace homing::update
