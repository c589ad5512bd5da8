// Messages of a transfer of any octets, as an AXFR's or an IXFR's, and what comes of them done to a small zone: a zone that was not received whole
// stays as it was, and whatever is served has an SOA and an NS at its apex, no CNAME with company, and the serial that was announced.
//
// The first octet says which (0: AXFR, else IXFR); each message follows its length.
#include "tests/support/served_zones.hpp"
#include "zone/check.hpp"
#include "zone/incoming_transfer.hpp"

#include <cstdlib>
#include <memory>

using namespace homing;

namespace {

void require(bool condition)
{
    if (!condition)
        std::abort();
}

void check(zone::zone_version const& z)
{
    require(z.apex_node().find(dns::rr_type::soa).count == 1);
    require(z.apex_node().find(dns::rr_type::ns).count >= 1);
    z.for_each([&](zone::node const& n) {
        auto const cname = n.find(dns::rr_type::cname);
        require(cname.count <= 1 && n.find(dns::rr_type::dname).count <= 1);
        n.for_each([&](zone::rrset_view const& v) {
            require(!cname || v.type == dns::rr_type::cname || zone::may_accompany_cname(v.type));
            require(!dns::is_meta_type(v.type));
            v.for_each([&](dns::rdata_view r) { require(dns::is_valid_rdata(v.type, r)); });
        });
    });
}

std::unique_ptr<tests::served_zones> followed_zone()
{
    auto z = std::make_unique<tests::served_zones>(std::vector<std::string>{"www.example.com. 300 A 192.0.2.1"});
    storage::follow_record r;
    r.apex = storage::name_octets(tests::name("example.org."));
    r.source = std::make_shared<storage::follow_source const>();
    z->execute(update::request{update::follow_zone{r, {}}, {}});
    zone::contents all{tests::name("example.org.")};
    for (auto const* line : {"example.org. 3600 SOA ns.example.org. a.example.org. 7 3600 600 86400 60", "example.org. 3600 NS ns.example.org.",
                             "ns.example.org. 300 A 192.0.2.1", "www.example.org. 300 A 192.0.2.2", "c.example.org. 60 CNAME www.example.org."}) {
        auto const record = tests::record(line);
        all.add(record.owner, record.type, record.ttl, record.rdata);
    }
    all.finish();
    z->execute(update::request{update::received_zone{tests::name("example.org."), {}, std::move(all), 1}, {}});
    return z;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0)
        return 0;
    std::optional<std::uint32_t> const ours = data[0] != 0 ? std::optional<std::uint32_t>{7} : std::nullopt;
    zone::incoming_transfer transfer{tests::name("example.org."), ours, 7, {.octets = 1U << 20, .steps = 100}};
    std::span<std::uint8_t const> rest{data + 1, size - 1};
    bool is_done = false;
    while (!is_done && rest.size() > 2) {
        std::size_t const length = std::min<std::size_t>(rest[0] * 256U + rest[1], rest.size() - 2);
        auto const message = rest.subspan(2, length);
        rest = rest.subspan(2 + length);
        auto const view = dns::response_view::read(message);
        if (!view)
            return 0;
        auto const taken = transfer.take(message, *view);
        if (!taken) {
            require(!taken.error().message.empty());
            return 0;
        }
        is_done = *taken;
    }
    using kind = zone::incoming_transfer::kind;
    require(is_done == (transfer.what() != kind::unfinished));
    if (!is_done || transfer.what() == kind::up_to_date)
        return 0;
    auto const z = followed_zone();
    update::received_zone received{tests::name("example.org."), {}, {}, 2};
    if (transfer.what() == kind::whole)
        received.whole = transfer.take_contents();
    else
        received.steps = transfer.take_steps();
    auto const o = z->execute(update::request{std::move(received), {}});
    auto const& zone = z->zone("example.org.");
    require(o.ok() ? zone.serial() == transfer.serial() : zone.serial() == 7 && !o.reason.empty());
    check(zone);
    return 0;
}
