// Random changes of a zone, remembered as the journal has them. What the steps between two versions come to must be what is different
// between the two whole zones; and undoing a change must do what a comparison of whole zones says, or name what is in its way.
#include "tests/support/remembered_zone.hpp"
#include "update/undo_plan.hpp"

using namespace homing;
using dns::rcode;

namespace {

using namespace tests;

std::set<std::string> rrset_in(zone_rrsets const& z, std::string const& key)
{
    auto const at = z.find(key);
    return at == z.end() ? std::set<std::string>{} : at->second;
}

std::string owner_of(std::string const& key)
{
    return key.substr(0, key.find(' '));
}

/// What may not stand together (RFC 2181 10.1) does.
bool is_forbidden_at(zone_rrsets const& z, std::string const& owner)
{
    return z.contains(owner + " TYPE5") && std::any_of(z.begin(), z.end(), [&](auto const& set) {
               return owner_of(set.first) == owner && set.first != owner + " TYPE5";
           });
}

zone_records described(std::vector<zone::rrset_change> const& changes, dns::rrset zone::rrset_change::*side)
{
    zone_records all;
    for (auto const& c : changes)
        (c.*side).for_each([&](dns::rdata_view r) {
            all.insert(tests::describe(c.owner, (c.*side).ttl(), static_cast<std::uint16_t>(c.type()), r));
        });
    return all;
}

zone_records without(zone_records const& a, zone_records const& b)
{
    zone_records rest;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(rest, rest.end()));
    return rest;
}

/// What comparing whole zones says of undoing the change `n`.
struct expectation {
    std::set<std::string> obstacles;
    zone_rrsets result; ///< of those RRsets that can be undone

    expectation(remembered_zone const& z, std::size_t n) : result{to_rrsets(z.versions.back())}
    {
        auto const before = to_rrsets(z.versions[n - 1]), after = to_rrsets(z.versions[n]), now = result;
        std::set<std::string> touched;
        for (auto const* side : {&before, &after})
            for (auto const& [key, set] : *side)
                if (rrset_in(before, key) != rrset_in(after, key))
                    touched.insert(key);
        for (auto const& key : touched) {
            if (rrset_in(now, key) == rrset_in(before, key))
                continue;
            if (rrset_in(now, key) != rrset_in(after, key)) {
                obstacles.insert(key);
                continue;
            }
            restored_.insert(owner_of(key));
            if (auto const old = rrset_in(before, key); old.empty())
                result.erase(key);
            else
                result[key] = old;
        }
    }
    bool is_forbidden() const
    {
        return std::any_of(restored_.begin(), restored_.end(), [&](auto const& owner) { return is_forbidden_at(result, owner); });
    }

private:
    std::set<std::string> restored_;
};

class undoing {
public:
    explicit undoing(remembered_zone& z) : zone_{z} {}

    void undo(std::size_t n, bool partial)
    {
        update::undo_plan plan{zone_.change(n)};
        REQUIRE(plan.look_at(zone_.served.versions.newest()));
        for (std::size_t later = n + 1; later <= zone_.journal.size(); ++later)
            plan.see(zone_.change(later));
        expectation const expected{zone_, n};
        REQUIRE(obstacles(plan, n) == expected.obstacles);
        if (!partial && !expected.obstacles.empty())
            return void(++in_the_way);
        update::outcome told;
        bool const changed = zone_.perform({plan.request(), {}}, &told);
        INFO(told.reason);
        if (expected.is_forbidden()) {
            REQUIRE(told.rcode == rcode::refused);
            return void(++forbidden);
        }
        REQUIRE(told.ok());
        REQUIRE((to_rrsets(zone_.versions.back()) == expected.result));
        ++(changed ? undone : needless);
    }

    int undone = 0, needless = 0, in_the_way = 0, forbidden = 0;

private:
    std::set<std::string> obstacles(update::undo_plan const& plan, std::size_t n)
    {
        std::set<std::string> keys;
        for (auto const& o : plan.obstacles()) {
            keys.insert(o.owner.to_string() + " TYPE" + std::to_string(static_cast<unsigned>(o.type)));
            REQUIRE(o.count >= o.by.size());
            REQUIRE_FALSE(o.by.empty());
            for (auto const& c : o.by)
                REQUIRE(static_cast<std::size_t>(c.number) > n);
        }
        return keys;
    }

    remembered_zone& zone_;
};

} // namespace

TEST_CASE("What the steps between two versions come to is what is different between the whole zones")
{
    for (unsigned const seed : {1U, 2U, 3U}) {
        generator any{seed};
        remembered_zone z;
        while (z.journal.size() < 400)
            z.perform({tests::make_update("example.com.", "all.", any.update()), {}});
        for (int i = 0; i < 1500; ++i) {
            std::size_t const from = any.below(z.versions.size());
            std::size_t const to = from + any.below(any.one_in(2) ? 6 : z.versions.size() - from) % (z.versions.size() - from);
            INFO("seed " << seed << ", from " << from << " to " << to);
            zone::condensation net;
            for (std::size_t n = from + 1; n <= to; ++n)
                net.add(z.change(n).changes);
            auto const changes = net.take();
            REQUIRE((described(changes, &zone::rrset_change::before) == without(z.versions[from], z.versions[to])));
            REQUIRE((described(changes, &zone::rrset_change::after) == without(z.versions[to], z.versions[from])));
        }
    }
}

TEST_CASE("Undoing does what a comparison of whole zones says")
{
    int undone = 0, needless = 0, in_the_way = 0, forbidden = 0;
    for (unsigned const seed : {1U, 2U, 3U, 4U, 5U}) {
        generator any{seed};
        remembered_zone z;
        undoing undo{z};
        for (int i = 0; i < 1500; ++i) {
            INFO("seed " << seed << ", step " << i);
            if (any.one_in(20))
                z.import_version(any.below(z.versions.size()));
            else if (z.journal.empty() || any.one_in(3))
                z.perform({tests::make_update("example.com.", "all.", any.update()), {}});
            else // mostly one of the newest, undos among them
                undo.undo(z.journal.size() -
                              any.below(any.one_in(4) ? z.journal.size() : std::min<std::size_t>(8, z.journal.size())),
                          any.one_in(3));
        }
        CHECK(z.imported > 20);
        undone += undo.undone, needless += undo.needless, in_the_way += undo.in_the_way, forbidden += undo.forbidden;
    }
    CHECK(undone > 500);
    CHECK(needless > 100);
    CHECK(in_the_way > 300);
    CHECK(forbidden > 10);
}

TEST_CASE("Changes undone in the reverse of their order lead back to the first zone")
{
    generator any{9};
    remembered_zone z;
    while (z.journal.size() < 300)
        z.perform({tests::make_update("example.com.", "all.", any.update()), {}});
    undoing undo{z};
    for (std::size_t n = 300; n > 0; --n)
        undo.undo(n, false);
    CHECK(undo.in_the_way + undo.forbidden == 0);
    CHECK((to_rrsets(z.versions.back()) == to_rrsets(z.versions.front())));
    for (std::size_t n = z.journal.size(); n > 300; --n)
        undo.undo(n, false);
    CHECK((to_rrsets(z.versions.back()) == to_rrsets(z.versions[300])));
}
