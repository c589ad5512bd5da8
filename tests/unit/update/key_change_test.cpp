#include "update/key_change.hpp"

#include "tests/unit/update/running_writer.hpp"
#include "update/policy.hpp"

using namespace homing;
using dns::rcode;
using update::change_key;

namespace {

constexpr std::int64_t now = 1000;

update::changed_key applied(storage::key_record const& record, decltype(change_key::step) step)
{
    auto done = apply_change(update::granted_key{record}, {record.key_name, std::move(step)}, now);
    REQUIRE(done.has_value());
    return std::move(*done);
}

std::string refused(storage::key_record const& record, decltype(change_key::step) step)
{
    auto const done = apply_change(update::granted_key{record}, {record.key_name, std::move(step)}, now);
    return done ? std::string{} : done.error().message;
}

update::request change(char const* key, decltype(change_key::step) step)
{
    return {change_key{tests::name(key), std::move(step)}, {}};
}

} // namespace

TEST_CASE("A grant gets a number that no other of the key ever had")
{
    auto const record = tests::key("k.", {"host a.example", "host b.example"});
    auto const third = applied(record, change_key::add_grant{tests::grant("acme example")});
    REQUIRE(third.added);
    CHECK(third.added->number == 3);
    auto const two = applied(third.key->record(), change_key::revoke{3});
    CHECK((two.removed == 3 && two.key->grants->size() == 2));
    CHECK(applied(two.key->record(), change_key::add_grant{tests::grant("acme example")}).added->number == 4);
}

TEST_CASE("A grant that is there already is not given twice")
{
    auto const record = tests::key("k.", {"+ a.example types A exact"});
    CHECK_FALSE(applied(record, change_key::add_grant{tests::grant("+ A.Example types A exact")}).key);
    CHECK(applied(record, change_key::add_grant{tests::grant("a.example types AAAA exact")}).key);
    CHECK(applied(record, change_key::add_grant{tests::grant("+ *.example types A exact")}).key);
}

TEST_CASE("What cannot be is refused with a sentence")
{
    auto const record = tests::key("k.", {"host a.example"});
    CHECK(refused(record, change_key::revoke{7}).find("has no grant 7") != std::string::npos);
    CHECK_FALSE(refused(record, change_key::rotate{record.algorithm, {}, 0}).empty());
    CHECK_FALSE(refused(record, change_key::expire{-1}).empty());
    storage::grant g;
    CHECK(refused(record, change_key::add_grant{g}).find("for something") != std::string::npos);
    g = storage::grant::of(storage::preset::admin, tests::name("example"));
    CHECK_FALSE(refused(record, change_key::add_grant{g}).empty());
    g = storage::grant::of(storage::preset::host, tests::name("example"));
    g.types = {dns::rr_type::mx};
    CHECK_FALSE(refused(record, change_key::add_grant{g}).empty());
    std::vector<std::string> many;
    for (std::size_t i = 0; i < update::max_grants_per_key; ++i)
        many.push_back("host h" + std::to_string(i) + ".example");
    CHECK(refused(tests::key("k.", many), change_key::add_grant{tests::grant("host a.example")}).find("at most") !=
          std::string::npos);
}

TEST_CASE("A rotation keeps the secret before it for the overlap, and none that is older")
{
    auto record = tests::key("k.", {"*"});
    auto const first = record.secret;
    auto const second = applied(record, change_key::rotate{record.algorithm, tests::bytes(32, 2), now + 60}).key->record();
    REQUIRE(second.retired);
    CHECK((second.retired->secret == first && second.retired->until == now + 60 && second.secret_time == now));
    auto const third =
        applied(second, change_key::rotate{dns::tsig_algorithm::hmac_sha512, tests::bytes(64, 3), now + 90}).key->record();
    CHECK((third.retired->secret == second.secret && third.algorithm == dns::tsig_algorithm::hmac_sha512));
    CHECK_FALSE(applied(third, change_key::rotate{third.algorithm, first, now}).key->record().retired);
    CHECK(third.grants.size() == 1);
}

TEST_CASE("Disabling, enabling and expiring change something once")
{
    auto const record = tests::key("k.", {});
    CHECK_FALSE(applied(record, change_key::enable{true}).key);
    auto const off = applied(record, change_key::enable{false}).key->record();
    CHECK(off.is_disabled);
    CHECK_FALSE(applied(off, change_key::enable{false}).key);
    CHECK_FALSE(applied(off, change_key::enable{true}).key->record().is_disabled);
    CHECK_FALSE(applied(record, change_key::expire{0}).key);
    CHECK(applied(record, change_key::expire{2000}).key->record().expires == 2000);
}

TEST_CASE("Changes of keys are in force at once, are stored, and a store that fails takes them back")
{
    tests::temporary_directory const directory;
    {
        tests::running_writer w{storage::open_sqlite_store(directory.store()).value()};
        w.writer->start();
        w.fill();
        REQUIRE(w.writer->execute({update::put_key{tests::key("k.", {})}, {}}).changed);
        auto const add = [] { return tests::change({"add a.example.com. 300 A 192.0.2.1"}, "k."); };
        CHECK(w.writer->execute(add()).rcode == rcode::refused);
        CHECK(w.writer->execute(change("K.", change_key::add_grant{tests::grant("host a.example.com")})).changed);
        CHECK(w.writer->execute(add()).changed);
        CHECK_FALSE(w.writer->execute(change("k.", change_key::add_grant{tests::grant("host a.example.com")})).changed);
        CHECK(w.writer->execute(change("k.", change_key::enable{false})).changed);
        CHECK(w.writer->execute(add()).rcode == rcode::refused);
        CHECK(w.writer->execute(change("k.", change_key::enable{true})).changed);
        CHECK(w.writer->execute(change("k.", change_key::add_grant{tests::grant("acme example.com")})).changed);
        CHECK(w.writer->execute(change("k.", change_key::revoke{1})).changed);
        CHECK(w.writer->execute(change("k.", change_key::expire{4'000'000'000})).changed);
        CHECK(w.writer->execute(change("k.", change_key::rotate{dns::tsig_algorithm::hmac_md5, {1, 2}, 4'000'000'000})).changed);
        CHECK(w.writer->execute(add()).rcode == rcode::refused);
        CHECK(w.writer->execute(change("nobody.", change_key::enable{true})).rcode == rcode::refused);
    }
    tests::running_writer again{storage::open_sqlite_store(directory.store()).value()};
    auto const ring = again.writer->keys();
    auto const k = ring->find(tests::name("k."))->record();
    REQUIRE(k.grants.size() == 1);
    CHECK((k.grants.front().number == 2 && k.grants_made == 2 && k.grants.front().preset == storage::preset::acme));
    CHECK((k.secret == tests::bytes{1, 2} && k.retired && k.retired->until == 4'000'000'000 && k.expires == 4'000'000'000));
}
