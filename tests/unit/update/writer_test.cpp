#include "tests/unit/update/running_writer.hpp"

#include <atomic>

using namespace homing;
using namespace homing::tests;
using dns::rcode;
using update::outcome;
using update::request;

namespace {

// Fails every batch that touches this owner.
auto poison(std::string const& owner)
{
    return [n = tests::name(owner)](std::span<storage::operation const> operations) -> std::string {
        for (auto const& o : operations)
            if (auto const* c = std::get_if<storage::zone_changed>(&o))
                for (auto const& r : c->diff->changes)
                    if (r.owner == n)
                        return "It does not taste.";
        return {};
    };
}

} // namespace

TEST_CASE("A change is visible to every reader when its submitter hears of it, and there after a restart")
{
    temporary_directory const directory;
    std::string const line = "www.example.com. 300 A 192.0.2.1";
    {
        running_writer w{storage::open_sqlite_store(directory.store()).value()};
        w.writer->start();
        w.fill();
        std::promise<bool> seen;
        REQUIRE(w.writer->submit(change({"add " + line}),
                                 [&](outcome const& o) { seen.set_value(o.changed && o.serial == 8 && w.has(line)); }));
        CHECK(seen.get_future().get());
        CHECK(w.writer->execute(change({"delete nothing.example.com."})).serial == 8);
    }
    running_writer again{storage::open_sqlite_store(directory.store()).value()};
    CHECK(again.has(line));
    CHECK(again.records().size() == 4);
    auto const* key = again.writer->keys()->find(tests::name("ALL."));
    REQUIRE(key != nullptr);
    CHECK((key->grants->by_number().front().is_like(storage::grant::admin()) &&
           key->key->algorithm() == dns::tsig_algorithm::hmac_sha256));
    again.writer->start();
    CHECK(again.writer->execute(change({"delete www.example.com."})).serial == 9);
}

TEST_CASE("The store's journal has one entry for each change, with who, from where and what")
{
    temporary_directory const directory;
    auto opened = storage::open_sqlite_store(directory.store()).value();
    auto& store = *opened;
    running_writer w{std::move(opened)};
    w.writer->start();
    w.fill();
    w.writer->execute(change({"add www.example.com. 300 A 192.0.2.1", "add www.example.com. 300 A 192.0.2.2"}));
    w.writer->execute(change({"add www.example.com. 300 A 192.0.2.1"}));
    w.writer->execute(change({"delete www.example.com. A 192.0.2.1"}));
    zone::versions::reader reader{w.versions};
    auto const id = reader.enter().find(tests::name("example.com."))->id();
    reader.leave();
    auto const entries = store.journal_since(id, 7, 100).value();
    REQUIRE(entries.size() == 2);
    CHECK((entries[0].serial_from == 7 && entries[0].serial_to == 8 && entries[1].serial_from == 8 && entries[1].serial_to == 9));
    CHECK((entries[0].origin.key == "all." && entries[0].origin.address == "192.0.2.53#5353" &&
           entries[0].origin.via == "dns/udp"));
    CHECK(entries[0].time_ms > 1'600'000'000'000);
}

TEST_CASE("What waits together is stored together, in order")
{
    observed_writer w;
    std::vector<request> requests;
    for (int i = 0; i < 100; ++i)
        requests.push_back(change({"add h" + std::to_string(i) + ".example.com. 300 A 192.0.2.1"}));
    auto const outcomes = w.execute_together(std::move(requests));
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        CHECK((outcomes[i].changed && outcomes[i].serial == 8 + i));
    CHECK(w.store.batches == std::vector<std::size_t>{100});
    CHECK(w.writer->count().changes == 102);
}

TEST_CASE("Each request of a batch sees what the one before it did")
{
    observed_writer w;
    auto const o = w.execute_together({change({"nxdomain www.example.com.", "add www.example.com. 300 A 192.0.2.1"}),
                                       change({"nxdomain www.example.com.", "add www.example.com. 300 A 192.0.2.2"}),
                                       change({"yxrrset www.example.com. A 192.0.2.1", "add www.example.com. 300 A 192.0.2.3"}),
                                       change({"add www.example.com. 300 A 192.0.2.3"})});
    CHECK((o[0].changed && o[1].rcode == rcode::yxdomain && o[2].changed && o[3].ok() && !o[3].changed));
    CHECK(w.store.batches == std::vector<std::size_t>{2});
    CHECK(w.has("www.example.com. 300 A 192.0.2.3"));
    CHECK_FALSE(w.has("www.example.com. 300 A 192.0.2.2"));
}

