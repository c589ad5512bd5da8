// Random UPDATE messages, through the wire, against a naive model of RFC 2136: the rcode and the whole zone after each.
#include "tests/support/served_zones.hpp"
#include "tests/support/update_message.hpp"
#include "tests/support/update_model.hpp"
#include "zone/zone_file.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdio>
#include <memory>
#include <random>

using namespace homing;
using dns::rcode;
using tests::bytes;
using tests::model_record;
using tests::update_model;

namespace {

using raw = update::raw_record;
using strings = std::vector<std::string>;

struct message {
    std::string zone = "example.com.", key;
    std::uint16_t zone_type = 6, zone_class = 1;
    std::vector<raw> prerequisites, updates;
    bool is_malformed = false; ///< some record breaks the syntax
    bytes wire;
};

class generator {
public:
    explicit generator(unsigned seed) : random_{seed} {}

    message next()
    {
        message m;
        m.key = pick({"all.", "all.", "all.", "all.", "zone.", "www.", "usual.", "dhcp.", "other.", "unknown."});
        if (one_in(200))
            m.zone = pick({"example.net.", "www.example.com.", "com.", "."});
        m.zone_type = one_in(300) ? 1 : 6;
        m.zone_class = one_in(300) ? 3 : 1;
        for (auto n = below(10) < 6 ? 0 : below(4); n > 0; --n)
            m.prerequisites.push_back(prerequisite(m.is_malformed));
        for (auto n = below(one_in(50) ? 60 : 7); n > 0; --n)
            m.updates.push_back(update(m.is_malformed));
        if (one_in(50))
            delete_name_servers(m);
        encode(m);
        return m;
    }

private:
    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(random_); }
    bool one_in(std::size_t n) { return below(n) == 0; }
    std::string pick(strings const& from) { return from[below(from.size())]; }

    std::string any_case(std::string text)
    {
        if (one_in(3))
            for (char& c : text)
                if (one_in(2))
                    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        return text;
    }
    std::string owner()
    {
        if (one_in(150))
            return pick({"example.net.", "badexample.com.", "com.", "."});
        return any_case(
            pick({"example.com.", "www.example.com.", "www.example.com.", "a.example.com.", "b.a.example.com.",
                  "c.b.a.example.com.", "*.example.com.", "*.a.example.com.", "sub.example.com.", "x.sub.example.com.",
                  "y.x.sub.example.com.", "d.example.com.", "x.d.example.com.", "x.www.example.com."}));
    }
    std::string data_type()
    {
        return pick({"A",     "A",  "A",   "AAAA", "TXT", "NS",    "NS", "CNAME",  "CNAME",  "SOA",    "MX",       "PTR",
                     "DNAME", "DS", "WKS", "NSEC", "SRV", "AFSDB", "RP", "TYPE50", "TYPE51", "TYPE59", "TYPE65280"});
    }
    std::string meta_type() { return pick({"AXFR", "IXFR", "MAILB", "ANY", "OPT", "TSIG", "TYPE0", "TYPE200", "TYPE128"}); }
    std::string target() { return any_case(all_targets[below(all_targets.size())]); }
    std::string soa()
    {
        // Mostly near where the serial is, sometimes far ahead, so that it goes around several times.
        serial_hint_ += static_cast<std::uint32_t>(one_in(4) ? 0x70000000 + below(0x20000000) : below(4));
        auto const serial = one_in(3) ? serial_hint_ - (one_in(2) ? 0x30000000U : 5U) : serial_hint_;
        return target() + " " + target() + " " + std::to_string(serial) + " 1 2 3 " + std::to_string(below(2));
    }
    std::string data(std::string const& t)
    {
        if (t == "A")
            return "192.0.2." + std::to_string(below(4));
        if (t == "AAAA")
            return "::" + std::to_string(below(3));
        if (t == "TXT")
            return pick({"one", "One", "two words", "three"});
        if (t == "SOA")
            return soa();
        if (t == "MX" || t == "AFSDB")
            return std::to_string(below(2)) + " " + target();
        if (t == "SRV")
            return "1 " + std::to_string(below(2)) + " 53 " + target();
        if (t == "RP")
            return target() + " " + target();
        if (t == "DS")
            return pick({"1 8 200 0011", "2 8 200 0011"});
        if (t == "WKS")
            return pick({"192.0.2.1 6 F0", "192.0.2.1 6 0F", "192.0.2.1 17 F0", "192.0.2.2 6 F0"});
        if (t == "NSEC")
            return pick({"00000140", "0161000001A0"});
        if (t == "TYPE50") // NSEC3
            return pick(
                {"0100000000140101010101010101010101010101010101010101", "0100000000140202020202020202020202020202020202020202"});
        if (t == "TYPE51") // NSEC3PARAM; the second for an algorithm that there is not
            return pick({"0100000000", "0700000000"});
        if (t == "TYPE59") // CDS
            return pick({"000108C80011", "000208C80011"});
        if (t == "TYPE65280")
            return pick({"", "00", "0011"});
        return target();
    }

