#include "zone/lookup.hpp"

#include <algorithm>

namespace homing::zone {

namespace {

using kind = lookup_result::kind;

class search {
public:
    search(zone_version const& z, query_name const& q, dns::rr_type type) noexcept : zone_{z}, q_{q}, type_{type} {}

    /// The DNAME or the delegation at or above the name, the one nearest to the apex; false if there is none.
    bool find_cut(node const* exact, lookup_result& out) const noexcept
    {
        std::size_t const apex = zone_.apex_labels(), whole = q_.labels();
        if (zone_.apex_node().has(node::has_dname) && whole > apex)
            return is_dname(zone_.apex_node(), apex, out);
        if (!zone_.has_cuts())
            return false;
        for (std::size_t labels = apex + 1; labels <= whole; ++labels) {
            if (!zone_.may_cut_at(labels - apex))
                continue;
            node const* const n = labels == whole ? exact : find(labels);
            if (n == nullptr)
                return false; // nothing is below a name that does not exist
            // At the cut itself DS is the parent's (RFC 4035 3.1.4.1).
            if (n->has(node::has_ns) && !(labels == whole && type_ == dns::rr_type::ds))
                return is_referral(*n, labels, out);
            if (n->has(node::has_dname) && labels != whole)
                return is_dname(*n, labels, out);
        }
        return false;
    }

    void at_node(node const& n, lookup_result& out) const noexcept
    {
        out.at = &n;
        if (type_ == dns::rr_type::any) {
            n.for_each([&](rrset_view v) {
                if (!out.rrset || out.rrset.type == dns::rr_type::rrsig)
                    out.rrset = v;
            });
        } else
            out.rrset = n.find(type_);
        out.what = out.rrset ? kind::answer : kind::nodata;
        if (!out.rrset && n.has(node::has_cname)) {
            out.rrset = n.find(dns::rr_type::cname);
            out.what = kind::alias;
        }
    }

    void at_wildcard(lookup_result& out) const noexcept
    {
        if (node const* const n = wildcard_below(closest_encloser()))
            at_node(*n, out);
    }

private:
    node const* find(std::size_t labels) const noexcept { return zone_.find(q_.hash(labels), relative_to(zone_, q_, labels)); }

    static bool is_dname(node const& n, std::size_t labels, lookup_result& out) noexcept
    {
        out = {kind::dname, n.find(dns::rr_type::dname), &n, labels};
        return true;
    }
    static bool is_referral(node const& n, std::size_t labels, lookup_result& out) noexcept
    {
        out = {kind::referral, n.find(dns::rr_type::ns), &n, labels};
        return true;
    }

    /// Labels of the longest ancestor that exists. With empty non-terminals kept, existence only ends once on the way down, so that
    /// halving finds it: seven probes for the longest name there is.
    std::size_t closest_encloser() const noexcept
    {
        std::size_t exists = zone_.apex_labels(), missing = q_.labels();
        while (missing - exists > 1) {
            std::size_t const middle = exists + (missing - exists) / 2;
            (find(middle) != nullptr ? exists : missing) = middle;
        }
        return exists;
    }

    node const* wildcard_below(std::size_t encloser) const noexcept
    {
        static constexpr std::uint8_t star = '*';
        auto const rest = relative_to(zone_, q_, encloser);
        return zone_.names().find(hash_label(q_.hash(encloser), &star, 1), [&](node const& n) {
            auto const name = n.relative_name();
            return name.size() == rest.size() + 2 && name[0] == 1 && name[1] == star && std::ranges::equal(name.subspan(2), rest);
        });
    }

    zone_version const& zone_;
    query_name const& q_;
    dns::rr_type type_;
};

} // namespace

lookup_result look_up(zone_version const& z, query_name const& q, dns::rr_type type, node const* exact) noexcept
{
    search const s{z, q, type};
    lookup_result out;
    if (s.find_cut(exact, out))
        return out;
    if (exact != nullptr)
        s.at_node(*exact, out);
    else
        s.at_wildcard(out);
    return out;
}

lookup_result look_up(zone_version const& z, query_name const& q, dns::rr_type type) noexcept
{
    return look_up(z, q, type, z.find(q.hash(q.labels()), relative_to(z, q, q.labels())));
}

} // namespace homing::zone