TEST_CASE("A batch has a limit, in requests and in octets")
{
    std::vector<request> requests;
    for (int i = 0; i < 10; ++i)
        requests.push_back(change({"add h" + std::to_string(i) + ".example.com. 300 A 192.0.2.1"}));
    update::writer_limits l;
    l.batch = 4;
    observed_writer few{l};
    few.execute_together(requests);
    CHECK(few.store.batches == std::vector<std::size_t>{4, 4, 2});
    l.batch = 1024;
    l.batch_octets = 2 * update::weight(requests[0]);
    observed_writer small{l};
    small.execute_together(requests);
    CHECK(small.store.batches == std::vector<std::size_t>{2, 2, 2, 2, 2});
    l.batch_octets = 1;
    observed_writer tiny{l};
    tiny.execute_together(requests);
    CHECK(tiny.store.batches.size() == 10);
}

TEST_CASE("A change that the store does not take does not hurt the others of its batch")
{
    observed_writer w;
    w.store.fault = poison("bad.example.com.");
    auto const o =
        w.execute_together({change({"add a.example.com. 300 A 192.0.2.1"}), change({"add bad.example.com. 300 A 192.0.2.1"}),
                            change({"yxdomain bad.example.com.", "add b.example.com. 300 A 192.0.2.1"}),
                            change({"add bad.example.com. 300 A 192.0.2.1"}), change({"delete nothing.example.com."}),
                            change({"add a.example.com. 300 A 192.0.2.1"}), change({"add c.example.com. 300 A 192.0.2.1"})});
    CHECK((o[0].changed && o[0].serial == 8));
    CHECK((o[1].rcode == rcode::servfail && o[1].reason == "It does not taste." && !o[1].changed));
    CHECK(o[2].rcode == rcode::nxdomain); // its prerequisite was true only of what never happened
    CHECK(o[3].rcode == rcode::servfail); // without effect in the batch, a change on its own
    CHECK((o[4].ok() && !o[4].changed));
    CHECK((o[5].ok() && !o[5].changed));
    CHECK((o[6].changed && o[6].serial == 9));
    CHECK(w.records().size() == 5);
    CHECK((w.has("a.example.com. 300 A 192.0.2.1") && w.has("c.example.com. 300 A 192.0.2.1")));
    CHECK_FALSE(w.has("bad.example.com. 300 A 192.0.2.1"));
}

TEST_CASE(
    "When the store takes nothing, all changes fail after few attempts, nothing is visible, and it goes on when there is room")
{
    observed_writer w;
    auto const before = w.records();
    w.store.fault = [](auto) { return std::string{"The disk is full."}; };
    std::vector<request> requests;
    for (int i = 0; i < 50; ++i)
        requests.push_back(change({"add www.example.com. 300 A 192.0.2.1"}));
    requests.push_back(change({"delete nothing.example.com."}));
    requests.push_back(change({"nxdomain example.com."}));
    auto const o = w.execute_together(requests);
    for (std::size_t i = 0; i < 50; ++i)
        CHECK((o[i].rcode == rcode::servfail && o[i].reason == "The disk is full."));
    CHECK(o[50].ok());
    CHECK(o[51].rcode == rcode::yxdomain);
    CHECK(w.store.attempts < 10);
    CHECK(w.records() == before);
    CHECK(w.writer->count().failed == 50);
    w.store.fault = [](auto) { return std::string{}; };
    CHECK(w.writer->execute(requests[0]).serial == 8);
}

TEST_CASE("A single change that fails is not tried twice; a store that throws fails like any other")
{
    observed_writer w;
    w.store.fault = [](auto) -> std::string { throw std::runtime_error{"no memory"}; };
    auto const o = w.writer->execute(change({"add www.example.com. 300 A 192.0.2.1"}));
    CHECK((o.rcode == rcode::servfail && o.reason == "The store failed: no memory."));
    CHECK(w.store.attempts == 1);
}

