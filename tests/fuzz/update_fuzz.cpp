// UPDATE messages of any octets, read and executed on a small zone: whatever they are, the zone keeps an SOA and an NS at its apex, no CNAME has
// company, and the serial advances if and only if something changed.
#include "tests/support/served_zones.hpp"

#include <cstdlib>
#include <memory>

using namespace homing;

namespace {

void require(bool condition)
{
    if (!condition)
        std::abort();
}

// What must hold for every name, whatever was asked.
void check(zone::zone_version const& z)
{
    require(z.apex_node().find(dns::rr_type::soa).count == 1);
    require(z.apex_node().find(dns::rr_type::ns).count >= 1);
    z.for_each([&](zone::node const& n) {
        auto const cname = n.find(dns::rr_type::cname);
        require(cname.count <= 1 && n.find(dns::rr_type::dname).count <= 1);
        n.for_each([&](zone::rrset_view const& v) {
            bool const may_stand = v.type == dns::rr_type::cname || v.type == dns::rr_type::rrsig || v.type == dns::rr_type::nsec;
            require(!cname || may_stand);
            require(!dns::is_meta_type(v.type));
            v.for_each([&](dns::rdata_view r) { require(dns::is_valid_rdata(v.type, r)); });
        });
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::span<std::uint8_t const> const message{data, size};
    if (size < dns::header_size || size > dns::max_message_size)
        return 0;
    auto const view = dns::request_view::read(message);
    if (view.error != dns::rcode::noerror || view.header.opcode() != dns::opcode::update)
        return 0;
    auto u = update::read_update(message, view);
    if (!u)
        return 0;
    u->key_name = tests::name("all.");
    auto const served = std::make_unique<tests::served_zones>(std::vector<std::string>{
        "www.example.com. 300 A 192.0.2.1", "a.b.example.com. 300 TXT deep", "c.example.com. 300 CNAME www.example.com.",
        "sub.example.com. 300 NS ns1.example.com.", "*.w.example.com. 300 A 192.0.2.9"});
    auto const before = served->serial();
    auto const o = served->execute(std::move(*u));
    require(o.ok() || !o.reason.empty());
    require(o.changed == (served->serial() != before));
    check(served->zone());
    return 0;
}
