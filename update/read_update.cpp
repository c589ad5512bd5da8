#include "dns/presentation.hpp"
#include "update/request.hpp"

#include <algorithm>

namespace homing::update {

namespace {

using dns::rr_class;
using dns::rr_type;

enum class section { prerequisite = 1, update = 2 };

// How a record breaks the syntax, or null. `rdata_size` is the RDLENGTH.
char const* prerequisite_fault(raw_record const& r, std::size_t rdata_size)
{
    if (r.ttl != 0)
        return "the TTL of a prerequisite is not 0 (RFC 2136 2.4)";
    if (r.klass == rr_class::in)
        return nullptr;
    if (r.klass != rr_class::any && r.klass != rr_class::none)
        return "the class is none that a prerequisite can have (RFC 2136 3.2.4)";
    return rdata_size == 0 ? nullptr : "a prerequisite of class ANY or NONE has data (RFC 2136 3.2)";
}

// RFC 2136 3.4.1.2. QUERY types other than ANY, and OPT, TSIG and such, are never data.
char const* update_fault(raw_record const& r, std::size_t rdata_size)
{
    if (r.klass != rr_class::in && r.klass != rr_class::any && r.klass != rr_class::none)
        return "the class is none that an update can have (RFC 2136 3.4.1.2)";
    bool const whole_name = r.klass == rr_class::any && r.type == rr_type::any;
    if (dns::is_meta_type(r.type) && !whole_name)
        return "the type is not one of data (RFC 2136 3.4.1.2)";
    if (r.klass != rr_class::in && r.ttl != 0)
        return "the TTL of a deletion is not 0 (RFC 2136 3.4.1.2)";
    if (r.klass == rr_class::any && rdata_size != 0)
        return "the deletion of an RRset has data (RFC 2136 3.4.1.2)";
    return nullptr;
}

bool carries_data(section s, rr_class klass)
{
    return klass == rr_class::in || (s == section::update && klass == rr_class::none);
}

std::string describe(section s, std::size_t number, raw_record const& r, char const* fault)
{
    return (s == section::prerequisite ? "Prerequisite " : "Update ") + std::to_string(number + 1) + " (" + r.owner.to_string() +
           " " + dns::to_string(r.type) + "): " + fault + ".";
}

class section_reader {
public:
    section_reader(std::span<std::uint8_t const> message, dns::request_view const& view) : message_{message}, view_{view} {}

    /// Appends the section's records, up to the first fault, which is the result; empty if there is none.
    std::string read(section s, std::vector<raw_record>& records) const
    {
        auto const index = static_cast<std::size_t>(s);
        dns::wire_reader reader{message_, view_.sections[index]};
        std::size_t const count = view_.header.counts[index];
        records.reserve(std::min(count, message_.size() / smallest_record));
        for (std::size_t i = 0; i < count; ++i) {
            dns::record_view v;
            dns::read_record(reader, v);
            if (!reader.ok())
                return "The message ends within a record.";
            raw_record& r = records.emplace_back(raw_record{v.owner, v.type, v.klass, v.ttl, {}});
            if (char const* fault = examine(s, v, r))
                return describe(s, i, r, fault);
        }
        return {};
    }

private:
    static constexpr std::size_t smallest_record = 11;

    char const* examine(section s, dns::record_view const& v, raw_record& r) const
    {
        char const* fault = s == section::prerequisite ? prerequisite_fault(r, v.rdata_size) : update_fault(r, v.rdata_size);
        if (fault || !carries_data(s, r.klass))
            return fault;
        if (r.ttl > 0x7fffffff) // RFC 2181 8: read as zero
            r.ttl = 0;
        dns::wire_reader rdata{message_, v.rdata_at};
        dns::read_rdata(rdata, v.type, v.rdata_size, r.rdata);
        return rdata.ok() ? nullptr : "the data is not what the type asks for";
    }

    std::span<std::uint8_t const> message_;
    dns::request_view const& view_;
};

} // namespace

dns::result<dns_update> read_update(std::span<std::uint8_t const> message, dns::request_view const& view)
{
    // 3.1.1. That there is exactly one zone record, request_view saw.
    if (view.question.type != rr_type::soa)
        return dns::failure{"The zone section's type is not SOA (RFC 2136 3.1.1)."};
    dns_update update;
    update.zone = view.question.qname;
    update.zone_class = view.question.klass;
    if (update.zone_class != rr_class::in)
        return update; // what is data in another class we cannot tell; 3.1.2 answers NOTAUTH without looking at it
    section_reader const sections{message, view};
    update.fault = sections.read(section::prerequisite, update.prerequisites);
    if (update.fault.empty())
        update.fault = sections.read(section::update, update.updates);
    return update;
}

std::size_t weight(request const& r) noexcept
{
    struct {
        std::size_t operator()(dns_update const& u) const noexcept { return of(u.prerequisites) + of(u.updates); }
        std::size_t operator()(edit const& e) const noexcept
        {
            std::size_t n = 0;
            for (auto const& i : e.items)
                n += sizeof i + i.rrset.packed().size();
            return n;
        }
        std::size_t operator()(undo const& u) const noexcept
        {
            std::size_t n = 0;
            for (auto const& i : u.items)
                n += sizeof i + i.expected.packed().size() + i.wanted.packed().size();
            return n;
        }
        std::size_t operator()(put_zone const& p) const noexcept { return p.contents.record_count() * 64; }
        std::size_t operator()(put_key const& k) const noexcept { return k.key.grants.size() * sizeof(storage::grant); }
        std::size_t operator()(change_key const&) const noexcept { return 0; }
        std::size_t operator()(host_update const& u) const noexcept { return u.hosts.size() * sizeof(host_update::named_host); }
        std::size_t operator()(remove_zone const&) const noexcept { return 0; }
        std::size_t operator()(put_host const&) const noexcept { return 0; }
        std::size_t operator()(put_secondary const&) const noexcept { return 0; }
        std::size_t operator()(remove_secondary const&) const noexcept { return 0; }
        std::size_t operator()(remove_host const&) const noexcept { return 0; }
        std::size_t operator()(lapse_host const&) const noexcept { return 0; }
        std::size_t operator()(save_hosts const&) const noexcept { return 0; }
        std::size_t operator()(put_token const&) const noexcept { return 0; }
        std::size_t operator()(remove_token const&) const noexcept { return 0; }
        std::size_t operator()(put_setting const& p) const noexcept { return p.value.size(); }
        std::size_t operator()(remove_key const&) const noexcept { return 0; }
        std::size_t operator()(follow_zone const& f) const noexcept { return f.what.apex.size() + f.what.label.size(); }
        std::size_t operator()(expire_zone const&) const noexcept { return 0; }
        std::size_t operator()(zones_refreshed const& z) const noexcept { return z.items.size() * sizeof z.items.front(); }
        std::size_t operator()(received_zone const& z) const noexcept
        {
            std::size_t n = z.whole ? z.whole->record_count() * 64 : 0;
            for (auto const& s : z.steps)
                n += sizeof s + s.removed.octets() + s.added.octets();
            return n;
        }

        static std::size_t of(std::vector<raw_record> const& records) noexcept
        {
            std::size_t n = 0;
            for (auto const& r : records)
                n += sizeof r + r.rdata.size();
            return n;
        }
    } const octets;
    return sizeof r + std::visit(octets, r.what);
}

} // namespace homing::update
