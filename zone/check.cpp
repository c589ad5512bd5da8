#include "zone/check.hpp"

#include "dns/presentation.hpp"
#include "zone/targets.hpp"

#include <algorithm>

namespace homing::zone {

namespace {

using dns::rr_type;

/// Collects findings up to a limit for each severity and counts the rest.
class findings {
public:
    explicit findings(std::size_t limit) : limit_{limit} {}

    template <class Message>
    void error(std::uint32_t line, Message&& message)
    {
        add(errors_, finding::severity::error, line, message);
    }
    template <class Message>
    void warning(std::uint32_t line, Message&& message)
    {
        add(warnings_, finding::severity::warning, line, message);
    }

    std::vector<finding> take()
    {
        std::vector<finding> out;
        for (auto* const l : {&errors_, &warnings_}) {
            std::ranges::stable_sort(l->kept, {}, &finding::line);
            std::ranges::move(l->kept, std::back_inserter(out));
            if (l->count > limit_)
                out.push_back(
                    {l == &errors_ ? finding::severity::error : finding::severity::warning, 0,
                     "There are " + std::to_string(l->count - limit_) + " more " + (l == &errors_ ? "errors." : "warnings.")});
        }
        return out;
    }

private:
    struct list {
        std::vector<finding> kept;
        std::size_t count = 0;
    };

    template <class Message>
    void add(list& l, finding::severity level, std::uint32_t line, Message& message)
    {
        if (l.count++ < limit_)
            l.kept.push_back({level, line, message()});
    }

    std::size_t limit_;
    list errors_, warnings_;
};

std::string join(std::string a, dns::name_view n, std::string_view b)
{
    return std::move(a) + n.to_string() + std::string{b};
}

/// Goes over the zone once, in canonical order: what stands above a name was seen before it.
class zone_check {
public:
    zone_check(contents const& zone, std::size_t limit) : zone_{zone}, targets_{zone}, found_{limit} {}

    std::vector<finding> run()
    {
        check_apex();
        for (std::size_t i = 0; i < zone_.size();) {
            std::size_t const begin = i;
            auto const owner = zone_[begin].owner;
            for (++i; i < zone_.size() && zone_[i].owner.data() == owner.data();)
                ++i;
            check_name(owner, begin, i);
        }
        return found_.take();
    }

private:
    using entry = contents::entry;

    void check_apex();
    void check_cds(rr_type);
    void check_name(dns::name_view owner, std::size_t begin, std::size_t end);
    void check_above(dns::name_view owner, std::uint32_t line);
    void check_cname(std::size_t begin, std::size_t end);
    void check_rrset(entry const&);
    void check_place(entry const&);
    void check_targets(entry const&);
    void check_target(entry const&, dns::name_view target);

