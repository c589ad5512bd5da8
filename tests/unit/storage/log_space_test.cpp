#include "storage/log_space.hpp"
#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::storage;
using namespace homing::storage::test;

namespace {

constexpr std::size_t pages = 64;
constexpr std::uintmax_t size_of_log = 32 + pages * (24 + 4096);

store_settings const settings{.log_pages = pages, .reserves_log = true};

} // namespace

TEST_CASE("a reserved log is as long as it will be, and holds what is committed across a crash")
{
    temporary_directory const dir;
    auto const contents = small_zone("example.com", 1);
    auto s = open(dir.data(), settings);
    std::string const log = dir.database() + "-wal";
    CHECK(std::filesystem::file_size(log) >= size_of_log);
    std::int64_t const id = put(*s, contents, 1);
    count_up(*s, id, contents.origin(), 0, 20);
    CHECK(std::filesystem::file_size(log) >= size_of_log);

    std::string const crashed = dir.path() + "/crashed";
    std::filesystem::create_directory(crashed);
    for (char const* const name : {"/homing.db", "/homing.db-wal"})
        std::filesystem::copy_file(dir.data() + name, crashed + name);
    CHECK(load(*open(crashed, settings)).at(id) == load(*s).at(id));
}

TEST_CASE("what is in a log stays when it is lengthened")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    put(*s, small_zone("example.com", 1), 1);
    std::string const crashed = dir.path() + "/crashed";
    std::filesystem::create_directory(crashed);
    for (char const* const name : {"/homing.db", "/homing.db-wal"})
        std::filesystem::copy_file(dir.data() + name, crashed + name);
    reserve_log(crashed + "/homing.db", 1000);
    CHECK(std::filesystem::file_size(crashed + "/homing.db-wal") == 32 + 1000 * (24 + 4096));
    CHECK(load(*open(crashed)) == load(*s));
}

TEST_CASE("a log that cannot be lengthened is left alone")
{
    reserve_log("/proc/no/such/place/homing.db", 10);
    temporary_directory const dir;
    CHECK_NOTHROW(open(dir.data()));
}