    raw with_data(std::string const& t)
    {
        bool const is_at_home = t == "SOA" && one_in(2);
        return tests::record((is_at_home ? any_case("example.com.") : owner()) + " 0 " + t + " " + data(t));
    }
    raw without_data(std::string const& t) { return {tests::name(owner()), tests::type(t), dns::rr_class::any, 0, {}}; }

    // Damage that makes the message FORMERR.
    void spoil(raw& r, bool& is_malformed, bool is_addition)
    {
        is_malformed = true;
        if (one_in(2) && !is_addition)
            r.ttl = 1;
        else if (one_in(2) && r.rdata.empty()) {
            r.rdata.push_back(0);
            r.klass = dns::rr_class::any;
        } else
            r.klass = static_cast<dns::rr_class>(one_in(2) ? 3 : 0);
    }

    raw prerequisite(bool& is_malformed)
    {
        raw r = one_in(3) ? with_data(data_type()) : without_data(one_in(3) ? "ANY" : one_in(30) ? meta_type() : data_type());
        if (r.klass == dns::rr_class::any && one_in(2))
            r.klass = dns::rr_class::none;
        is_malformed = is_malformed || r.type == dns::rr_type::opt || r.type == dns::rr_type::tsig; // of the additional section
        if (one_in(150))
            spoil(r, is_malformed, false);
        return r;
    }

    raw update(bool& is_malformed)
    {
        raw r;
        switch (below(8)) {
        case 0: r = without_data("ANY"); break;
        case 1: r = without_data(data_type()); break;
        case 2:
        case 3: r = with_data(data_type()), r.klass = dns::rr_class::none; break;
        default: r = with_data(data_type()), r.ttl = ttl();
        }
        bool const is_deletion = r.klass == dns::rr_class::any;
        if (one_in(150)) {
            spoil(r, is_malformed, r.klass == dns::rr_class::in);
        } else if (one_in(300)) {
            r.type = tests::type(meta_type());
            is_malformed = is_malformed || r.type != dns::rr_type::any || !is_deletion;
        } else if (one_in(300) && r.type == dns::rr_type::a && !is_deletion) {
            r.rdata.resize(below(2) * 5);
            is_malformed = true;
        }
        return r;
    }
    // One after the other, so that one comes to the last.
    void delete_name_servers(message& m)
    {
        for (char const* const server : all_targets) {
            raw r = tests::record(std::string{"example.com. 0 NS "} + server);
            r.klass = dns::rr_class::none;
            m.updates.push_back(std::move(r));
        }
    }
    std::uint32_t ttl()
    {
        return one_in(20) ? 0x80000000U + static_cast<std::uint32_t>(below(9)) : static_cast<std::uint32_t>(below(3) * 60);
    }

    void encode(message& m)
    {
        tests::update_message out{m.zone, m.zone_type, m.zone_class};
        for (auto const& r : m.prerequisites)
            encode(out, 1, r, m.is_malformed);
        for (auto const& r : m.updates)
            encode(out, 2, r, m.is_malformed);
        m.wire = std::move(out.wire);
    }

