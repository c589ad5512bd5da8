#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace homing;
using namespace homing::storage;
using namespace homing::storage::test;
using Catch::Matchers::Contains;

namespace {

std::atomic<int> syncs{0}; // of any thread

mode_t mode_of(std::string const& path)
{
    struct stat status = {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777;
}

/// Runs f in another process and returns what it exits with.
template <class F>
int in_child(F&& f)
{
    pid_t const child = ::fork();
    if (child == 0) {
        int code = 99;
        try {
            code = f();
        } catch (std::exception const& e) {
            std::fprintf(stderr, "child: %s\n", e.what());
        }
        ::_exit(code);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

void limit_files(rlim_t octets)
{
    struct rlimit limit = {};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = octets;
    ::setrlimit(RLIMIT_FSIZE, &limit);
}

} // namespace

// SQLite's calls come here, because a program's own symbols come before those of libraries.
extern "C" int fdatasync(int file)
{
    ++syncs;
    return static_cast<int>(::syscall(SYS_fdatasync, file));
}
extern "C" int fsync(int file)
{
    ++syncs;
    return static_cast<int>(::syscall(SYS_fsync, file));
}

TEST_CASE("what was committed is there after reopening")
{
    temporary_directory const dir;
    auto const contents = small_zone("example.com", 7);
    dns::name const host = name("h1.example.com");
    auto const d = step(
        contents.origin(), 7, 8,
        {address_change(host, 1, 77),
         {name("h2.example.com"), set_of(dns::rr_type::a, 300, {address(2)}), dns::rrset{dns::rr_type::a, 0}},
         {name("new.b.example.com"), dns::rrset{dns::rr_type::a, 0}, set_of(dns::rr_type::a, 60, {address(5), address(6)})}});
    std::int64_t id = 0;
    {
        auto s = open(dir.data());
        id = put(*s, contents, 7);
        REQUIRE(change(*s, id, d));
    }
    auto s = open(dir.data());
    auto const zones = load(*s);
    REQUIRE(zones.size() == 1);
    std::vector<std::string> expected = {
        "example.com.",
        text_of(contents.origin(), dns::rr_type::soa, 3600, soa_set(8).packed()),
        text_of(contents.origin(), dns::rr_type::ns, 3600, rdata{0, 4, 2, 'n', 's', 0}),
        text_of(name("h0.example.com"), dns::rr_type::a, 300, rdata{0, 4, 10, 0, 0, 0}),
        text_of(host, dns::rr_type::a, 300, rdata{0, 4, 10, 0, 0, 77}),
        text_of(name("new.b.example.com"), dns::rr_type::a, 60, rdata{0, 4, 10, 0, 0, 5, 0, 4, 10, 0, 0, 6})};
    auto got = zones.at(id);
    CHECK(got.front() == expected.front());
    std::ranges::sort(got);
    std::ranges::sort(expected);
    CHECK(got == expected);
}

TEST_CASE("the database is a sound one and only its owner can read it")
{
    temporary_directory const dir;
    {
        auto s = open(dir.data());
        put(*s, small_zone("example.com", 1), 1);
        CHECK(mode_of(dir.data()) == 0700);
        for (char const* const file : {"/homing.db", "/homing.db-wal", "/homing.db-shm", "/lock"})
            CHECK(mode_of(dir.data() + file) == 0600);
    }
    CHECK_FALSE(std::filesystem::exists(dir.database() + "-wal"));
    connection c{dir.database()};
    statement check{c, "PRAGMA integrity_check"};
    REQUIRE(check.step());
    CHECK(check.text(0) == "ok");
    CHECK_FALSE(statement{c, "PRAGMA foreign_key_check"}.step());
}

TEST_CASE("zones are loaded in the order of their numbers, RRsets by owner and type")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    for (char const* const apex : {"c.example", "a.example", ".", "b.example"})
        put(*s, small_zone(apex, 1, 20), 1);
    class ordered : public zone_sink {
    public:
        void begin_zone(std::int64_t id, dns::name_view) override
        {
            CHECK(id > last_id);
            last_id = id;
            key.clear();
        }
        void rrset(octets owner, dns::rr_type type, std::uint32_t, octets) override
        {
            rdata next{owner.begin(), owner.end()};
            next.push_back(0); // ends before whatever goes on
            next.push_back(static_cast<std::uint8_t>(type));
            CHECK(key < next);
            key = next;
            ++rrsets;
        }
        void end_zone() override { ++zones; }
        std::int64_t last_id = 0;
        rdata key;
        int zones = 0, rrsets = 0;
    } sink;
    REQUIRE(s->load(sink));
    CHECK(sink.zones == 4);
    CHECK(sink.rrsets == 4 * 22);
}

TEST_CASE("new contents take the place of old ones, whatever they have in common")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    std::int64_t const id = put(*s, small_zone("example.com", 1, 50), 1);
    for (unsigned const hosts : {50U, 10U, 200U, 0U, 30U}) {
        zone::contents fresh{name("example.com")};
        fresh.add(name("example.com"), dns::rr_type::soa, 3600, soa(9 + hosts));
        for (unsigned i = 0; i < hosts; ++i) {
            fresh.add(name("h" + std::to_string(i * 3) + ".example.com"), dns::rr_type::a, 300, address(i % 2 ? i : i * 3));
            if (i % 5 == 0)
                fresh.add(name("h" + std::to_string(i) + ".example.com"), dns::rr_type::txt, 300, rdata{1, 'x'});
        }
        fresh.finish();
        operation const op = zone_put{id, &fresh, 1, 9, &origin(), 0};
        REQUIRE(s->commit({&op, 1}));
        std::vector<std::string> expected = {"example.com."};
        for (std::size_t i = 0; i < fresh.size(); ++i)
            expected.push_back(text_of(fresh[i].owner, fresh[i].type, fresh[i].ttl, fresh[i].packed));
        auto got = load(*s).at(id);
        std::ranges::sort(got);
        std::ranges::sort(expected);
        CHECK(got == expected);
    }
}

TEST_CASE("a zone's number is never given again")
{
    temporary_directory const dir;
    std::int64_t second = 0;
    {
        auto s = open(dir.data());
        put(*s, small_zone("a.example", 1), 1);
        second = put(*s, small_zone("b.example", 5), 5);
        operation const op = zone_removed{second, 5, &origin(), 123};
        REQUIRE(s->commit({&op, 1}));
        CHECK(load(*s).size() == 1);
    }
    auto s = open(dir.data());
    CHECK(load(*s).size() == 1);
    CHECK(s->next_zone_id() > second);
    auto const history = s->journal_newest(second, 1000, 10);
    REQUIRE(history);
    REQUIRE(history->size() == 2);
    CHECK(history->front().kind == journal_kind::removed);
    CHECK(history->front().serial_to == 5);
    CHECK(history->front().zone.to_string() == "b.example.");
}

namespace {

key_record made_key(std::string_view key_name, dns::tsig_algorithm algorithm, std::vector<std::uint8_t> secret,
                    std::vector<grant> grants)
{
    key_record k;
    k.key_name = name(key_name);
    k.algorithm = algorithm;
    k.secret = std::move(secret);
    k.grants = std::move(grants);
    for (auto& g : k.grants)
        g.number = ++k.grants_made;
    return k;
}

key_record const& named(std::vector<key_record> const& keys, std::string_view key_name)
{
    return *std::ranges::find_if(keys, [&](auto const& k) { return k.key_name == name(key_name); });
}

void commit(store& s, std::vector<operation> const& ops)
{
    REQUIRE(s.commit(ops));
}

} // namespace

TEST_CASE("keys and grants come back as they were put")
{
    temporary_directory const dir;
    grant pattern;
    pattern.where = name("_acme-challenge.*.example");
    pattern.any.set(1);
    pattern.may = {true, false, true};
    pattern.types = {dns::rr_type::txt, static_cast<dns::rr_type>(65280)};
    grant alone;
    alone.where = name("b.example");
    alone.exact = alone.at_apex = true;
    alone.may.transfer = true;
    auto const one = made_key("One.example", dns::tsig_algorithm::hmac_sha256, {1, 2, 3},
                              {grant::admin(), grant::of(preset::external_dns, name("a.example")), pattern, alone});
    auto const two = made_key("two", dns::tsig_algorithm::hmac_sha512, {9}, {});
    auto const two_again = made_key("two", dns::tsig_algorithm::hmac_md5, {8, 8}, {grant::of(preset::host, name("b.example"))});
    {
        auto s = open(dir.data());
        commit(*s, {key_put{&one}, key_put{&two}});
        commit(*s, {key_put{&two_again}});
    }
    auto s = open(dir.data());
    auto const keys = s->load_keys();
    REQUIRE(keys);
    REQUIRE(keys->size() == 2);
    auto const& first = named(*keys, "one.example");
    CHECK(first.key_name.to_string() == "one.example.");
    CHECK(first.algorithm == dns::tsig_algorithm::hmac_sha256);
    REQUIRE(first.grants.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(first.grants[i].is_like(one.grants[i]));
        CHECK(first.grants[i].number == i + 1);
    }
    auto const& last = named(*keys, "two");
    CHECK(last.algorithm == dns::tsig_algorithm::hmac_md5);
    CHECK(last.secret == std::vector<std::uint8_t>{8, 8});
    CHECK(last.grants.size() == 1);

    dns::name const gone = name("ONE.example");
    commit(*s, {key_removed{gone}});
    CHECK(s->load_keys()->size() == 1);
    connection c{dir.database()};
    CHECK(c.integer("SELECT count(*) FROM key_grant") == 1);
}

TEST_CASE("a key's state, its retired secret and its grants change one by one")
{
    temporary_directory const dir;
    auto k = made_key("k", dns::tsig_algorithm::hmac_sha256, {1}, {grant::of(preset::host, name("a.example"))});
    k.secret_time = 1000;
    {
        auto s = open(dir.data());
        commit(*s, {key_put{&k}});
        k.is_disabled = true;
        k.expires = 5'000'000'000;
        k.retired = retired_secret{dns::tsig_algorithm::hmac_md5, {7, 7}, 2000};
        k.grants_made = 9;
        grant more = grant::of(preset::acme, name("example"));
        more.number = 9;
        commit(*s, {key_changed{&k}, grant_put{k.key_name, &more}});
        CHECK(s->load_keys()->front().grants.size() == 2);
        commit(*s, {grant_removed{k.key_name, 1}, grant_removed{k.key_name, 77}});
    }
    auto s = open(dir.data());
    auto const loaded = s->load_keys()->front();
    CHECK((loaded.is_disabled && loaded.expires == 5'000'000'000 && loaded.secret_time == 1000 && loaded.grants_made == 9));
    REQUIRE(loaded.retired);
    CHECK(loaded.retired->algorithm == dns::tsig_algorithm::hmac_md5);
    CHECK(loaded.retired->secret == std::vector<std::uint8_t>{7, 7});
    CHECK(loaded.retired->until == 2000);
    REQUIRE(loaded.grants.size() == 1);
    CHECK(loaded.grants.front().preset == preset::acme);
}

TEST_CASE("the last use of a key is kept as long as the key is")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    auto const k = made_key("k", dns::tsig_algorithm::hmac_sha256, {1}, {});
    dns::name const gone = name("gone");
    key_use const first{1000, "192.0.2.1#53", "query"}, second{2000, "2001:db8::1#1", "update"};
    commit(*s, {key_put{&k}, key_used{k.key_name, &first}, key_used{gone, &first}});
    commit(*s, {key_used{k.key_name, &second}, key_changed{&k}});
    auto const use = s->load_keys()->front().last_use;
    CHECK((use.time == 2000 && use.address == "2001:db8::1#1" && use.what == "update"));
    commit(*s, {key_removed{k.key_name}});
    commit(*s, {key_put{&k}});
    CHECK(s->load_keys()->front().last_use.time == 0);
}

TEST_CASE("a grant that cannot have been written is damage")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    auto const k = made_key("k", dns::tsig_algorithm::hmac_sha256, {1}, {grant::of(preset::host, name("a.example"))});
    commit(*s, {key_put{&k}});
    connection c{dir.database()};
    auto const spoilt =
        GENERATE("preset = 'hosts'", "name = x'0161'", "any_labels = x'02'", "types = 'A,NONSENSE'", "may = 'all'");
    c.execute(("UPDATE key_grant SET " + std::string{spoilt}).c_str());
    auto const keys = s->load_keys();
    REQUIRE_FALSE(keys);
    CHECK(keys.error().message.find("a grant of a key cannot be read") != std::string::npos);
}

TEST_CASE("many changes of one zone in one batch end as they would one after the other")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    auto const contents = small_zone("example.com", 1);
    std::int64_t const id = put(*s, contents, 1);
    std::vector<zone::diff> steps;
    for (std::uint32_t n = 1; n < 50; ++n)
        steps.push_back(step(contents.origin(), n, n + 1, {address_change(name("h0.example.com"), n - 1, n)}));
    std::vector<operation> ops;
    for (auto const& d : steps)
        ops.emplace_back(zone_changed{id, &d, &origin(), 0});
    REQUIRE(s->commit(ops));
    auto const zone = load(*s).at(id);
    CHECK(std::ranges::count(zone, text_of(contents.origin(), dns::rr_type::soa, 3600, soa_set(50).packed())) == 1);
    CHECK(std::ranges::count(zone, text_of(name("h0.example.com"), dns::rr_type::a, 300, rdata{0, 4, 10, 0, 0, 49})) == 1);
    CHECK(s->journal_since(id, 1, 1000)->size() == 49);
}

