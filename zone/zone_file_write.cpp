#include "dns/presentation_print.hpp"
#include "zone/canonical_order.hpp"
#include "zone/zone_file.hpp"

#include <algorithm>
#include <utility>

namespace homing::zone {

namespace {

constexpr std::size_t flush_at = 64 * 1024;

/// Types that BIND, Knot, NSD and PowerDNS all read by name, the common ones first. Every server reads the others in their generic form
/// (RFC 3597).
constexpr dns::rr_type known_everywhere[] = {
    dns::rr_type::a,          dns::rr_type::aaaa,  dns::rr_type::ns,      dns::rr_type::cname,    dns::rr_type::mx,
    dns::rr_type::txt,        dns::rr_type::srv,   dns::rr_type::ptr,     dns::rr_type::soa,      dns::rr_type::caa,
    dns::rr_type::ds,         dns::rr_type::rrsig, dns::rr_type::nsec,    dns::rr_type::nsec3,    dns::rr_type::nsec3param,
    dns::rr_type::dnskey,     dns::rr_type::https, dns::rr_type::svcb,    dns::rr_type::tlsa,     dns::rr_type::sshfp,
    dns::rr_type::dname,      dns::rr_type::naptr, dns::rr_type::hinfo,   dns::rr_type::minfo,    dns::rr_type::rp,
    dns::rr_type::afsdb,      dns::rr_type::rt,    dns::rr_type::key,     dns::rr_type::loc,      dns::rr_type::kx,
    dns::rr_type::cert,       dns::rr_type::apl,   dns::rr_type::dhcid,   dns::rr_type::ipseckey, dns::rr_type::smimea,
    dns::rr_type::openpgpkey, dns::rr_type::cds,   dns::rr_type::cdnskey, dns::rr_type::csync,    dns::rr_type::zonemd,
    dns::rr_type::spf,        dns::rr_type::nid,   dns::rr_type::l32,     dns::rr_type::l64,      dns::rr_type::lp,
    dns::rr_type::eui48,      dns::rr_type::eui64, dns::rr_type::uri};

bool is_known_everywhere(dns::rr_type t) noexcept
{
    return std::ranges::find(known_everywhere, t) != std::end(known_everywhere);
}

class zone_file_writer {
public:
    zone_file_writer(std::FILE* out, dns::name_view apex) : out_{out}, apex_{apex} {}

    /// In canonical order.
    void write(node const& n)
    {
        dns::name const owner = n.owner(apex_);
        is_comment_ = dname_ && owner.view().is_below(*dname_);
        if (!is_comment_ && n.find(dns::rr_type::dname)) {
            dname_ = owner;
            has_announced_ = false;
        }
        owner_.clear();
        if (is_comment_)
            begin_comment();
        dns::print_name(owner_, owner);
        if (auto const soa = n.find(dns::rr_type::soa))
            write(soa);
        n.for_each([&](rrset_view const& set) {
            if (set.type != dns::rr_type::soa)
                write(set);
        });
        if (text_.size() >= flush_at)
            flush();
    }

    std::optional<std::size_t> finish()
    {
        flush();
        return good_ && std::fflush(out_) == 0 ? std::optional{commented_} : std::nullopt;
    }

private:
    void begin_comment()
    {
        owner_.assign(1, ';'); // (g++ 12 warns of a plain assignment, wrongly)
        if (std::exchange(has_announced_, true))
            return;
        text_ += "; What follows is below this DNAME, where nothing is answered and no record may be (RFC 6672 2.4).\n";
    }

    void write(rrset_view const& set)
    {
        records_.clear();
        set.for_each([&](dns::rdata_view r) { records_.push_back(r); });
        // RFC 4034 6.3, so that the same zone always gives the same file.
        std::sort(records_.begin(), records_.end(), [](auto a, auto b) { return std::ranges::lexicographical_compare(a, b); });
        for (auto const r : records_)
            write(set.type, set.ttl(), r);
    }

    void write(dns::rr_type type, std::uint32_t ttl, dns::rdata_view rdata)
    {
        rdata_.clear();
        bool const own_form = is_known_everywhere(type) && dns::print_rdata(rdata_, type, rdata);
        if (!own_form && rdata_.empty())
            dns::print_generic(rdata_, rdata);
        commented_ += is_comment_;
        text_ += owner_;
        text_ += '\t';
        dns::print_number(text_, ttl);
        text_ += own_form ? "\tIN\t" : "\tIN\tTYPE";
        if (own_form)
            dns::print_type(text_, type);
        else
            dns::print_number(text_, static_cast<std::uint32_t>(type));
        text_ += '\t';
        text_ += rdata_;
        text_ += '\n';
    }

    void flush()
    {
        good_ = good_ && std::fwrite(text_.data(), 1, text_.size(), out_) == text_.size();
        text_.clear();
    }

    std::FILE* out_;
    dns::name_view apex_;
    std::string owner_, rdata_, text_;
    std::vector<dns::rdata_view> records_;
    std::optional<dns::name> dname_; // the last one's owner
    bool has_announced_ = false;     // that what follows is below it
    bool is_comment_ = false;        // the name at hand is below it
    std::size_t commented_ = 0;
    bool good_ = true;
};

} // namespace

std::optional<std::size_t> write_zone_file(std::FILE* out, zone_version const& zone)
{
    std::vector<node const*> nodes;
    nodes.reserve(zone.name_count());
    zone.for_each([&](node const& n) {
        if (!n.is_empty_non_terminal())
            nodes.push_back(&n);
    });
    auto const order = canonical_order(nodes.size(), {nodes.data(), [](void const* all, std::uint32_t i) {
                                                          return static_cast<node const* const*>(all)[i]->relative_name();
                                                      }});
    zone_file_writer writer{out, zone.apex()};
    for (auto const& o : order)
        writer.write(*nodes[o.index]);
    return writer.finish();
}

} // namespace homing::zone
