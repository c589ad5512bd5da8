#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace homing;
using namespace homing::storage;
using namespace homing::storage::test;

namespace {

constexpr std::uintmax_t page = 4096 + 24; // with its header in the log

std::uintmax_t log_size(temporary_directory const& dir)
{
    return std::filesystem::file_size(dir.database() + "-wal");
}

} // namespace

TEST_CASE("the log stays short under constant load")
{
    temporary_directory const dir;
    constexpr std::size_t threshold = 128;
    auto s = open(dir.data(), {.journal = {}, .log_pages = threshold});
    auto const contents = small_zone("example.com", 1, 2000);
    std::int64_t const id = put(*s, contents, 1);
    std::uintmax_t largest = 0;
    // Each round writes several times the threshold.
    for (std::uint32_t round = 0; round < 40; ++round) {
        count_up(*s, id, contents.origin(), 1 + round * 100, 101 + round * 100);
        largest = std::max(largest, log_size(dir));
    }
    // Without starts from the beginning it would have some 12,000 pages.
    CHECK(largest < 4000 * page);
    CHECK(s->journal_since(id, 1, 100'000)->size() == 4000);
}

TEST_CASE("a reader that stands still keeps neither commits nor the end of the store waiting")
{
    temporary_directory const dir;
    {
        auto s = open(dir.data(), {.journal = {}, .log_pages = 64});
        auto const contents = small_zone("example.com", 1);
        std::int64_t const id = put(*s, contents, 1);
        connection reader{dir.database()};
        {
            statement standing{reader, "SELECT * FROM zone"};
            REQUIRE(standing.step());
            count_up(*s, id, contents.origin(), 1, 400);
        }
        count_up(*s, id, contents.origin(), 400, 800);
    }
    auto s = open(dir.data());
    CHECK(s->journal_newest({}, 100'000, 100'000)->size() == 800);
}
