#include "zone/transfer.hpp"

#include "zone/transfer_record.hpp"

namespace homing::zone {

std::uint16_t outgoing_transfer::write(dns::wire_writer& out, bool soa_only) noexcept
{
    out.note(dns::name_view{out.written().data() + dns::header_size, zone_.apex().size()}, dns::header_size);
    owner_at_ = 0;
    count_ = 0;
    if (stage_ == stage::first_soa && write_soa(out) && !soa_only)
        stage_ = stage::records;
    while (stage_ == stage::records) {
        node const* const n = cursor_.leaf();
        if (n == nullptr)
            stage_ = stage::last_soa;
        else if (!write_node(out, *n))
            return count_;
        else
            next_node();
    }
    if (stage_ == stage::last_soa && write_soa(out))
        stage_ = stage::done;
    return count_;
}

void outgoing_transfer::next_node() noexcept
{
    cursor_.advance();
    records_done_ = owner_at_ = 0;
}

bool outgoing_transfer::write_soa(dns::wire_writer& out) noexcept
{
    std::size_t at = dns::header_size; // the apex is the question's name
    return write_record(out, at, zone_.apex_node(), dns::rr_type::soa, zone_.apex_node().find(dns::rr_type::soa).records.data());
}

/// The records of a node from the first that has not been written; false if the message is full before the last.
bool outgoing_transfer::write_node(dns::wire_writer& out, node const& n) noexcept
{
    std::size_t i = 0;
    bool fits = true;
    bool const is_apex = &n == &zone_.apex_node();
    n.for_each([&](rrset_view set) {
        if (is_apex && set.type == dns::rr_type::soa) // first and last of all
            return;
        std::uint8_t const* const end = set.records.data() + set.records.size();
        for (std::uint8_t const* r = set.records.data(); r != end && fits; r += 12 + r[10] * 256U + r[11], ++i)
            if (i >= records_done_) {
                fits = write_record(out, owner_at_, n, set.type, r);
                records_done_ += fits;
            }
    });
    return fits;
}

/// One record; false (and nothing of it is there) if it does not fit. `owner_at` is where its owner stands in the message, or becomes so.
bool outgoing_transfer::write_record(dns::wire_writer& out, std::size_t& owner_at, node const& n, dns::rr_type type,
                                     std::uint8_t const* record) noexcept
{
    std::size_t const size = record[10] * 256U + record[11];
    bool const fits = write_transfer_record(out, owner_at, n.relative_name(), type, record + 2, {record + 12, size});
    count_ += fits;
    return fits;
}

std::size_t transfer_octets(zone_version const& z) noexcept
{
    constexpr std::size_t counted_names = 256, typical_name = 48;
    if (z.name_count() > counted_names)
        return z.name_count() * typical_name;
    std::size_t octets = 0;
    z.for_each([&](node const& n) {
        n.for_each([&](rrset_view set) { octets += set.records.size() + n.relative_name().size(); });
    });
    return octets;
}

} // namespace homing::zone
