#include "tests/support/served_zones.hpp"
#include "update/undo_plan.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using dns::rcode;
using tests::served_zones;

namespace {

using lines = std::vector<std::string>;

/// A zone whose changes are remembered.
class fixture {
public:
    explicit fixture(lines const& records = {}) : zones{records}
    {
        zones.store.fault = [this](auto operations) {
            if (auto const* const c = std::get_if<storage::zone_changed>(&operations[0]))
                remember(*c);
            return std::string{};
        };
    }

    /// Returns the number of the change.
    std::size_t change(lines const& update)
    {
        REQUIRE(zones.update(update).changed);
        return journal.size();
    }

    update::undo_plan plan(std::size_t number)
    {
        update::undo_plan p{journal[number - 1]};
        REQUIRE(p.look_at(zones.versions.newest()));
        for (std::size_t n = number; n < journal.size(); ++n)
            p.see(journal[n]);
        return p;
    }

    served_zones zones;
    std::vector<storage::journal_entry> journal;

private:
    void remember(storage::zone_changed const& c)
    {
        storage::journal_entry e{};
        e.number = e.sequence = static_cast<std::int64_t>(journal.size()) + 1;
        e.zone_id = c.zone;
        e.zone = tests::name("example.com.");
        e.kind = storage::journal_kind::changed;
        e.serial_from = c.diff->serial_from;
        e.serial_to = c.diff->serial_to;
        e.changes = c.diff->changes;
        e.origin.key = "key" + std::to_string(e.number) + ".";
        journal.push_back(std::move(e));
    }
};

} // namespace

TEST_CASE("an undone change is a change with a new serial, and can be undone")
{
    fixture f{{"www.example.com. 300 A 192.0.2.1"}};
    auto const n = f.change({"delete www.example.com. A", "add www.example.com. 60 A 192.0.2.2", "add x.example.com. 60 TXT a"});
    CHECK(f.zones.execute({f.plan(n).request(), {}}).serial == 9);
    CHECK(f.zones.holds(9, {"www.example.com. 300 A 192.0.2.1"}));
    CHECK(f.zones.execute({f.plan(n + 1).request(), {}}).serial == 10);
    CHECK(f.zones.holds(10, {"www.example.com. 60 A 192.0.2.2", "x.example.com. 60 TXT a"}));
}

TEST_CASE("what others did to other RRsets is kept, what they did to the same ones is in the way")
{
    fixture f{{"www.example.com. 300 A 192.0.2.1"}};
    auto const n = f.change({"delete www.example.com. A", "add x.example.com. 60 TXT a"});
    f.change({"add www.example.com. 60 AAAA ::1", "add y.example.com. 60 TXT a"});
    CHECK(f.plan(n).obstacles().empty());
    f.change({"add www.example.com. 60 A 192.0.2.3"});
    f.change({"add www.example.com. 60 A 192.0.2.4"});
    auto const plan = f.plan(n);
    auto const obstacles = plan.obstacles();
    REQUIRE(obstacles.size() == 1);
    CHECK(obstacles[0].owner.to_string() == "www.example.com.");
    CHECK(obstacles[0].type == dns::rr_type::a);
    CHECK(obstacles[0].count == 2);
    REQUIRE(obstacles[0].by.size() == 2);
    CHECK(obstacles[0].by[0].number == 4);
    CHECK(obstacles[0].by[0].origin.key == "key4.");
    CHECK(obstacles[0].by[1].number == 3);
    // The rest can be undone.
    REQUIRE(plan.request().items.size() == 1);
    CHECK(f.zones.execute({plan.request(), {}}).changed);
    CHECK(f.zones.holds(12, {"www.example.com. 60 A 192.0.2.3", "www.example.com. 60 A 192.0.2.4", "www.example.com. 60 AAAA ::1",
                             "y.example.com. 60 TXT a"}));
}

TEST_CASE("a record that came back by another way needs no undoing")
{
    fixture f{{"www.example.com. 300 A 192.0.2.1"}};
    auto const n = f.change({"delete www.example.com. A", "add x.example.com. 60 TXT a"});
    f.change({"add www.example.com. 300 A 192.0.2.1"});
    auto const plan = f.plan(n);
    CHECK(plan.obstacles().empty());
    CHECK(plan.request().items.size() == 1);
    f.change({"delete x.example.com."});
    CHECK(f.plan(n).request().items.empty());
    CHECK_FALSE(f.zones.execute({f.plan(n).request(), {}}).changed);
}

TEST_CASE("changes that took each other back are not in the way")
{
    fixture f{{"www.example.com. 300 A 192.0.2.1"}};
    auto const n = f.change({"add www.example.com. 60 A 192.0.2.2"});
    f.change({"delete www.example.com."});
    f.change({"add www.example.com. 60 A 192.0.2.1", "add www.example.com. 60 A 192.0.2.2"});
    CHECK(f.plan(n).obstacles().empty());
    CHECK(f.zones.execute({f.plan(n).request(), {}}).changed);
    CHECK(f.zones.holds(11, {"www.example.com. 300 A 192.0.2.1"}));
}

