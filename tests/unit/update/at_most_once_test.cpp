// A signed message is executed once at the most: while the first is in progress, after a power cut, when the memory is full.
#include "tests/unit/update/running_writer.hpp"

#include <chrono>
#include <ctime>

using namespace homing;
using namespace homing::tests;
using dns::rcode;
using update::outcome;
using update::request;

namespace {

std::uint64_t now()
{
    return static_cast<std::uint64_t>(std::time(nullptr));
}

request signed_change(std::vector<std::string> const& lines, std::uint8_t mac, std::uint64_t time = now())
{
    auto r = change(lines);
    auto& signature = std::get<update::dns_update>(r.what).signature.emplace();
    signature.identity[0] = mac;
    signature.time_signed = time;
    signature.expires = time + 300;
    return r;
}

std::string const address = "new.example.com. 60 A 192.0.2.7";

/// Adds the address if the name is not in use.
request claim(std::uint8_t mac = 1)
{
    return signed_change({"nxdomain new.example.com.", "add " + address}, mac);
}

std::unique_ptr<storage::store> open(std::string const& directory)
{
    return storage::open_sqlite_store(directory).value();
}

/// What the disk has while the writer works: what a power cut would leave.
class power_cut {
public:
    explicit power_cut(temporary_directory const& running)
    {
        std::filesystem::create_directory(directory_.store());
        for (char const* const file : {"/homing.db", "/homing.db-wal"})
            std::filesystem::copy_file(running.store() + file, directory_.store() + file);
    }
    std::string store() const { return directory_.store(); }

private:
    temporary_directory directory_;
};

class started_writer : public running_writer {
public:
    explicit started_writer(std::unique_ptr<storage::store> s, update::writer_limits l = {}) : running_writer{std::move(s), l}
    {
        writer->start();
    }
};

} // namespace

TEST_CASE("The same message again has the first one's outcome, and no effect")
{
    observed_writer w;
    auto const first = w.writer->execute(claim()), second = w.writer->execute(claim());
    CHECK((first.ok() && first.changed && second.ok() && !second.changed));
    CHECK(w.store.journal.size() == 1);
    CHECK(w.writer->execute(claim(2)).rcode == rcode::yxdomain);
}

TEST_CASE("The same message twice in one batch is executed once")
{
    observed_writer w;
    auto const o = w.execute_together({claim(), claim(), change({"delete new.example.com."}), claim()});
    CHECK((o[0].changed && o[1].ok() && !o[1].changed && o[2].changed && o[3].ok() && !o[3].changed));
    CHECK_FALSE(w.has(address));
}

TEST_CASE("A message that comes again while the first waits for the disk waits with it")
{
    observed_writer w;
    std::promise<void> at_disk, go;
    bool is_first = true;
    w.store.fault = [&, gate = std::shared_future<void>{go.get_future()}](auto) {
        if (std::exchange(is_first, false)) {
            at_disk.set_value();
            gate.wait();
        }
        return std::string{};
    };
    auto const submit = [&] {
        auto p = std::make_shared<std::promise<outcome>>();
        REQUIRE(w.writer->submit(claim(), [p](outcome const& o) { p->set_value(o); }));
        return p->get_future();
    };
    auto first = submit();
    at_disk.get_future().wait();
    auto second = submit();
    CHECK(second.wait_for(std::chrono::seconds{0}) == std::future_status::timeout);
    CHECK_FALSE(w.has(address));
    go.set_value();
    CHECK(first.get().changed);
    auto const o = second.get();
    CHECK((o.ok() && !o.changed));
    CHECK(w.store.journal.size() == 1);
}

TEST_CASE("What the store could not take may be tried again with the same message")
{
    observed_writer w;
    w.store.fault = [](auto) { return std::string{"The disk is full."}; };
    CHECK(w.writer->execute(claim()).rcode == rcode::servfail);
    CHECK(w.writer->execute(signed_change({"nxdomain example.com."}, 2)).rcode == rcode::servfail); // it could not be remembered
    w.store.fault = [](auto) { return std::string{}; };
    CHECK(w.writer->execute(claim()).changed);
}

TEST_CASE("A message that breaks the syntax is not worth a sync")
{
    observed_writer w;
    auto broken = claim();
    std::get<update::dns_update>(broken.what).fault = "It is broken.";
    CHECK(w.writer->execute(broken).rcode == rcode::formerr);
    CHECK(w.store.attempts == 0);
}

TEST_CASE("Whatever was answered is not executed after a power cut: changes, refusals, and what changed nothing")
{
    temporary_directory const directory;
    std::string const old_address = "www.example.com. 60 A 192.0.2.1", new_address = "www.example.com. 60 A 192.0.2.2";
    auto const change_nothing = signed_change({"delete www.example.com. A", "add " + old_address}, 2);
    auto const fail = signed_change({"nxrrset www.example.com. A", "add " + old_address}, 3);
    std::optional<power_cut> cut;
    {
        started_writer w{open(directory.store())};
        w.fill();
        REQUIRE(w.writer->execute(change({"add " + old_address})).changed);
        REQUIRE(w.writer->execute(claim()).changed);
        auto const unchanged = w.writer->execute(change_nothing);
        REQUIRE((unchanged.ok() && !unchanged.changed));
        REQUIRE(w.writer->execute(fail).rcode == rcode::yxrrset);
        cut.emplace(directory);
    }
    started_writer w{open(cut->store())};
    REQUIRE(w.writer->execute(change({"delete new.example.com.", "delete www.example.com.", "add " + new_address})).changed);
    CHECK((w.writer->execute(claim()).ok() && !w.has(address)));
    CHECK(w.writer->execute(change_nothing).ok());
    CHECK((w.has(new_address) && !w.has(old_address)));
    REQUIRE(w.writer->execute(change({"delete www.example.com."})).changed);
    CHECK(w.writer->execute(fail).rcode == rcode::yxrrset);
    CHECK_FALSE(w.has(old_address));
}

TEST_CASE("What was forgotten because the memory was full is answered BADTIME, after a power cut too")
{
    temporary_directory const directory;
    update::writer_limits l;
    l.replays = 4;
    auto const at = now() - 100;
    auto const host = [&](std::uint8_t i) {
        return signed_change({"add h" + std::to_string(i) + ".example.com. 60 A 192.0.2.1"}, i, at + i);
    };
    auto const check = [&](running_writer& w) {
        for (std::uint8_t i = 1; i <= 6; ++i)
            CHECK(w.writer->execute(host(i)).rcode == rcode::badtime);
        CHECK(w.writer->execute(signed_change({"add late.example.com. 60 A 192.0.2.1"}, 99, at + 6)).rcode == rcode::badtime);
        for (std::uint8_t i = 7; i <= 10; ++i)
            CHECK(w.writer->execute(host(i)).ok());
        CHECK_FALSE(w.has("h1.example.com. 60 A 192.0.2.1"));
        CHECK_FALSE(w.has("h10.example.com. 60 A 192.0.2.1"));
    };
    std::optional<power_cut> cut;
    {
        started_writer w{open(directory.store()), l};
        w.fill();
        for (std::uint8_t i = 1; i <= 10; ++i)
            REQUIRE(w.writer->execute(host(i)).changed);
        for (std::uint8_t i = 1; i <= 10; ++i)
            REQUIRE(w.writer->execute(change({"delete h" + std::to_string(i) + ".example.com."})).changed);
        check(w);
        cut.emplace(directory);
    }
    started_writer w{open(cut->store()), l};
    check(w);
    CHECK(w.writer->execute(signed_change({"add " + address}, 100, at + 7)).changed);
}