TEST_CASE("Zones come, are replaced with a newer serial, and go")
{
    observed_writer w;
    auto& writer = *w.writer;
    auto const other = [](char const* serial) {
        return make_contents("example.org.",
                             {std::string{"example.org. 60 SOA ns.example.net. a.example.org. "} + serial + " 1 1 1 1",
                              "example.org. 60 NS ns.example.net."});
    };
    CHECK(writer.execute({update::put_zone{other("5"), true}, {}}).serial == 5);
    CHECK(writer.execute({update::put_zone{other("9"), true}, {}}).rcode == rcode::refused);
    auto const same = writer.execute({update::put_zone{other("4")}, {}});
    CHECK((same.ok() && !same.changed && same.serial == 5));
    CHECK(writer.execute({update::put_zone{other("9")}, {}}).serial == 9);
    auto changed = make_contents("example.org.", {"example.org. 60 SOA ns.example.net. a.example.org. 3 1 1 1 1",
                                                  "example.org. 60 NS ns.example.net.", "www.example.org. 60 A 192.0.2.1"});
    CHECK(writer.execute({update::put_zone{changed}, {}}).serial == 10);
    CHECK(w.records("example.org.") == tests::records({"example.org. 60 SOA ns.example.net. a.example.org. 10 1 1 1 1",
                                                       "example.org. 60 NS ns.example.net.", "www.example.org. 60 A 192.0.2.1"}));
    CHECK(writer.execute({update::remove_zone{tests::name("EXAMPLE.org.")}, {}}).changed);
    CHECK(w.records("example.org.").empty());
    CHECK(writer.execute({update::remove_zone{tests::name("example.org.")}, {}}).rcode == rcode::notauth);
}

TEST_CASE("A zone that the DNS forbids is refused with the first error")
{
    observed_writer w;
    auto const o = w.writer->execute({update::put_zone{make_contents("example.org.", {"www.example.org. 60 A 192.0.2.1"})}, {}});
    CHECK((o.rcode == rcode::refused && !o.reason.empty()));
    CHECK(
        w.writer
            ->execute({update::put_zone{example({"www.example.com. 60 CNAME a.example.com.", "www.example.com. 60 TXT t"})}, {}})
            .rcode == rcode::refused);
}

TEST_CASE("Keys come and go, in force at once, also for what waits behind them")
{
    observed_writer w;
    auto const version = w.writer->keys_version();
    auto const o = w.execute_together({change({"add www.example.com. 300 A 192.0.2.1"}, "new."),
                                       {update::put_key{tests::key("new.", {"www.example.com"})}, {}},
                                       change({"add www.example.com. 300 A 192.0.2.1"}, "new."),
                                       {update::put_key{tests::key("NEW.", {"*"})}, {}},
                                       {update::put_key{tests::key("new.", {"example.com"}), false}, {}},
                                       change({"add ftp.example.com. 300 A 192.0.2.1"}, "new."),
                                       {update::remove_key{tests::name("New.")}, {}},
                                       change({"add ftp.example.com. 300 A 192.0.2.2"}, "new."),
                                       {update::remove_key{tests::name("new.")}, {}}});
    CHECK((o[0].rcode == rcode::refused && o[1].changed && o[2].changed && o[3].rcode == rcode::refused && o[4].changed &&
           o[5].changed));
    CHECK((o[6].changed && o[7].rcode == rcode::refused && o[8].rcode == rcode::refused));
    CHECK(w.writer->keys()->find(tests::name("new.")) == nullptr);
    CHECK(w.writer->keys_version() == version + 1);
}

TEST_CASE("A zone and changes of it in one batch")
{
    observed_writer w;
    auto const o = w.execute_together({{update::remove_zone{tests::name("example.com.")}, {}},
                                       change({"add www.example.com. 300 A 192.0.2.1"}),
                                       {update::put_zone{example({"a.b.example.com. 60 TXT t"})}, {}},
                                       change({"add www.example.com. 300 A 192.0.2.1", "delete a.b.example.com."})});
    CHECK((o[0].changed && o[1].rcode == rcode::notauth && o[2].serial == 7 && o[3].serial == 8));
    CHECK(w.store.batches == std::vector<std::size_t>{3});
    CHECK(w.records().size() == 4);
}