TEST_CASE("a TTL alone is undone, and is in the way")
{
    fixture f{{"www.example.com. 300 A 192.0.2.1", "www.example.com. 300 A 192.0.2.2"}};
    auto const first = f.change({"add www.example.com. 60 A 192.0.2.1"});
    auto const second = f.change({"add www.example.com. 30 A 192.0.2.2"});
    CHECK(f.plan(first).obstacles().size() == 1);
    CHECK(f.zones.execute({f.plan(second).request(), {}}).changed);
    CHECK(f.plan(first).obstacles().empty());
    CHECK(f.zones.execute({f.plan(first).request(), {}}).changed);
    CHECK(f.zones.holds(11, {"www.example.com. 300 A 192.0.2.1", "www.example.com. 300 A 192.0.2.2"}));
}

TEST_CASE("the fields of a SOA are undone, its serial goes on")
{
    fixture f;
    auto const n = f.change({"add example.com. 60 SOA ns1.example.com. other.example.com. 100 1 2 3 4"});
    f.change({"add x.example.com. 60 TXT a"});
    auto const o = f.zones.execute({f.plan(n).request(), {}});
    CHECK(o.serial == 102);
    CHECK(f.zones.holds(102, {"x.example.com. 60 TXT a"}));
    auto const only_serial = f.change({"add example.com. 3600 SOA ns1.example.com. admin.example.com. 900 3600 600 86400 60"});
    CHECK(f.plan(only_serial).request().items.empty());
    CHECK(f.plan(only_serial).obstacles().empty());
}

TEST_CASE("the apex keeps a name server whatever is undone")
{
    fixture f;
    auto const added = f.change({"add example.com. 3600 NS ns3.example.com."});
    auto const removed = f.change({"delete example.com. NS ns1.example.com.", "delete example.com. NS ns2.example.net."});
    CHECK(f.plan(added).obstacles().size() == 1);
    CHECK(f.zones.execute({f.plan(removed).request(), {}}).changed);
    CHECK(f.zones.execute({f.plan(added).request(), {}}).changed);
    CHECK(f.zones.holds(11, {}));
    // A request that nobody should make.
    dns::rrset const ns = f.zones.zone().apex_node().find(dns::rr_type::ns).copy();
    update::undo const none{tests::name("example.com."), 1, {{tests::name("example.com."), ns, dns::rrset{dns::rr_type::ns, 0}}}};
    CHECK(f.zones.execute({none, {}}).rcode == rcode::refused);
}

TEST_CASE("what came to stand beside a CNAME makes its undoing impossible, and is named")
{
    fixture f{{"x.example.com. 60 CNAME www.example.com."}};
    auto const n = f.change({"delete x.example.com. CNAME"});
    f.change({"add x.example.com. 60 TXT a"});
    auto const plan = f.plan(n);
    CHECK(plan.obstacles().empty());
    auto const o = f.zones.execute({plan.request(), {}});
    CHECK(o.rcode == rcode::refused);
    CHECK(o.reason.find("x.example.com. cannot have a CNAME") == 0);
    REQUIRE(plan.neighbours().size() == 1);
    CHECK(plan.neighbours()[0].number == 2);
}

TEST_CASE("the writer finds what changed after the plan was made")
{
    fixture f;
    auto const n = f.change({"add x.example.com. 60 A 192.0.2.1"});
    auto const request = f.plan(n).request();
    f.change({"add x.example.com. 60 A 192.0.2.2"});
    CHECK(f.zones.execute({request, {}}).rcode == rcode::nxrrset);
    CHECK(f.zones.holds(9, {"x.example.com. 60 A 192.0.2.1", "x.example.com. 60 A 192.0.2.2"}));
    f.zones.execute({update::remove_zone{tests::name("example.com.")}, {}});
    CHECK(f.zones.execute({request, {}}).rcode == rcode::notauth);
    CHECK_FALSE(update::undo_plan{f.journal[n - 1]}.look_at(f.zones.versions.newest()));
}

TEST_CASE("nothing before a zone was replaced whole can be undone, because nobody knows what that changed")
{
    fixture f;
    auto const n = f.change({"add x.example.com. 60 A 192.0.2.1"});
    auto plan = f.plan(n);
    storage::journal_entry whole{};
    whole.number = 7;
    whole.kind = storage::journal_kind::replaced;
    plan.see(whole);
    REQUIRE(plan.replaced_by());
    CHECK(plan.replaced_by()->number == 7);
    CHECK(plan.obstacles().size() == 1);
    CHECK(plan.request().items.empty());
}