TEST_CASE("a batch that fails leaves nothing behind, and the next one is taken")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    auto const contents = small_zone("example.com", 1);
    std::int64_t const id = put(*s, contents, 1);
    auto const before = load(*s);
    auto const good = step(contents.origin(), 1, 2, {address_change(name("h0.example.com"), 0, 1)});
    auto const other = small_zone("other.example", 1);

    std::vector<operation> const unknown = {zone_changed{id, &good, &origin(), 0},
                                            zone_put{s->next_zone_id(), &other, 0, 1, &origin(), 0},
                                            zone_changed{4711, &good, &origin(), 0}};
    auto const failed = s->commit(unknown);
    REQUIRE_FALSE(failed);
    CHECK_THAT(failed.error().message, Contains("4711") && Contains("nothing of the change was stored"));
    std::vector<operation> const twice = {zone_changed{id, &good, &origin(), 0},
                                          zone_put{s->next_zone_id(), &contents, 0, 1, &origin(), 0}};
    CHECK_FALSE(s->commit(twice));

    CHECK(load(*s) == before);
    CHECK(s->journal_newest({}, 1000, 10)->size() == 1);
    REQUIRE(change(*s, id, good));
    CHECK(s->journal_since(id, 1, 10)->size() == 1);
}

TEST_CASE("a full disk fails the commit with a sentence, and the store goes on when there is room")
{
    temporary_directory const dir;
    int const code = in_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        auto s = open(dir.data());
        auto const contents = small_zone("example.com", 1);
        std::int64_t const id = put(*s, contents, 1);
        count_up(*s, id, contents.origin(), 1, 5);
        limit_files(200'000);
        auto const large = small_zone("large.example", 1, 20'000);
        operation const op = zone_put{s->next_zone_id(), &large, 0, 1, &origin(), 0};
        for (int i = 0; i < 3; ++i) {
            auto const failed = s->commit({&op, 1});
            if (failed)
                return 1;
            if (failed.error().message.find("make room") == std::string::npos)
                return std::fprintf(stderr, "%s\n", failed.error().message.c_str()), 2;
        }
        if (load(*s).size() != 1)
            return 3;
        limit_files(RLIM_INFINITY);
        count_up(*s, id, contents.origin(), 5, 9);
        return s->commit({&op, 1}) ? 0 : 4;
    });
    REQUIRE(code == 0);
    auto s = open(dir.data());
    auto const zones = load(*s);
    REQUIRE(zones.size() == 2);
    CHECK(zones.rbegin()->second.size() == 1 + 2 + 20'000);
    CHECK(s->journal_since(zones.begin()->first, 1, 100)->size() == 8);
}

TEST_CASE("a commit is one sync, however much is in it")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    auto const contents = small_zone("example.com", 1);
    std::int64_t const id = put(*s, contents, 1);
    int before = syncs;
    count_up(*s, id, contents.origin(), 1, 101);
    CHECK(syncs - before == 100);

    std::vector<zone::contents> zones;
    for (int i = 0; i < 500; ++i)
        zones.push_back(small_zone("z" + std::to_string(i) + ".example", 1));
    std::vector<operation> ops;
    for (auto const& z : zones)
        ops.emplace_back(zone_put{s->next_zone_id(), &z, 0, 1, &origin(), 0});
    before = syncs;
    REQUIRE(s->commit(ops));
    CHECK(syncs - before == 1);
}

TEST_CASE("an empty batch and an empty zone are no trouble")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    CHECK(s->commit({}));
    zone::contents empty{name("empty.example")};
    empty.finish();
    put(*s, empty, 0);
    CHECK(load(*s).begin()->second == std::vector<std::string>{"empty.example."});
}