    contents const& zone_;
    targets targets_;
    findings found_;
    std::optional<dns::name_view> dname_; // the last DNAME's owner, whose descendants follow
};

void zone_check::check_apex()
{
    auto const apex = zone_.origin();
    if (!zone_.find(apex, rr_type::soa))
        found_.error(0, [&] {
            return join("The zone has no SOA at its apex ", apex, "; add one, or give the name that the file is for.");
        });
    if (!zone_.find(apex, rr_type::ns))
        found_.error(0, [&] { return join("The zone has no NS at its apex ", apex, "; add its name servers."); });
    check_cds(rr_type::cds);
    check_cds(rr_type::cdnskey);
    if (auto const p = zone_.find(apex, rr_type::nsec3param))
        if (p->packed[2] != 1) // the one hash algorithm there is: RFC 5155 11
            found_.warning(p->line, [&] { return join("", apex, " has an NSEC3PARAM with an unknown hash algorithm."); });
}

/// RFC 7344 4.1: they are about keys that sign the zone. Algorithm 0 asks for the removal of DNSSEC (RFC 8078 4).
void zone_check::check_cds(rr_type type)
{
    constexpr std::size_t algorithm_offset = 2 + 2, cdnskey_algorithm_offset = 2 + 3;
    auto const e = zone_.find(zone_.origin(), type);
    if (!e || e->packed[type == rr_type::cds ? algorithm_offset : cdnskey_algorithm_offset] == 0)
        return;
    if (!zone_.find(zone_.origin(), rr_type::dnskey))
        found_.warning(e->line, [&] {
            return join("", zone_.origin(),
                        " has " + to_string(type) + " but no DNSKEY; remove it, or add the keys it is about (RFC 7344 4.1).");
        });
}

void zone_check::check_name(dns::name_view owner, std::size_t begin, std::size_t end)
{
    std::uint32_t const line = zone_[begin].line;
    if (!owner.is_subdomain_of(zone_.origin())) {
        found_.error(line, [&] { return join("", owner, " is not in the zone " + zone_.origin().to_string() + "; remove it."); });
        return;
    }
    check_above(owner, line);
    check_cname(begin, end);
    for (std::size_t i = begin; i < end; ++i)
        check_rrset(zone_[i]);
}

void zone_check::check_above(dns::name_view owner, std::uint32_t line)
{
    if (dname_ && owner.is_below(*dname_))
        found_.error(line, [&] {
            return join("", owner,
                        " is below the DNAME at " + dname_->to_string() +
                            ", where no name may be (RFC 6672 2.4); remove one of them.");
        });
}

void zone_check::check_cname(std::size_t begin, std::size_t end)
{
    std::optional<entry> cname;
    std::optional<rr_type> other;
    for (std::size_t i = begin; i < end; ++i) {
        auto const e = zone_[i];
        if (e.type == rr_type::cname)
            cname = e;
        else if (!may_accompany_cname(e.type) && !other)
            other = e.type;
    }
    if (cname && other)
        found_.error(cname->line, [&] {
            return join("", cname->owner,
                        " has a CNAME beside other data (" + to_string(*other) + "; RFC 2181 10.1); remove one of them.");
        });
}

void zone_check::check_rrset(entry const& e)
{
    if (dns::is_meta_type(e.type))
        found_.error(e.line, [&] {
            return join("", e.owner, " has data of type " + to_string(e.type) + ", which cannot stand in a zone; remove it.");
        });
    if (e.count > 1 && is_singleton(e.type))
        found_.error(e.line, [&] { return join("", e.owner, " has several " + to_string(e.type) + " records; leave one."); });
    if (e.packed.size() + e.count * std::size_t{10} > dns::max_rrset_wire_size)
        found_.error(e.line, [&] {
            return join("", e.owner,
                        " has " + std::to_string(e.count) + " records of type " + to_string(e.type) +
                            ", more than fit into an answer of 64 KiB; remove some.");
        });
    if (e.ttl_differed)
        found_.warning(e.line, [&] {
            return join("", e.owner,
                        " has " + to_string(e.type) + " records with different TTLs; all get the lowest, " +
                            std::to_string(e.ttl) + " (RFC 2181 5.2).");
        });
    check_place(e);
    check_targets(e);
    if (e.type == rr_type::dname)
        dname_ = e.owner;
}

void zone_check::check_place(entry const& e)
{
    bool const at_apex = e.owner == zone_.origin();
    if (e.type == rr_type::soa && !at_apex)
        found_.error(e.line,
                     [&] { return join("", e.owner, " has an SOA, which belongs at the zone's apex alone; remove it."); });
    if (e.type == rr_type::ds && at_apex)
        found_.error(e.line, [&] {
            return join("", e.owner, " has a DS at the zone's apex; it belongs into the zone above (RFC 4035 2.4).");
        });
    if (e.owner.is_wildcard() && ((e.type == rr_type::ns && !at_apex) || e.type == rr_type::nsec3)) // RFC 4592 4.2
        found_.error(e.line, [&] {
            return join("", e.owner, " has " + to_string(e.type) + ", which a wildcard cannot have; remove it.");
        });
}

void zone_check::check_targets(entry const& e)
{
    if (e.type != rr_type::ns && e.type != rr_type::mx && e.type != rr_type::srv)
        return;
    for (std::size_t i = 0; i < e.packed.size();) {
        std::size_t const size = e.packed[i] * 256U + e.packed[i + 1];
        if (auto const target = dns::target_name(e.type, e.packed.subspan(i + 2, size)))
            check_target(e, *target);
        i += 2 + size;
    }
}

void zone_check::check_target(entry const& e, dns::name_view target)
{
    bool const is_ns = e.type == rr_type::ns;
    auto const says = [&](std::string_view what) {
        return [&, what] {
            return join("The " + to_string(e.type) + " of ", e.owner, " points to " + target.to_string() + std::string{what});
        };
    };
    switch (targets_.find(target)) {
    case target_state::addressed:
    case target_state::elsewhere: break;
    case target_state::number: found_.warning(e.line, says(", which looks like an address; a name belongs there.")); break;
    case target_state::alias: found_.warning(e.line, says(", which is a CNAME (RFC 2181 10.3); point to its target.")); break;
    case target_state::renamed:
        found_.warning(e.line, says(", which is below a DNAME (RFC 2181 10.3); point to where that leads."));
        break;
    case target_state::bare: found_.warning(e.line, says(", which has no address; add an A or AAAA.")); break;
    case target_state::delegated:
        if (is_ns && target.is_subdomain_of(e.owner) && e.owner != zone_.origin())
            found_.warning(e.line, says(", which is in the delegated zone itself, and its glue is missing; add an A or AAAA."));
        break;
    }
}

} // namespace

std::vector<finding> check(contents const& zone, std::size_t limit)
{
    return zone_check{zone, limit}.run();
}

} // namespace homing::zone
