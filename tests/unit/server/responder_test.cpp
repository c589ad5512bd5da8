// The query path in memory: batches against single questions, hostile bytes, and that nothing is allocated.
#include "server/responder.hpp"
#include "tests/support/record_text.hpp"
#include "zone/versions.hpp"
#include "zone/zone_builder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <new>
#include <random>

namespace {

thread_local std::size_t allocations = 0; // of this thread, counted below

} // namespace

// For the whole executable; they only count besides. (Not inlined, because g++ 12 then takes malloc and delete for a pair.)
[[gnu::noinline]] void* operator new(std::size_t size)
{
    ++allocations;
    if (void* const p = std::malloc(size))
        return p;
    throw std::bad_alloc{};
}
[[gnu::noinline]] void* operator new(std::size_t size,
                                     std::nothrow_t const&) noexcept // a sanitizer's own would not fit our delete
{
    ++allocations;
    return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* p) noexcept
{
    std::free(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept
{
    std::free(p);
}

namespace {

using namespace homing;
using dns::rr_type;
using tests::bytes;
using verdict = server::exchange::verdict;

constexpr std::uint64_t seed = 0x5eed;

/// Loads a zone from lines as tests::record reads them, its SOA among them.
void load(zone::loader& loader, std::int64_t id, std::string const& apex, std::vector<std::string> const& lines)
{
    std::map<std::pair<bytes, rr_type>, dns::rrset> rrsets;
    auto const apex_name = tests::name(apex);
    for (auto const& line : lines) {
        auto const r = tests::record(line);
        auto const owner = r.owner.to_lower();
        bytes const relative{owner.data(), owner.data() + owner.size() - apex_name.size()};
        auto& set = rrsets.try_emplace({relative, r.type}, r.type, r.ttl).first->second;
        set.add(r.rdata);
    }
    loader.begin_zone(id, apex_name);
    for (auto const& [key, set] : rrsets)
        loader.rrset(key.first, key.second, set.ttl(), set.packed());
    REQUIRE(loader.end_zone());
}

/// Two zones with everything that look-ups turn at; some names are said in a random order and depth.
std::unique_ptr<zone::versions> random_zones(std::mt19937& random)
{
    auto all = std::make_unique<zone::versions>(seed);
    zone::loader loader{*all};
    std::vector<std::string> lines{"example.com. 3600 SOA ns1.example.com. Admin.Example.com. 7 3600 600 86400 60",
                                   "example.com. 3600 NS ns1.example.com.",
                                   "example.com. 3600 NS ns2.sub.example.com.",
                                   "ns1.example.com. 300 A 192.0.2.1",
                                   "mail.example.com. 300 MX 10 a.example.com.",
                                   "mail.example.com. 300 MX 20 c.b.example.com.",
                                   "mail.example.com. 300 MX 20 elsewhere.example.net."};
    static char const* const labels[] = {"a", "b", "c", "*", "long-label-of-a-host"};
    auto const name = [&](unsigned depth) {
        std::string n = "example.com.";
        for (unsigned k = 1 + static_cast<unsigned>(random()) % depth; k != 0; --k)
            n = labels[random() % 5] + ("." + n);
        return n;
    };
    for (int i = 0; i < 30; ++i) {
        std::string const owner = name(4);
        switch (random() % 7) {
        case 0: lines.push_back(owner + " 60 CNAME " + name(4)); break;
        case 1: lines.push_back(owner + " 60 NS ns." + owner), lines.push_back("ns." + owner + " 60 A 192.0.2.9"); break;
        case 2: lines.push_back(owner + " 60 DNAME " + name(2)); break;
        case 3: lines.push_back(owner + " 60 SRV 1 2 3 " + name(4)); break;
        case 4: lines.push_back(owner + " 60 AAAA ::" + std::to_string(i)); break;
        default: lines.push_back(owner + " 60 A 192.0.2." + std::to_string(i)); break;
        }
    }
    load(loader, 1, "example.com.", lines);
    load(loader, 2, "sub.example.com.",
         {"sub.example.com. 3600 SOA ns.example.net. root.example.net. 7 3600 600 86400 60",
          "sub.example.com. 3600 NS ns2.sub.example.com.", "ns2.sub.example.com. 60 A 192.0.2.2"});
    loader.publish();
    return all;
}

bytes query(std::string const& name, std::uint16_t type, bool edns, bool dnssec_ok = false)
{
    bytes q{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, edns};
    auto const n = tests::name(name);
    q.insert(q.end(), n.data(), n.data() + n.size());
    q.insert(q.end(), {static_cast<std::uint8_t>(type >> 8U), static_cast<std::uint8_t>(type), 0, 1});
    if (edns)
        q.insert(q.end(), {0, 0, 41, 4, 208, 0, 0, static_cast<std::uint8_t>(dnssec_ok ? 0x80 : 0), 0, 0, 0});
    return q;
}

bytes random_query(std::mt19937& random)
{
    static constexpr std::uint16_t types[] = {1, 1, 1, 2, 5, 6, 15, 16, 28, 33, 39, 43, 255};
    static char const* const labels[] = {"a", "B", "c", "*", "long-label-of-a-host", "ns", "sub", "mail", "nowhere"};
    std::string name = random() % 20 == 0 ? "example.net." : "Example.com.";
    for (unsigned k = static_cast<unsigned>(random()) % 6; k != 0; --k)
        name = labels[random() % 9] + ("." + name);
    return query(name, types[random() % std::size(types)], random() % 2 != 0, random() % 2 != 0);
}

/// Requests, each in a buffer of its own.
class requests {
public:
    void add(bytes const& request, bool over_tcp = false)
    {
        buffers_.emplace_back(over_tcp ? dns::max_message_size : 4096);
        std::ranges::copy(request, buffers_.back().begin());
        exchanges_.push_back({.buffer = buffers_.back(), .request_size = request.size(), .over_tcp = over_tcp});
    }
    std::span<server::exchange> all() { return exchanges_; }
    bytes reply(std::size_t i) const
    {
        auto const& e = exchanges_[i];
        return e.result == verdict::reply ? bytes{e.buffer.begin(), e.buffer.begin() + static_cast<std::ptrdiff_t>(e.reply_size)}
                                          : bytes{};
    }

private:
    std::vector<bytes> buffers_;
    std::vector<server::exchange> exchanges_;
};

} // namespace

TEST_CASE("a batch is answered as each of its questions would be alone")
{
    std::mt19937 random{GENERATE(range(1U, 40U))};
    auto const all = random_zones(random);
    server::responder responder{{}};
    update::key_ring const keys;
    std::vector<bytes> queries;
    for (int i = 0; i < 200; ++i)
        queries.push_back(random_query(random));
    requests together;
    for (auto const& q : queries)
        together.add(q);
    responder.answer(all->newest(), keys, together.all(), 0);
    for (std::size_t i = 0; i < queries.size(); ++i) {
        requests alone;
        // A record more than the plain query has, so that it goes the long way.
        bytes q = queries[i];
        if (q[11] == 0) {
            ++q[7];
            q.insert(q.end(), {0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4});
        }
        alone.add(q);
        responder.answer(all->newest(), keys, alone.all(), 0);
        REQUIRE(together.reply(i) == alone.reply(0));
    }
}

TEST_CASE("no query makes the responder allocate memory")
{
    std::mt19937 random{7};
    auto const all = random_zones(random);
    server::responder responder{{}};
    update::key_ring const keys;
    requests some;
    for (int i = 0; i < 20'000; ++i) {
        bytes q = random_query(random);
        if (i % 3 == 0) // hostile: any octet may be any other
            q[random() % q.size()] = static_cast<std::uint8_t>(random());
        if (i % 7 == 0)
            q.resize(random() % (q.size() + 1));
        some.add(q, i % 50 == 0);
    }
    auto const before = allocations;
    responder.answer(all->newest(), keys, some.all(), 0);
    CHECK(allocations == before);
    std::size_t replies = 0;
    for (auto const& e : some.all())
        replies += e.result == verdict::reply;
    CHECK(replies > 15'000);
}
