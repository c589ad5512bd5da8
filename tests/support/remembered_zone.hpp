// A zone with all its versions and the journal that leads from each to the next, and random changes for it: what the models of the journal's
// readers share.
#pragma once

#include "storage/journal_changes.hpp"
#include "tests/support/served_zones.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <random>

namespace homing::tests {

using strings = std::vector<std::string>;
using zone_records = std::multiset<std::string>;

/// "www.example.com. TYPE1" -> "300 C0000201", ...; the SOA without its serial.
using zone_rrsets = std::map<std::string, std::set<std::string>>;

inline zone_rrsets to_rrsets(zone_records const& records)
{
    zone_rrsets sets;
    for (auto const& line : records) {
        auto w = tests::words(line);
        w.resize(4); // rdata may be empty
        if (w[2] == "TYPE6")
            w[3].replace(w[3].size() - 40, 8, "serial");
        sets[w[0] + " " + w[2]].insert(w[1] + " " + w[3]);
    }
    return sets;
}

/// A zone with all its versions and its journal.
class remembered_zone {
public:
    remembered_zone()
    {
        versions.push_back(tests::records(served.zone()));
        served.store.fault = [this](auto operations) {
            remember(*std::get<storage::zone_changed>(operations[0]).diff);
            return std::string{};
        };
    }

    /// Puts the contents of an old version in the place of the newest.
    void import_version(std::size_t version)
    {
        zone::contents contents{tests::name("example.com.")};
        for (auto const& line : versions[version]) {
            auto w = tests::words(line);
            w.resize(4);
            bytes rdata;
            for (std::size_t i = 0; i < w[3].size(); i += 2)
                rdata.push_back(static_cast<std::uint8_t>(std::stoul(w[3].substr(i, 2), nullptr, 16)));
            contents.add(tests::name(w[0]), tests::type(w[2]), static_cast<std::uint32_t>(std::stoul(w[1])), rdata);
        }
        contents.finish();
        update::outcome told;
        bool const changed = perform({update::put_zone{std::move(contents)}, {}}, &told);
        INFO(told.reason);
        REQUIRE((told.ok() || told.rcode == dns::rcode::refused)); // an UPDATE may hide records below a DNAME, a zone file may not
        if (told.ok())
            REQUIRE((to_rrsets(versions.back()) == to_rrsets(versions[version])));
        imported += changed;
    }

    bool perform(update::request r, update::outcome* told = nullptr)
    {
        auto const o = served.execute(std::move(r));
        if (told != nullptr)
            *told = o;
        if (o.changed)
            versions.push_back(tests::records(served.zone()));
        return o.changed;
    }

    storage::journal_entry const& change(std::size_t n) const { return journal[n - 1]; }

    tests::served_zones served;
    std::vector<storage::journal_entry> journal; // change n leads from version n - 1 to version n
    std::vector<zone_records> versions;
    int imported = 0;

private:
    /// As it comes back from the store.
    void remember(zone::diff const& d)
    {
        storage::journal_blobs blobs;
        dns::name const apex = tests::name("example.com.");
        storage::encode_changes(d.changes, apex, blobs);
        storage::journal_entry e{};
        e.number = e.sequence = static_cast<std::int64_t>(journal.size()) + 1;
        e.zone_id = 1;
        e.zone = apex;
        e.kind = storage::journal_kind::changed;
        e.serial_from = d.serial_from;
        e.serial_to = d.serial_to;
        e.changes = storage::decode_changes(blobs.removed, blobs.added, apex).value();
        journal.push_back(std::move(e));
    }
};

/// Lines of random UPDATEs.
class generator {
public:
    explicit generator(unsigned seed) : random_{seed} {}

    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(random_); }
    bool one_in(std::size_t n) { return below(n) == 0; }

    strings update()
    {
        strings lines;
        for (auto n = 1 + below(5); n > 0; --n)
            lines.push_back(line());
        return lines;
    }

private:
    std::string pick(strings const& from) { return from[below(from.size())]; }
    std::string ttl() { return pick({"60", "300"}); }

    std::string line()
    {
        std::string const owner = pick({"example.com.", "www.example.com.", "www.example.com.", "a.example.com.",
                                        "b.a.example.com.", "d.example.com.", "x.d.example.com."});
        if (one_in(25))
            return "add example.com. " + ttl() + " SOA a. b. " + std::to_string(served_serial_ += 1 + below(1'000'000)) +
                   " 1 2 3 " + std::to_string(below(3));
        std::string const type = pick({"A", "A", "A", "A", "TXT", "MX", "NS", "CNAME", "DNAME"});
        switch (below(8)) {
        case 0: return "delete " + owner;
        case 1: return "delete " + owner + " " + type;
        case 2:
        case 3: return "delete " + owner + " " + type + " " + data(type);
        default: return "add " + owner + " " + ttl() + " " + type + " " + data(type);
        }
    }
    std::string data(std::string const& type)
    {
        if (type == "A")
            return "192.0.2." + std::to_string(below(5));
        if (type == "TXT")
            return pick({"one", "two"});
        std::string const target = pick({"a.example.com.", "t.example.net."});
        return type == "MX" ? "10 " + target : target;
    }

    std::mt19937 random_;
    std::uint64_t served_serial_ = 100;
};

} // namespace homing::tests
