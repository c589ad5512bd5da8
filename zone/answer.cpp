#include "zone/answer.hpp"

#include <algorithm>

namespace homing::zone {

namespace {

using kind = lookup_result::kind;
using dns::rr_type;

constexpr std::size_t soa_numbers = 20;      // octets behind an SOA's names
constexpr std::size_t smallest_record = 13;  // octets: a pointer, type, class, TTL, RDLENGTH, and the root
constexpr std::size_t most_aliases = 16;     // hops followed in one answer
constexpr std::size_t most_additionals = 20; // names whose addresses are added to one answer

/// Copies an RRset as the node has it, whole or not at all: without names to be compressed, it is what stands in a message behind a question for
/// its owner.
bool copy(dns::wire_writer& out, rrset_view set, std::uint16_t& count) noexcept
{
    if (out.room() < set.records.size())
        return false;
    std::memcpy(out.claim(set.records.size()), set.records.data(), set.records.size());
    count = static_cast<std::uint16_t>(count + set.count);
    return true;
}

class answer_writer {
public:
    answer_writer(zone_version const& z, query_name& q, rr_type type, bool dnssec_ok, dns::wire_writer& w,
                  std::span<known_name const> known) noexcept
        : zone_{z}, q_{q}, type_{type}, dnssec_ok_{dnssec_ok}, out_{w}, known_{known}
    {
    }

    answer_summary write(lookup_result found) noexcept
    {
        while (step(found))
            found = look_up_alias();
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
        if (leads_on(set))
            add_addresses(set);
    }

    bool follow_alias(rrset_view cname) noexcept
    {
        if (!add_required(current(), cname, sum_.answers) || !visit(nullptr))
            return false;
        alias_record_ = cname.front().data();
        return go_on_to(dns::name_view{cname.front().data(), cname.front().size()});
    }

    /// What the name that an alias led to has.
    lookup_result look_up_alias() const noexcept
    {
        if (known_name const* const k = find_known(alias_record_))
            return look_up(zone_, q_, type_, k->at);
        return look_up(zone_, q_, type_);
    }

    /// The node of a name in a record, or null where there is none in this zone.
    node const* find(dns::name_view host) const noexcept
    {
        if (known_name const* const k = find_known(host.data()))
            return k->at;
        return host.is_subdomain_of(zone_.apex()) ? zone_.find(host) : nullptr;
    }

    known_name const* find_known(std::uint8_t const* octets) const noexcept
    {
        auto const k = std::ranges::find(known_, octets, &known_name::octets);
        return k != known_.end() ? &*k : nullptr;
    }

