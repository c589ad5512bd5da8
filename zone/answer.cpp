#include "zone/answer.hpp"

#include <algorithm>

namespace homing::zone {

namespace {

using kind = lookup_result::kind;
using dns::rr_type;

constexpr std::size_t soa_numbers = 20;      // octets behind an SOA's names
constexpr std::size_t most_aliases = 16;     // hops followed in one answer
constexpr std::size_t most_additionals = 20; // names whose addresses are added to one answer

class answer_writer {
public:
    answer_writer(zone_version const& z, query_name& q, rr_type type, bool dnssec_ok, dns::wire_writer& w) noexcept
        : zone_{z}, q_{q}, type_{type}, dnssec_ok_{dnssec_ok}, out_{w}
    {
    }

    answer_summary write(lookup_result found) noexcept
    {
        while (step(found))
            found = look_up(zone_, q_, type_);
        return sum_;
    }

private:
    /// Where a record's owner stands: the offset of a name already in the message, or a name to be written.
    struct owner {
        std::size_t offset;
        dns::name_view name;
    };

    /// Writes what one look-up gives; true if an alias leads on to the name that q_ then holds.
    bool step(lookup_result const& found) noexcept
    {
        switch (found.what) {
        case kind::answer: answer(found.rrset); return false;
        case kind::alias: return follow_alias(found.rrset);
        case kind::dname: return follow_dname(found);
        case kind::referral: refer(found); return false;
        case kind::nxdomain: sum_.rcode = dns::rcode::nxdomain; [[fallthrough]];
        case kind::nodata: deny(); return false;
        }
        return false;
    }

    void answer(rrset_view set) noexcept
    {
        if (!add_required(current(), set, sum_.answers))
            return;
        // Whoever asks for an alias itself does not want what it leads to.
        bool const is_alias = set.type == rr_type::cname || set.type == rr_type::dname;
        if (!is_alias && dns::target_name(set.type, set.front()))
            add_addresses(set);
    }

    bool follow_alias(rrset_view cname) noexcept
    {
        if (!add_required(current(), cname, sum_.answers) || !visit())
            return false;
        return go_on_to(dns::name_view{cname.front().data(), cname.front().size()});
    }

    /// RFC 6672 3: the DNAME, a CNAME made from it with its TTL, and on with the new name.
    bool follow_dname(lookup_result const& found) noexcept
    {
        bool const was_there = std::ranges::find(dnames_, found.at) != std::end(dnames_);
        if (!was_there && !add_required(suffix(found.labels), found.rrset, sum_.answers))
            return false;
        dnames_[hops_] = found.at;
        dns::name_view const target{found.rrset.front().data(), found.rrset.front().size()};
        auto const made = substituted(found.labels, target);
        if (!made) {
            sum_.rcode = dns::rcode::yxdomain; // RFC 6672 2.2
            return false;
        }
        // To a question for a CNAME the one that was made is the answer.
        return add_made_cname(found.rrset.ttl(), *made) && type_ != rr_type::cname && visit() && go_on_to(*made);
    }

    std::optional<dns::name> substituted(std::size_t labels, dns::name_view target) const noexcept
    {
        std::uint8_t prefix[dns::max_name_size];
        std::size_t const n = q_.offset_of(labels);
        std::memcpy(prefix, original().data(), n);
        prefix[n] = 0;
        return dns::name::join(dns::name_view{prefix, n + 1}, target);
    }

    bool add_made_cname(std::uint32_t ttl, dns::name_view target) noexcept
    {
        auto const mark = out_.here();
        write_owner(current());
        out_.u16(static_cast<std::uint16_t>(rr_type::cname));
        out_.u16(static_cast<std::uint16_t>(dns::rr_class::in));
        out_.u32(ttl);
        std::size_t const at = out_.position();
        out_.u16(0);
        out_.compressed(target);
        return kept(mark, at, sum_.answers);
    }

