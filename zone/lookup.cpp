#include "zone/lookup.hpp"

namespace homing::zone {

namespace {

using kind = lookup_result::kind;
using dns::rr_type;

constexpr std::uint8_t star = '*';

} // namespace

search::search(zone_version const& z, query_name const& q, rr_type type) noexcept : zone_{&z}, q_{&q}, type_{type}
{
    begin();
}

search::search(zone_version const& z, query_name const& q, rr_type type, node const* exact) noexcept
    : zone_{&z}, q_{&q}, type_{type}, knows_exact_{true}, exact_{exact}
{
    begin();
}

void search::begin() noexcept
{
    std::size_t const apex = zone_->apex_labels(), whole = q_->labels();
    exists_ = static_cast<std::uint8_t>(apex);
    missing_ = static_cast<std::uint8_t>(whole + 1);
    if (whole == apex)
        finish_at(zone_->apex_node());
    else if (zone_->may_cut_at(0)) // only a DNAME counts there
        cut(kind::dname, zone_->apex_node(), rr_type::dname);
    else
        descend();
}

/// Looks for the next name on the way down that may be a cut or a DNAME; the last is the name itself.
void search::descend() noexcept
{
    std::size_t const apex = zone_->apex_labels(), whole = q_->labels();
    std::size_t labels = zone_->has_cuts() ? exists_ + 1U : whole;
    while (labels < whole && !zone_->may_cut_at(labels - apex))
        ++labels;
    seek(stage::descent, labels);
}

/// The closest encloser is the longest name that exists above. With empty non-terminals kept, existence only ends once on the way down, so
/// that halving finds it: seven probes for the longest name there is.
void search::halve() noexcept
{
    if (missing_ - exists_ > 1)
        seek(stage::halving, exists_ + (missing_ - exists_) / 2U);
    else if (zone_->may_have_wildcard_at(exists_ - zone_->apex_labels() + 1))
        seek_wildcard();
    else
        stage_ = stage::done; // as nxdomain
}

void search::seek(stage s, std::size_t labels) noexcept
{
    stage_ = s;
    sought_ = static_cast<std::uint8_t>(labels);
    bool const is_known = knows_exact_ && labels == q_->labels();
    probe_ = is_known ? name_index<node>::probe{} : name_index<node>::probe{zone_->names(), q_->hash(labels)};
}

void search::seek_wildcard() noexcept
{
    stage_ = stage::wildcard;
    probe_ = {zone_->names(), hash_label(q_->hash(exists_), &star, 1)};
}

bool search::is_wildcard_of_encloser(node const& n) const noexcept
{
    auto const rest = relative_to(*zone_, *q_, exists_);
    return n.is_wildcard() && n.relative_name().size() == rest.size() + 2 &&
           dns::equal_octets(n.relative_name().data() + 2, rest.data(), rest.size());
}

/// A probe is through.
void search::arrive() noexcept
{
    if (stage_ == stage::wildcard) {
        if (node const* const n = probe_.finish([this](node const& x) { return is_wildcard_of_encloser(x); }))
            finish_at(*n);
        stage_ = stage::done;
        return;
    }
    node const* n = probe_.finish([this](node const& x) { return x.is_named(relative_to(*zone_, *q_, sought_)); });
    if (knows_exact_ && sought_ == q_->labels())
        n = exact_;
    (n != nullptr ? exists_ : missing_) = sought_; // nothing is below a name that does not exist
    if (n != nullptr && stage_ == stage::descent)
        pass(*n);
    else
        halve();
}

/// Comes by a name that exists: the cut, the DNAME or the end, or further down.
void search::pass(node const& n) noexcept
{
    bool const is_whole = sought_ == q_->labels();
    // At the cut itself DS is the parent's (RFC 4035 3.1.4.1).
    if (n.has(node::has_ns) && !(is_whole && type_ == rr_type::ds))
        cut(kind::referral, n, rr_type::ns);
    else if (is_whole)
        finish_at(n);
    else if (n.has(node::has_dname))
        cut(kind::dname, n, rr_type::dname);
    else
        descend();
}

void search::cut(kind what, node const& n, rr_type type) noexcept
{
    result_ = {what, n.find(type), &n, exists_};
    stage_ = stage::done;
}

void search::finish_at(node const& n) noexcept
{
    stage_ = stage::done;
    result_.at = &n;
    if (type_ == rr_type::any) {
        n.for_each([this](rrset_view v) {
            if (!result_.rrset || result_.rrset.type == rr_type::rrsig)
                result_.rrset = v;
        });
    } else
        result_.rrset = n.find(type_);
    result_.what = result_.rrset ? kind::answer : kind::nodata;
    if (!result_.rrset && n.has(node::has_cname)) {
        result_.rrset = n.find(rr_type::cname);
        result_.what = kind::alias;
    }
}

namespace {

lookup_result result_of(search s) noexcept
{
    while (!s.is_done())
        s.step();
    return s.result();
}

} // namespace

lookup_result look_up(zone_version const& z, query_name const& q, rr_type type) noexcept
{
    return result_of({z, q, type});
}

lookup_result look_up(zone_version const& z, query_name const& q, rr_type type, node const* exact) noexcept
{
    return result_of({z, q, type, exact});
}

} // namespace homing::zone