    /// RFC 6672 3: the DNAME, a CNAME made from it with its TTL, and on with the new name.
    bool follow_dname(lookup_result const& found) noexcept
    {
        bool const was_there = std::find(dnames_, dnames_ + hops_, found.at) != dnames_ + hops_;
        if (!was_there && !add_required(suffix(found.labels), found.rrset, sum_.answers))
            return false;
        alias_record_ = nullptr;
        dns::name_view const target{found.rrset.front().data(), found.rrset.front().size()};
        auto const made = substituted(found.labels, target);
        if (!made) {
            sum_.rcode = dns::rcode::yxdomain; // RFC 6672 2.2
            return false;
        }
        // To a question for a CNAME the one that was made is the answer.
        return add_made_cname(found.rrset.ttl(), *made) && type_ != rr_type::cname && visit(found.at) && go_on_to(*made);
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

    /// Remembers the name that an alias was found at, and the DNAME that made it if one did; false where the chain must end: it has grown
    /// too long.
    bool visit(node const* dname) noexcept
    {
        dnames_[hops_] = dname;
        visited_[hops_++] = q_.hash(q_.labels());
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
        dns::name_view const cut_name = suffix(cut.labels).name;
        bool has_others = false;
        cut.rrset.for_each([&](dns::rdata_view r) {
            dns::name_view const server{r.data(), r.size()};
            if (server.is_subdomain_of(cut_name))
                add_addresses_of(server, true);
            else
                has_others = true;
        });
        if (has_others)
            cut.rrset.for_each([&](dns::rdata_view r) {
                dns::name_view const server{r.data(), r.size()};
                if (!server.is_subdomain_of(cut_name))
                    add_addresses_of(server, false);
            });
    }

    void add_addresses(rrset_view set) noexcept
    {
        std::size_t names = 0;
        set.for_each([&](dns::rdata_view r) {
            if (names++ >= most_additionals)
                return;
            if (auto const target = dns::target_name(set.type, r))
                add_addresses_of(*target, false);
        });
    }

    void add_addresses_of(dns::name_view host, bool needed) noexcept
    {
        node const* const n = sum_.truncated ? nullptr : find(host);
        if (n == nullptr)
            return;
        for (rr_type const t : {rr_type::a, rr_type::aaaa})
            if (rrset_view const set = n->find(t); set && !add(owner{0, host}, set, sum_.additionals) && needed)
                sum_.truncated = true;
    }

    /// The SOA with the negative TTL.
    void deny() noexcept
    {
        zone_version::denial const& soa = zone_.soa_of_denial();
        if (hops_ == 0 && soa.is_within_zone) {
            write_short(soa);
            return;
        }
        auto const mark = out_.here();
        write_owner(suffix(zone_.apex_labels()));
        out_.bytes({soa.record + 2, 4}); // type and class
        out_.u32(soa.ttl);
        std::size_t const at = out_.position();
        out_.u16(0);
        note_question();
        dns::write_rdata(out_, rr_type::soa, zone_.apex_node().find(rr_type::soa).front());
        if (!kept(mark, at, sum_.authorities))
            sum_.truncated = true;
    }

    /// The same where all names in it end in the apex, which stands in the question: so nothing is searched for. One answer in four is
    /// negative.
    void write_short(zone_version::denial const& soa) noexcept
    {
        std::size_t const names = soa.mname_kept + soa.rname_kept + 4U, rdata = names + soa_numbers;
        if (out_.room() < 12 + rdata) {
            sum_.truncated = true;
            return;
        }
        std::uint8_t* p = out_.claim(12 + rdata);
        auto const put16 = [&](std::size_t v) {
            *p++ = static_cast<std::uint8_t>(v >> 8U);
            *p++ = static_cast<std::uint8_t>(v);
        };
        auto const put = [&](std::uint8_t const* from, std::size_t n) { p = std::copy_n(from, n, p); };
        std::size_t const apex = 0xC000U + dns::header_size + q_.offset_of(zone_.apex_labels());
        std::uint8_t const* const names_from = soa.record + 12;
        put16(apex);
        put(soa.record + 2, 4); // type and class
        put16(soa.ttl >> 16U);
        put16(soa.ttl & 0xFFFFU);
        put16(rdata);
        put(names_from, soa.mname_kept);
        put16(apex);
        put(names_from + soa.mname_size, soa.rname_kept);
        put16(apex);
        put(soa.numbers, soa_numbers);
        ++sum_.authorities;
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
        bool const is_plain = !dns::has_compressible_names(set.type);
        if (o.offset == dns::header_size && is_plain)
            return copy(out_, set, count);
        // What cannot fit is not begun: a reply that is cut must not cost more than one that is sent.
        if (out_.room() < (is_plain ? set.records.size() : set.count * smallest_record))
            return false;
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
    node const* dnames_[most_aliases]; // the DNAME that led on at each hop, or null
    std::uint8_t const* alias_record_ = nullptr;
    dns::name alias_;
    std::span<known_name const> known_;
};

} // namespace

answer_summary write_answer(zone_version const& z, query_name& q, rr_type type, lookup_result const& found, bool dnssec_ok,
                            dns::wire_writer& w, std::span<known_name const> known) noexcept
{
    // Most answers are that and nothing else.
    if (found.what == kind::answer && !dns::has_compressible_names(found.rrset.type) && !leads_on(found.rrset)) {
        answer_summary sum;
        sum.truncated = !copy(w, found.rrset, sum.answers);
        return sum;
    }
    return answer_writer{z, q, type, dnssec_ok, w, known}.write(found);
}

} // namespace homing::zone