TEST_CASE("The queue is bounded, in requests and in octets")
{
    update::writer_limits l;
    l.queue = 3;
    observed_writer w{l};
    std::promise<void> held, go;
    std::atomic<int> done{0};
    REQUIRE(w.writer->submit(change({}), [&, gate = std::shared_future<void>{go.get_future()}](outcome const&) {
        held.set_value();
        gate.wait();
    }));
    held.get_future().wait();
    for (int i = 0; i < 3; ++i)
        REQUIRE(w.writer->submit(change({}), [&](outcome const&) { ++done; }));
    CHECK_FALSE(w.writer->submit(change({}), [&](outcome const&) { done += 100; }));
    CHECK(w.writer->execute(change({})).rcode == rcode::servfail);
    CHECK(w.writer->count().turned_away == 2);
    go.set_value();
    w.writer->stop();
    CHECK(done == 3);
    l.queue_octets = 1; // one alone is always taken
    observed_writer narrow{l};
    CHECK(narrow.writer->execute(change({})).ok());
}

TEST_CASE("Stopping finishes what was submitted and turns the rest away")
{
    temporary_directory const directory;
    constexpr int total = 500;
    std::atomic<int> changed{0};
    {
        running_writer w{storage::open_sqlite_store(directory.store()).value()};
        w.writer->start();
        w.fill();
        for (int i = 0; i < total; ++i)
            REQUIRE(w.writer->submit(change({"add h" + std::to_string(i) + ".example.com. 300 A 192.0.2.1"}),
                                     [&](outcome const& o) { changed += o.changed; }));
        w.writer->stop();
        CHECK(changed == total);
        CHECK_FALSE(w.writer->submit(change({}), [](outcome const&) {}));
        CHECK(w.writer->execute(change({})).rcode == rcode::servfail);
        w.writer->stop();
    }
    running_writer again{storage::open_sqlite_store(directory.store()).value()};
    CHECK(again.records().size() == 3 + total);
}

TEST_CASE("A writer that was never started answers what was submitted when it stops")
{
    running_writer w{std::make_unique<tests::memory_store>()};
    bool done = false;
    REQUIRE(w.writer->submit({update::put_zone{example()}, {}}, [&](outcome const& o) { done = o.changed; }));
    w.writer->stop();
    CHECK(done);
}

TEST_CASE("Clients that race with prerequisites: exactly one wins each round, and readers see serials that only grow")
{
    temporary_directory const directory;
    running_writer w{storage::open_sqlite_store(directory.store()).value()};
    w.writer->start();
    w.fill();
    constexpr int clients = 4, rounds = 50;
    std::atomic<int> won{0};
    std::atomic<bool> over{false};
    std::thread watcher{[&] {
        zone::versions::reader reader{w.versions};
        for (std::uint32_t last = 7; !over;) {
            zone::versions::reading const now{reader};
            auto const& z = *now->find(tests::name("example.com."));
            auto const records = z.apex_node().find(dns::rr_type::soa);
            if (z.serial() < last || dns::read_soa(records.front()).serial != z.serial())
                won += 1'000'000;
            last = z.serial();
        }
    }};
    std::vector<std::thread> threads;
    for (int c = 0; c < clients; ++c)
        threads.emplace_back([&, c] {
            for (int i = 0; i < rounds; ++i) {
                auto const owner = "r" + std::to_string(i) + ".example.com.";
                won += w.writer->execute(change({"nxdomain " + owner, "add " + owner + " 300 TXT client" + std::to_string(c)}))
                           .changed;
            }
        });
    for (auto& t : threads)
        t.join();
    over = true;
    watcher.join();
    CHECK(won == rounds);
    CHECK(w.records().size() == 3 + rounds);
    CHECK(w.writer->execute(change({})).serial == 7 + rounds);
}
