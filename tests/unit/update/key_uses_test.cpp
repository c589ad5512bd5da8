#include "update/key_uses.hpp"

#include "tests/unit/update/running_writer.hpp"

using namespace homing;
using update::key_uses;
using update::noted_use;

namespace {

noted_use use(char const* key, std::int64_t time, char const* what = "query")
{
    return {update::to_use_name(tests::name(key)), {time, "192.0.2.1#5353", what}, time};
}

/// Hands out what is put into it, once.
struct notes {
    std::vector<noted_use> fresh;

    key_uses::source source()
    {
        return [this](std::vector<noted_use>& out) {
            out.insert(out.end(), fresh.begin(), fresh.end());
            fresh.clear();
        };
    }
};

} // namespace

TEST_CASE("The latest use of a key is known at once, whoever noted it")
{
    key_uses uses;
    notes one, two;
    uses.add_source(one.source());
    uses.add_source(two.source());
    CHECK_FALSE(uses.find(tests::name("k.")));
    one.fresh = {use("k.", 100, "update"), use("other.", 100)};
    two.fresh = {use("k.", 90)};
    REQUIRE(uses.find(tests::name("K.")));
    CHECK(uses.find(tests::name("k."))->what == "update");
    two.fresh = {use("k.", 101, "transfer")};
    CHECK(uses.find(tests::name("k."))->what == "transfer");
}

TEST_CASE("What is unsaved is handed out once, a part at a time, and again if it could not be saved")
{
    key_uses uses;
    notes one;
    uses.add_source(one.source());
    CHECK_FALSE(uses.collect());
    one.fresh = {use("a.", 1), use("b.", 1), use("c.", 1), use("a.", 2)};
    CHECK(uses.collect());
    auto const first = uses.take_unsaved(2), second = uses.take_unsaved(2);
    CHECK((first.size() == 2 && second.size() == 1 && uses.take_unsaved(2).empty()));
    uses.put_back(first);
    one.fresh = {use("a.", 3)};
    CHECK(uses.collect());
    auto const again = uses.take_unsaved(10);
    CHECK(again.size() >= 2);
    CHECK(uses.take_unsaved(10).empty());
}

TEST_CASE("What was noted of a key that is gone is not said of the next one with its name")
{
    key_uses uses;
    notes one;
    uses.add_source(one.source());
    one.fresh = {use("a.", 1)};
    uses.forget(tests::name("A."));
    CHECK_FALSE(uses.find(tests::name("a.")));
    CHECK(uses.take_unsaved(10).empty());
}

TEST_CASE("A use goes to the store with a change, or when the writer stops; no key's use is one's that was removed")
{
    tests::temporary_directory const directory;
    notes seen;
    {
        tests::running_writer w{storage::open_sqlite_store(directory.store()).value()};
        w.writer->uses().add_source(seen.source());
        w.writer->start();
        w.fill();
        for (auto const* name : {"a.", "b.", "c."})
            REQUIRE(w.writer->execute({update::put_key{tests::key(name, {})}, {}}).changed);
        seen.fresh = {use("a.", 100), use("c.", 100), use("stranger.", 100)};
        REQUIRE(w.writer->execute({update::remove_key{tests::name("c.")}, {}}).changed);
        REQUIRE(w.writer->execute({update::put_key{tests::key("c.", {})}, {}}).changed);
        auto const ring = w.writer->keys();
        CHECK(w.writer->last_use(*ring->find(tests::name("a."))).time == 100);
        CHECK(w.writer->last_use(*ring->find(tests::name("b."))).time == 0);
        CHECK(w.writer->last_use(*ring->find(tests::name("c."))).time == 0);
        seen.fresh = {use("b.", 200)};
        w.writer->stop();
    }
    tests::running_writer again{storage::open_sqlite_store(directory.store()).value()};
    auto const ring = again.writer->keys();
    auto const last = [&](char const* name) { return again.writer->last_use(*ring->find(tests::name(name))); };
    CHECK((last("a.").time == 100 && last("a.").address == "192.0.2.1#5353" && last("b.").time == 200 && last("c.").time == 0));
}

TEST_CASE("A use that could not be stored goes with the next change")
{
    auto memory = std::make_unique<tests::memory_store>();
    std::size_t stored_uses = 0;
    bool is_full = true;
    memory->fault = [&](std::span<storage::operation const> operations) {
        for (auto const& o : operations)
            stored_uses += !is_full && std::holds_alternative<storage::key_used>(o);
        return std::string{is_full ? "full" : ""};
    };
    notes seen;
    seen.fresh = {use("all.", 100)};
    tests::running_writer w{std::move(memory)};
    w.writer->uses().add_source(seen.source());
    w.writer->start();
    CHECK(w.writer->execute({update::put_zone{tests::example()}, {}}).rcode == dns::rcode::servfail);
    is_full = false;
    w.fill();
    CHECK(stored_uses == 1);
    w.writer->stop();
    CHECK(stored_uses == 1);
}
