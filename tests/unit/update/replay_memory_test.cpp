#include "update/replay_memory.hpp"

#include <catch2/catch_test_macros.hpp>

namespace {

using namespace homing;

storage::seen_update update_signed_at(std::uint64_t time, std::uint8_t mac, std::uint64_t fudge = 300)
{
    storage::seen_update u;
    u.identity[0] = mac;
    u.time_signed = time;
    u.expires = time + fudge;
    return u;
}

// As a batch does it.
void store(update::replay_memory& memory, std::vector<storage::seen_update> updates, std::uint64_t now)
{
    memory.make_room(updates.size(), now);
    auto number = memory.next_number();
    for (auto& u : updates)
        u.number = number++;
    memory.remember(updates);
}

auto of_key(std::uint8_t key, storage::seen_update u)
{
    u.identity.back() = key;
    return u;
}

} // namespace

TEST_CASE("an update that came before is known with its outcome, another one is not")
{
    update::replay_memory memory;
    auto u = update_signed_at(1000, 1);
    CHECK_FALSE(memory.find(u));
    u.rcode = dns::rcode::yxdomain;
    store(memory, {u}, 1000);
    CHECK(memory.find(update_signed_at(1000, 1)) == dns::rcode::yxdomain);
    CHECK_FALSE(memory.find(update_signed_at(1000, 2)));
    CHECK_FALSE(memory.is_before_memory(update_signed_at(900, 2)));
}

TEST_CASE("what expired is forgotten, many at a time, and neither comes back when the clock is set back nor turns away others")
{
    update::replay_memory memory;
    std::vector<storage::seen_update> many;
    for (std::uint8_t i = 1; i <= 64; ++i)
        many.push_back(update_signed_at(1000, i));
    store(memory, many, 1000);
    store(memory, {update_signed_at(1290, 65)}, 1300);
    CHECK(memory.find(update_signed_at(1000, 1)));
    CHECK(memory.unsaved().empty());
    memory.make_room(1, 1301);
    CHECK_FALSE(memory.find(update_signed_at(1000, 1)));
    CHECK(memory.is_before_memory(update_signed_at(1000, 1)));
    CHECK_FALSE(memory.is_before_memory(update_signed_at(1001, 1)));
    CHECK(memory.is_before_memory(update_signed_at(1200, 1, 100)));
    CHECK_FALSE(memory.is_before_memory(of_key(9, update_signed_at(1000, 1))));
    CHECK(memory.find(update_signed_at(1290, 65)));
    REQUIRE(memory.unsaved().size() == 1);
    CHECK((memory.unsaved()[0].expired_until == 1300 && memory.unsaved()[0].signed_until == 0));
    CHECK((memory.first_kept() == 65 && memory.next_number() == 66));
}

TEST_CASE("those that expired do not go all at once")
{
    update::replay_memory memory;
    for (std::uint8_t i = 0; i < 200; ++i)
        store(memory, {update_signed_at(1000, i)}, 1000);
    memory.make_room(1, 2000);
    CHECK(memory.first_kept() == 66);
    memory.make_room(1, 2000);
    CHECK(memory.first_kept() == 131);
}

TEST_CASE("a full memory forgets the oldest, and turns away what may be as old")
{
    update::replay_memory memory{2};
    for (std::uint8_t i = 1; i <= 3; ++i)
        store(memory, {update_signed_at(1000U + i, i)}, 1010);
    CHECK_FALSE(memory.find(update_signed_at(1001, 1)));
    CHECK(memory.find(update_signed_at(1003, 3)));
    CHECK(memory.is_before_memory(update_signed_at(1001, 1)));
    CHECK(memory.is_before_memory(update_signed_at(900, 9)));
    CHECK_FALSE(memory.is_before_memory(update_signed_at(1002, 9)));
}

TEST_CASE("who fills the memory with times that lie ahead has nobody else's updates turned away")
{
    update::replay_memory memory{2};
    store(memory, {of_key(1, update_signed_at(1000, 1))}, 1000);
    for (std::uint8_t i = 2; i <= 6; ++i)
        store(memory, {of_key(2, update_signed_at(9000U + i, i, 60000))}, 1000);
    CHECK(memory.is_before_memory(of_key(2, update_signed_at(1001, 7))));
    CHECK(memory.is_before_memory(of_key(1, update_signed_at(1000, 8))));
    CHECK_FALSE(memory.is_before_memory(of_key(1, update_signed_at(1001, 8))));
    CHECK_FALSE(memory.is_before_memory(of_key(3, update_signed_at(1001, 9))));
}

TEST_CASE("what is forgotten leaves the same behind in a memory that is read back")
{
    update::replay_memory memory{3};
    std::vector<storage::seen_update> stored;
    for (std::uint8_t i = 1; i <= 5; ++i)
        store(memory, {stored.emplace_back(update_signed_at(1000U + i, i))}, 1010);
    memory.make_room(2, 1010);
    auto const left = memory.unsaved();
    REQUIRE(left.size() == 1);
    CHECK((left[0].signed_until == 1004 && memory.first_kept() == 5));
    stored[4].number = 5;
    update::replay_memory again{3};
    again.restore({{stored[4]}, left});
    CHECK((again.first_kept() == 5 && again.next_number() == 6 && again.unsaved().empty()));
    CHECK(again.find(update_signed_at(1005, 5)));
    CHECK(again.is_before_memory(update_signed_at(1004, 9)));
    CHECK_FALSE(again.is_before_memory(update_signed_at(1005, 9)));
}

TEST_CASE("a shorter MAC of the same message does not make it another one, another key does")
{
    std::uint8_t mac[32];
    for (std::uint8_t i = 0; i < 32; ++i)
        mac[i] = i;
    dns::tsig_view t;
    t.key_name = dns::name::from_text("Key.example.").value();
    t.mac = mac;
    auto const whole = update::identify(t);
    t.mac = std::span{mac}.first(16);
    t.key_name = dns::name::from_text("key.EXAMPLE.").value();
    CHECK(update::identify(t).identity == whole.identity);
    t.key_name = dns::name::from_text("other.example.").value();
    CHECK(update::identify(t).identity != whole.identity);
}