    // RFC 6672 2.5: the target of a DNAME is not compressed; the others' names may be, or must be understood (RFC 3597 4).
    void encode(tests::update_message& out, std::size_t section, raw const& r, bool& is_malformed)
    {
        bool const is_dname = r.type == dns::rr_type::dname;
        if (!one_in(is_dname ? 100 : 2))
            out.add(section, r, one_in(2));
        else if (out.add_compressed(section, r) && is_dname)
            is_malformed = true;
    }

    static constexpr std::array all_targets = {"www.example.com.", "a.example.com.", "ns1.example.com.", "ns2.example.net.",
                                               "example.org."};
    std::mt19937 random_;
    std::uint32_t serial_hint_ = 7;
};

class comparison {
public:
    comparison()
    {
        for (auto const& line : tests::served_zones::base())
            model_.records.push_back(update_model::from(tests::record(line)));
        sort(model_.records);
        served_.store.fault = [this](auto operations) {
            step_ = *std::get<storage::zone_changed>(operations[0]).diff;
            return std::string{};
        };
    }

    void send(message const& m)
    {
        auto const before = model_.records;
        auto const expected = expect(m);
        auto const got = perform(m);
        INFO("reason: " << got.reason);
        REQUIRE(got.rcode == expected);
        REQUIRE(got.changed == (model_.records != before));
        REQUIRE((zone() == model_.records));
        REQUIRE(served_.serial() == model_.serial());
        REQUIRE(served_.zone().name_count() == model_.name_count());
        if (got.changed)
            check_step(before);
        ++outcomes[expected];
    }

    /// The zone's file is good, and holds the zone but for what is below a DNAME.
    void check_file() const
    {
        auto const text = file();
        auto const read = read_back(text);
        INFO(text);
        for (auto const& found : zone::check(read))
            REQUIRE(found.level == zone::finding::severity::warning);
        REQUIRE((records_of(read) == model_.visible()));
    }

    std::map<rcode, int> outcomes;
    std::map<std::string, int> const& special_cases() const { return model_.seen; }

private:
    static void sort(std::vector<model_record>& r) { std::sort(r.begin(), r.end()); }

    rcode expect(message const& m)
    {
        if (m.zone_type != 6 || has_misplaced(m))
            return rcode::formerr;
        if (m.zone_class != 1 || m.zone != "example.com.")
            return rcode::notauth;
        if (m.is_malformed)
            return rcode::formerr;
        model_.grants = grants(m.key);
        return model_.process(m.prerequisites, m.updates);
    }
    // OPT and TSIG outside the additional section: seen whatever the class of the zone.
    static bool has_misplaced(message const& m)
    {
        auto const is = [](raw const& r) { return r.type == dns::rr_type::opt || r.type == dns::rr_type::tsig; };
        return std::any_of(m.prerequisites.begin(), m.prerequisites.end(), is) ||
               std::any_of(m.updates.begin(), m.updates.end(), is);
    }
    static std::vector<update_model::grant> grants(std::string const& key)
    {
        using kind = update_model::grant_kind;
        auto const wire = [](char const* n) { return update_model::lowered(tests::name(n).view().bytes()); };
        if (key == "all.")
            return {{wire("."), kind::all}};
        if (key == "zone.")
            return {{wire("example.com."), kind::all}};
        if (key == "www.")
            return {{wire("www.example.com."), kind::all}};
        if (key == "usual.")
            return {{wire("example.com."), kind::usual}};
        if (key == "dhcp.")
            return {{wire("a.example.com."), kind::dhcp}};
        if (key == "other.")
            return {{wire("example.net."), kind::all}};
        return {};
    }

    update::outcome perform(message const& m)
    {
        auto const view = dns::request_view::read(m.wire);
        if (view.error != rcode::noerror)
            return update::decline(view.error, "the message as a whole");
        auto u = update::read_update(m.wire, view);
        if (!u)
            return update::decline(rcode::formerr, u.error().message);
        u->key_name = tests::name(m.key);
        return served_.execute(std::move(*u));
    }

    std::vector<model_record> zone() const
    {
        std::vector<model_record> all;
        auto const& z = served_.zone();
        z.for_each([&](zone::node const& n) {
            n.for_each([&](zone::rrset_view const& v) {
                v.for_each([&](dns::rdata_view r) {
                    all.push_back(update_model::normal(n.owner(z.apex()), static_cast<std::uint16_t>(v.type), v.ttl(), r));
                });
            });
        });
        sort(all);
        return all;
    }