    /// Remembers the name that an alias was found at; false where the chain must end: it loops or has grown too long.
    bool visit() noexcept
    {
        std::uint64_t const hash = q_.hash(q_.labels());
        visited_[hops_++] = hash;
        return hops_ < most_aliases;
    }

    /// Follows an alias inside the zone; what lies outside is for the client to ask (RFC 2308 2.1 lets it).
    bool go_on_to(dns::name_view target) noexcept
    {
        if (!target.is_subdomain_of(zone_.apex()))
            return false;
        alias_ = target;
        q_.assign(seed(), alias_);
        return std::find(visited_, visited_ + hops_, q_.hash(q_.labels())) == visited_ + hops_;
    }

    void refer(lookup_result const& cut) noexcept
    {
        if (hops_ == 0)
            sum_.authoritative = false;
        if (!add_required(suffix(cut.labels), cut.rrset, sum_.authorities))
            return;
        if (dnssec_ok_ && cut.at->has(node::has_ds))
            add_required(suffix(cut.labels), cut.at->find(rr_type::ds), sum_.authorities);
        add_glue(cut);
    }

    /// The addresses below the cut are needed and truncate the reply if they do not fit (RFC 9471 3); those of siblings and others in
    /// the zone are welcome.
    void add_glue(lookup_result const& cut) noexcept
    {
        dns::name const cut_name{suffix(cut.labels).name};
        for (bool const needed : {true, false})
            cut.rrset.for_each([&](dns::rdata_view r) {
                dns::name_view const server{r.data(), r.size()};
                if (server.is_subdomain_of(cut_name) == needed)
                    add_addresses_of(server, needed);
            });
    }

    void add_addresses(rrset_view set) noexcept
    {
        std::size_t names = 0;
        set.for_each([&](dns::rdata_view r) {
            auto const target = dns::target_name(set.type, r);
            if (target && names++ < most_additionals)
                add_addresses_of(*target, false);
        });
    }

    void add_addresses_of(dns::name_view host, bool needed) noexcept
    {
        if (sum_.truncated || !host.is_subdomain_of(zone_.apex()))
            return;
        node const* const n = zone_.find(host);
        if (n == nullptr)
            return;
        for (rr_type const t : {rr_type::a, rr_type::aaaa})
            if (rrset_view const set = n->find(t); set && !add(owner{0, host}, set, sum_.additionals) && needed)
                sum_.truncated = true;
    }

    /// The SOA with the negative TTL (RFC 2308 3: the lower of its TTL and MINIMUM).
    void deny() noexcept
    {
        rrset_view const soa = zone_.apex_node().find(rr_type::soa);
        auto const fields = dns::read_soa(soa.front());
        auto const mark = out_.here();
        owner const apex = suffix(zone_.apex_labels());
        write_owner(apex);
        out_.bytes({soa.records.data() + 2, 4}); // type and class
        out_.u32(std::min(soa.ttl(), fields.minimum));
        std::size_t const at = out_.position();
        out_.u16(0);
        write_name(fields.mname, apex.offset);
        write_name(fields.rname, apex.offset);
        out_.bytes(soa.front().last(soa_numbers));
        if (!kept(mark, at, sum_.authorities))
            sum_.truncated = true;
    }

    /// A name that is likely below the apex, whose place in the message is known: then no search is needed. One negative answer in five is
    /// written this way.
    void write_name(dns::name_view n, std::size_t apex_offset) noexcept
    {
        if (apex_offset == 0 || !n.is_subdomain_of(zone_.apex())) {
            note_question();
            out_.compressed(n);
            return;
        }
        out_.bytes(n.bytes().first(n.size() - zone_.apex().size()));
        out_.u16(static_cast<std::uint16_t>(0xC000U | apex_offset));
    }

    bool add_required(owner const& o, rrset_view set, std::uint16_t& count) noexcept
    {
        if (add(o, set, count))
            return true;
        sum_.truncated = true;
        return false;
    }

