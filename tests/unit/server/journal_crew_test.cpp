#include "server/journal_crew.hpp"

#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>

#include <future>

using namespace homing;
using server::journal_crew;
using storage::test::count_up;
using storage::test::name;
using storage::test::open;
using storage::test::put;
using storage::test::small_zone;

namespace {

constexpr std::size_t plenty = 1 << 20;

/// Its answers wait until somebody lets them go.
class held_journal final : public storage::journal_source {
public:
    dns::result<std::optional<storage::journal_entry>> find(std::int64_t) override { return std::optional<storage::journal_entry>{}; }
    dns::result<storage::journal_page> before(storage::journal_place, std::optional<std::int64_t>,
                                              storage::journal_filter const&) override
    {
        return storage::journal_page{};
    }
    dns::result<std::vector<storage::journal_entry>> from(std::int64_t, std::int64_t) override
    {
        return std::vector<storage::journal_entry>{};
    }
    dns::result<std::optional<std::int64_t>> place_of(std::int64_t, std::uint32_t) override
    {
        gate.wait();
        return std::optional<std::int64_t>{};
    }
    dns::result<std::vector<storage::journal_zone>> zones_after(std::int64_t) override { return std::vector<storage::journal_zone>{}; }

    std::promise<void> open;
    std::shared_future<void> gate{open.get_future()};
};

journal_crew::answer ask(journal_crew& crew, journal_crew::task t)
{
    std::promise<journal_crew::answer> got;
    REQUIRE(crew.ask(std::move(t), [&](journal_crew::answer a) { got.set_value(std::move(a)); }));
    return got.get_future().get();
}

} // namespace

TEST_CASE("The crew reads what changed between two serials, if it is there and not too large")
{
    storage::test::temporary_directory const directory;
    auto const store = open(directory.data());
    auto const apex = name("example.com.");
    auto const id = put(*store, small_zone("example.com.", 1), 1);
    count_up(*store, id, apex, 1, 101);
    journal_crew crew{store->history()};
    auto const found = ask(crew, {apex, id, 1, 101, plenty});
    REQUIRE(found != nullptr);
    CHECK(found->serial() == 101);
    CHECK(ask(crew, {apex, id, 90, 95, plenty})->serial() == 95);
    CHECK(ask(crew, {apex, id, 7000, 101, plenty}) == nullptr);
    CHECK(ask(crew, {apex, id, 1, 101, 50}) == nullptr);
    CHECK(ask(crew, {apex, id, 1, 101, plenty, 99}) == nullptr);
    CHECK(ask(crew, {apex, id, 2, 101, plenty, 99}) != nullptr);
    CHECK(ask(crew, {apex, id + 1, 1, 101, plenty}) == nullptr);
}

TEST_CASE("More requests than the crew's queue holds are turned away, and none is told twice")
{
    held_journal journal;
    std::atomic<std::size_t> told{0};
    {
        journal_crew crew{journal, 1};
        std::size_t taken = 0;
        while (crew.ask({name("example.com."), 1, 1, 2, plenty}, [&](auto) { ++told; }))
            ++taken;
        CHECK(taken >= journal_crew::most_waiting);
        CHECK(taken <= journal_crew::most_waiting + 1);
        journal.open.set_value();
        crew.stop();
        CHECK(told <= taken);
        CHECK_FALSE(crew.ask({name("example.com."), 1, 1, 2, plenty}, [&](auto) { ++told; }));
    }
}
