// What the benchmarks serve and ask: one zone of many hosts, or many small zones, and questions about them.
//
// Of fifty hosts two are CNAMEs, one is a delegation with glue, one has only a wildcard below it, the others have addresses, some also
// MX or TXT. Their names are spread, so that neighbours in the data are not neighbours in memory. One thread.
#pragma once

#include "zone/versions.hpp"
#include "zone/zone_builder.hpp"

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace homing::bench {

using dns::rr_type;
using octets = std::vector<std::uint8_t>;

inline dns::name name_of(std::string const& text)
{
    return dns::name::from_text(text).value();
}

inline octets wire(std::string const& text)
{
    dns::name const n = name_of(text);
    return {n.data(), n.data() + n.size()};
}

inline octets operator+(octets a, octets const& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// A label of host `i`.
inline std::string host(unsigned i)
{
    std::uint32_t const spread = i * 2654435761U + 12345U;
    return "h" + std::to_string(spread);
}

inline octets address(unsigned i)
{
    return {10, static_cast<std::uint8_t>(i >> 16U), static_cast<std::uint8_t>(i >> 8U), static_cast<std::uint8_t>(i)};
}

/// As dns::rrset::packed() has it.
inline octets packed(octets rdata)
{
    rdata.insert(rdata.begin(), {static_cast<std::uint8_t>(rdata.size() >> 8U), static_cast<std::uint8_t>(rdata.size())});
    return rdata;
}

inline char const* const apex = "bench.test.";

/// Takes names relative to the apex, in presentation form.
class zone_filler {
public:
    zone_filler(zone::versions& all) : loader_{all} {}

    void begin(std::int64_t id, std::string const& zone) { loader_.begin_zone(id, name_of(zone)); }
    void add(std::string const& owner, rr_type type, octets const& packed)
    {
        octets relative = owner.empty() ? octets{} : wire(owner);
        if (!relative.empty())
            relative.pop_back();
        loader_.rrset(relative, type, 60, packed);
    }
    void add_apex(std::string const& zone)
    {
        octets const ns = wire("ns1." + zone);
        add("", rr_type::ns, packed(ns));
        add("", rr_type::soa, packed(ns + wire("hostmaster." + zone) + octets(20, 1)));
        add("ns1", rr_type::a, packed({127, 0, 0, 1}));
    }
    void end() { loader_.end_zone(); }
    void publish() { loader_.publish(); }

private:
    zone::loader loader_;
};

inline void add_host(zone_filler& zone, unsigned i)
{
    std::string const name = host(i);
    switch (i % 50) {
    case 1:
    case 26: zone.add(name, rr_type::cname, packed(wire(host(i - 1) + "." + apex))); return;
    case 2:
        zone.add(name, rr_type::ns, packed(wire("ns." + name + "." + apex)));
        zone.add("ns." + name, rr_type::a, packed(address(i)));
        return;
    case 3: zone.add("*." + name, rr_type::a, packed(address(i))); return;
    default: break;
    }
    zone.add(name, rr_type::a, packed(address(i)));
    if (i % 20 == 7)
        zone.add(name, rr_type::mx, packed(octets{0, 10} + wire(host(i - i % 50) + "." + apex)));
    if (i % 20 == 9)
        zone.add(name, rr_type::txt, packed(octets{5, 'h', 'e', 'l', 'l', 'o'}));
    if (i % 5 == 0)
        zone.add(name, rr_type::aaaa, packed(octets(12, 0xFD) + address(i)));
}

/// One zone of so many hosts.
inline std::unique_ptr<zone::versions> make_zone(unsigned hosts)
{
    auto all = std::make_unique<zone::versions>(0x5eed);
    zone_filler zone{*all};
    zone.begin(1, apex);
    zone.add_apex(apex);
    for (unsigned i = 0; i < hosts; ++i)
        add_host(zone, i);
    zone.end();
    zone.publish();
    return all;
}

/// So many zones of four names each.
inline std::unique_ptr<zone::versions> make_zones(unsigned zones)
{
    auto all = std::make_unique<zone::versions>(0x5eed);
    zone_filler zone{*all};
    for (unsigned i = 0; i < zones; ++i) {
        std::string const name = "z" + host(i) + ".test.";
        zone.begin(i, name);
        zone.add_apex(name);
        zone.add("www", rr_type::a, packed(address(i)));
        zone.end();
    }
    zone.publish();
    return all;
}

/// The zone of so many hosts, made once for several benchmarks in a row.
inline zone::versions& shared_zone(unsigned hosts)
{
    static std::unique_ptr<zone::versions> kept;
    static unsigned kept_hosts = 0;
    if (std::exchange(kept_hosts, hosts) != hosts) {
        kept.reset();
        kept = make_zone(hosts);
    }
    return *kept;
}

inline octets query(std::string const& name, rr_type type, bool edns)
{
    auto const t = static_cast<std::uint16_t>(type);
    octets q{0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, edns};
    q = q + wire(name) + octets{static_cast<std::uint8_t>(t >> 8U), static_cast<std::uint8_t>(t), 0, 1};
    return edns ? q + octets{0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0} : q;
}

/// Random questions about a zone of so many hosts (at least 50).
class questions {
public:
    explicit questions(unsigned hosts) : hosts_{hosts} {}

    octets exact() { return query(name(4), rr_type::a, false); }
    octets exact_edns() { return query(name(4), rr_type::a, true); }
    octets nxdomain() { return query("nx" + name(4), rr_type::a, edns()); }
    octets nodata() { return query(name(4), rr_type::ns, edns()); }
    octets wildcard() { return query("x" + std::to_string(below(1000)) + "." + name(3), rr_type::a, edns()); }
    octets referral() { return query("www." + name(2), rr_type::a, edns()); }
    octets alias() { return query(name(1), rr_type::a, edns()); }
    octets mail() { return query(name(7), rr_type::mx, edns()); }
    octets aaaa() { return query(name(10), rr_type::aaaa, edns()); }
    octets address() { return query(name(4), rr_type::a, edns()); }
    /// A fifth do not exist, a tenth have no such type, a tenth are made by a wildcard, one in twenty each is a referral and an alias.
    octets mixed()
    {
        unsigned const r = below(100);
        return r < 20   ? nxdomain()
               : r < 30 ? nodata()
               : r < 40 ? wildcard()
               : r < 45 ? referral()
               : r < 50 ? alias()
               : r < 65 ? aaaa()
                        : address();
    }

private:
    unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
    bool edns() { return below(2) != 0; }
    std::string name(unsigned kind) { return host(below(hosts_ / 50) * 50 + kind) + "." + apex; }

    unsigned hosts_;
    std::mt19937 random_{1};
};

} // namespace homing::bench
