#include "storage/directory_lock.hpp"
#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace homing;
using namespace homing::storage;
using namespace homing::storage::test;
using Catch::Matchers::Contains;

TEST_CASE("a directory has one owner at a time, and says who")
{
    temporary_directory const dir;
    CHECK_FALSE(is_directory_locked(dir.data()));
    {
        auto const s = open(dir.data());
        CHECK(is_directory_locked(dir.data()));
        CHECK_THAT(refusal_to_open(dir.data()),
                   Contains("another homing (pid " + std::to_string(::getpid()) + ") uses " + dir.data()));
    }
    CHECK_FALSE(is_directory_locked(dir.data()));
    CHECK(refusal_to_open(dir.data()).empty());
}

TEST_CASE("the lock goes with the process that held it")
{
    temporary_directory const dir;
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    pid_t const child = ::fork();
    if (child == 0) {
        auto const lock = directory_lock::take(dir.data());
        char const held = lock ? 'y' : 'n';
        if (::write(ready[1], &held, 1) != 1)
            ::_exit(1);
        for (;;)
            ::pause();
    }
    char held = 0;
    REQUIRE(::read(ready[0], &held, 1) == 1);
    CHECK(held == 'y');
    CHECK(is_directory_locked(dir.data()));
    CHECK_THAT(refusal_to_open(dir.data()), Contains("(pid " + std::to_string(child) + ")"));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK_FALSE(is_directory_locked(dir.data()));
    CHECK(directory_lock::take(dir.data()));
}

TEST_CASE("a directory that cannot be used is refused with what to do")
{
    temporary_directory const dir;
    SECTION("its parent is missing")
    {
        CHECK_THAT(refusal_to_open(dir.path() + "/no/such"), Contains("No such file or directory") && Contains("--data"));
    }
    SECTION("it is a file")
    {
        std::ofstream{dir.data()} << "x";
        CHECK_THAT(refusal_to_open(dir.data()), Contains("is not a directory"));
    }
    SECTION("it cannot be written")
    {
        CHECK_THAT(refusal_to_open("/proc/self"), Contains("cannot write in /proc/self") && Contains("--data"));
    }
}
