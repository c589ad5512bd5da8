#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

using namespace homing;
using namespace homing::storage;
using namespace homing::storage::test;

namespace {

constexpr std::uint32_t batch_size = 16;

/// Commits batches of steps of one zone for ever, writing the serial of each batch that is acknowledged to `out`.
[[noreturn]] void commit_until_killed(std::string const& data, std::int64_t id, dns::name const& apex, std::uint32_t serial,
                                      int out)
{
    auto s = open(data, {.journal = {}, .log_pages = 64});
    for (;;) {
        std::vector<zone::diff> steps;
        for (std::uint32_t n = serial; n < serial + batch_size; ++n)
            steps.push_back(
                step(apex, n, n + 1, {address_change(*dns::name::join(name("h" + std::to_string(n % 10)), apex), 0, n)}));
        std::vector<operation> ops;
        for (auto const& d : steps)
            ops.emplace_back(zone_changed{id, &d, &origin(), 0});
        if (!s->commit(ops))
            ::_exit(1);
        serial += batch_size;
        if (::write(out, &serial, sizeof serial) != sizeof serial)
            ::_exit(1);
    }
}

/// Kills a committing process after some acknowledgements and returns the last one.
std::uint32_t kill_after(int acknowledgements, std::string const& data, std::int64_t id, dns::name const& apex,
                         std::uint32_t serial)
{
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_t const child = ::fork();
    if (child == 0)
        commit_until_killed(data, id, apex, serial, ends[1]);
    ::close(ends[1]);
    for (int i = 0; i < acknowledgements; ++i)
        REQUIRE(::read(ends[0], &serial, sizeof serial) == sizeof serial);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(ends[0], &serial, sizeof serial) == sizeof serial) {}
    ::close(ends[0]);
    return serial;
}

} // namespace

TEST_CASE("what was acknowledged before a kill is there after it, and no half batch")
{
    temporary_directory const dir;
    auto const contents = small_zone("example.com", 1, 10);
    dns::name const apex = contents.origin();
    std::int64_t id = 0;
    {
        auto s = open(dir.data());
        id = put(*s, contents, 1);
    }
    std::minstd_rand random{42};
    std::uint32_t serial = 1;
    for (int round = 0; round < 12; ++round) {
        std::uint32_t const acknowledged = kill_after(1 + static_cast<int>(random() % 60), dir.data(), id, apex, serial);
        auto s = open(dir.data());
        auto const entries = s->journal_since(id, serial, 100'000);
        REQUIRE(entries);
        REQUIRE_FALSE(entries->empty());
        serial = entries->back().serial_to;
        // The batch that was under way may be there, whole.
        CHECK((serial == acknowledged || serial == acknowledged + batch_size));
        auto const zone = load(*s).at(id);
        CHECK(zone.size() == 1 + 2 + 10);
        CHECK(zone[1] == text_of(apex, dns::rr_type::ns, 3600, rdata{0, 4, 2, 'n', 's', 0}));
        CHECK(zone[2] == text_of(apex, dns::rr_type::soa, 3600, soa_set(serial).packed()));
        s.reset();
        connection c{dir.database()};
        statement check{c, "PRAGMA integrity_check"};
        REQUIRE(check.step());
        CHECK(check.text(0) == "ok");
    }
}