    struct closed {
        void operator()(std::FILE* f) const noexcept { std::fclose(f); }
    };
    using stream = std::unique_ptr<std::FILE, closed>;

    std::string file() const
    {
        char* octets = nullptr;
        std::size_t size = 0;
        stream out{open_memstream(&octets, &size)};
        REQUIRE(zone::write_zone_file(out.get(), served_.zone()));
        out.reset();
        std::string const text{octets, size};
        std::free(octets); // NOLINT: open_memstream allocates with malloc
        return text;
    }
    static zone::contents read_back(std::string text)
    {
        stream const in{fmemopen(text.data(), text.size(), "r")};
        auto r = zone::read_zone_file(in.get(), "exported", tests::name("example.com."));
        REQUIRE((r && r->errors.empty()));
        return std::move(r->zone);
    }
    static std::vector<model_record> records_of(zone::contents const& zone)
    {
        std::vector<model_record> all;
        for (std::size_t i = 0; i < zone.size(); ++i) {
            auto const e = zone[i];
            dns::rrset::from_packed(e.type, e.ttl, e.packed)->for_each([&](dns::rdata_view r) {
                all.push_back(update_model::normal(e.owner, static_cast<std::uint16_t>(e.type), e.ttl, r));
            });
        }
        sort(all);
        return all;
    }

    // The stored step leads from the zone before to the zone now.
    void check_step(std::vector<model_record> records)
    {
        for (auto const& c : step_.changes)
            c.before.for_each([&](dns::rdata_view r) {
                auto const gone = update_model::normal(c.owner, static_cast<std::uint16_t>(c.type()), c.before.ttl(), r);
                auto const at = std::find(records.begin(), records.end(), gone);
                REQUIRE(at != records.end());
                records.erase(at);
            });
        for (auto const& c : step_.changes)
            c.after.for_each([&](dns::rdata_view r) {
                records.push_back(update_model::normal(c.owner, static_cast<std::uint16_t>(c.type()), c.after.ttl(), r));
            });
        sort(records);
        REQUIRE((records == model_.records));
        REQUIRE(step_.serial_to == model_.serial());
    }

    tests::served_zones served_;
    update_model model_{tests::name("example.com.")};
    zone::diff step_;
};

// All are met.
constexpr char const* special_cases[] = {"NS, DNAME or NSEC3 of a wildcard",
                                         "DS at the apex",
                                         "CNAME beside a DNAME",
                                         "CNAME beside data",
                                         "CNAME at the apex",
                                         "DNAME beside a CNAME",
                                         "data beside a CNAME",
                                         "SOA below the apex",
                                         "SOA that is not newer",
                                         "data occluded by a delegation",
                                         "data occluded by a DNAME",
                                         "a delegation above names",
                                         "a DNAME above names",
                                         "another TTL",
                                         "a record that is there",
                                         "data of a wildcard",
                                         "data of the apex",
                                         "the apex's SOA and NS RRsets are not deleted",
                                         "an SOA is not deleted",
                                         "the last NS is not deleted"};

} // namespace

TEST_CASE("Random updates end as a naive model of RFC 2136 says")
{
    std::map<std::string, int> seen;
    for (unsigned seed : {1U, 2U, 3U}) {
        generator messages{seed};
        comparison compared;
        for (int i = 0; i < 10000; ++i) {
            INFO("seed " << seed << ", message " << i);
            compared.send(messages.next());
            if (i % 50 == 0)
                compared.check_file();
        }
        for (rcode expected : {rcode::noerror, rcode::formerr, rcode::nxdomain, rcode::yxdomain, rcode::nxrrset, rcode::yxrrset,
                               rcode::refused, rcode::notauth, rcode::notzone})
            CHECK(compared.outcomes[expected] > 10);
        for (auto const& [special, times] : compared.special_cases())
            seen[special] += times;
    }
    for (char const* const special : special_cases) {
        INFO(special);
        CHECK(seen[special] > 30);
    }
}