    /// Writes an RRset whole or not at all.
    bool add(owner const& o, rrset_view set, std::uint16_t& count) noexcept
    {
        if (o.offset == dns::header_size && !dns::has_compressible_names(set.type)) {
            if (out_.room() < set.records.size())
                return false;
            out_.bytes(set.records);
            count = static_cast<std::uint16_t>(count + set.count);
            return true;
        }
        auto const mark = out_.here();
        note_question();
        std::uint8_t const* const end = set.records.data() + set.records.size();
        std::uint16_t written = 0;
        std::size_t offset = o.offset;
        for (std::uint8_t const* record = set.records.data(); record != end; ++written) {
            std::size_t const size = record[10] * 256U + record[11];
            std::size_t const start = out_.position();
            write_owner({offset, o.name});
            if (offset == 0 && start < 0x4000)
                offset = start; // the next records point to this one's owner
            write_record(set.type, record, size);
            record += 12 + size;
            if (!out_.ok()) {
                out_.rewind(mark);
                return false;
            }
        }
        count = static_cast<std::uint16_t>(count + written);
        return true;
    }

    /// Everything behind the owner.
    void write_record(rr_type type, std::uint8_t const* record, std::size_t size) noexcept
    {
        if (!dns::has_compressible_names(type)) {
            out_.bytes({record + 2, size + 10});
            return;
        }
        out_.bytes({record + 2, 8});
        std::size_t const at = out_.position();
        out_.u16(0);
        dns::write_rdata(out_, type, {record + 12, size});
        if (out_.ok())
            out_.patch16(at, static_cast<std::uint16_t>(out_.position() - at - 2));
    }

    bool kept(dns::wire_writer::mark mark, std::size_t length_at, std::uint16_t& count) noexcept
    {
        if (!out_.ok()) {
            out_.rewind(mark);
            sum_.truncated = true;
            return false;
        }
        out_.patch16(length_at, static_cast<std::uint16_t>(out_.position() - length_at - 2));
        ++count;
        return true;
    }

    void write_owner(owner const& o) noexcept
    {
        if (o.offset != 0)
            out_.u16(static_cast<std::uint16_t>(0xC000U | o.offset));
        else {
            note_question();
            out_.compressed(o.name);
        }
    }

    /// The name that is being answered for: the question's, or the one that an alias led to.
    owner current() noexcept { return hops_ == 0 ? owner{dns::header_size, {}} : owner{0, alias_}; }
    owner suffix(std::size_t labels) noexcept
    {
        if (hops_ == 0)
            return {dns::header_size + q_.offset_of(labels), q_.suffix(labels)};
        return {0, q_.suffix(labels)};
    }
    /// In its own case: the question's, or the alias's target's.
    dns::name_view original() const noexcept
    {
        return hops_ == 0 ? dns::name_view{out_.written().data() + dns::header_size, q_.view().size()} : alias_.view();
    }

    void note_question() noexcept
    {
        if (std::exchange(noted_, true))
            return;
        out_.note({out_.written().data() + dns::header_size, question_size_}, dns::header_size);
    }

    std::uint64_t seed() const noexcept { return q_.hash(0); }

    zone_version const& zone_;
    query_name& q_;
    rr_type type_;
    bool dnssec_ok_;
    bool noted_ = false;
    dns::wire_writer& out_;
    answer_summary sum_;
    std::size_t question_size_ = q_.view().size();
    std::size_t hops_ = 0;
    std::uint64_t visited_[most_aliases];
    node const* dnames_[most_aliases] = {};
    dns::name alias_;
};

} // namespace

answer_summary write_answer(zone_version const& z, query_name& q, rr_type type, lookup_result found, bool dnssec_ok,
                            dns::wire_writer& w) noexcept
{
    return answer_writer{z, q, type, dnssec_ok, w}.write(found);
}

} // namespace homing::zone
