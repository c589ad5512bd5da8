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

} // namespace

TEST_CASE("an update that came before is known with its outcome, another one is not")
{
    update::replay_memory memory;
    auto u = update_signed_at(1000, 1);
    CHECK_FALSE(memory.find(u));
    u.rcode = dns::rcode::yxdomain;
    memory.remember(u, 1000);
    CHECK(memory.find(update_signed_at(1000, 1)) == dns::rcode::yxdomain);
    CHECK_FALSE(memory.find(update_signed_at(1000, 2)));
}

TEST_CASE("what is not stored yet is offered until it is")
{
    update::replay_memory memory;
    memory.remember(update_signed_at(1000, 1), 1000);
    memory.restore({update_signed_at(1000, 2)}, 1000);
    REQUIRE(memory.unsaved().size() == 1);
    CHECK(memory.unsaved()[0].identity[0] == 1);
    memory.saved();
    CHECK(memory.unsaved().empty());
}

TEST_CASE("what expired is forgotten without a trace")
{
    update::replay_memory memory;
    memory.remember(update_signed_at(1000, 1), 1000);
    memory.remember(update_signed_at(1301, 2), 1301);
    CHECK_FALSE(memory.find(update_signed_at(1000, 1)));
    CHECK_FALSE(memory.is_before_memory(update_signed_at(1000, 1)));
}

TEST_CASE("a full memory forgets the oldest, and turns away what may be as old")
{
    update::replay_memory memory{2};
    for (std::uint8_t i = 1; i <= 3; ++i)
        memory.remember(update_signed_at(1000U + i, i), 1010);
    CHECK_FALSE(memory.find(update_signed_at(1001, 1)));
    CHECK(memory.find(update_signed_at(1003, 3)));
    CHECK(memory.is_before_memory(update_signed_at(1001, 1)));
    CHECK(memory.is_before_memory(update_signed_at(900, 9)));
    CHECK_FALSE(memory.is_before_memory(update_signed_at(1002, 9)));
}

TEST_CASE("who fills the memory with times that lie ahead has nobody else's updates turned away")
{
    update::replay_memory memory{2};
    auto const of_key = [](std::uint8_t key, storage::seen_update u) {
        u.identity.back() = key;
        return u;
    };
    memory.remember(of_key(1, update_signed_at(1000, 1)), 1000);
    for (std::uint8_t i = 2; i <= 6; ++i)
        memory.remember(of_key(2, update_signed_at(9000U + i, i, 60000)), 1000);
    CHECK(memory.is_before_memory(of_key(2, update_signed_at(1001, 7))));
    CHECK(memory.is_before_memory(of_key(1, update_signed_at(1000, 8))));
    CHECK_FALSE(memory.is_before_memory(of_key(1, update_signed_at(1001, 8))));
    CHECK_FALSE(memory.is_before_memory(of_key(3, update_signed_at(1001, 9))));
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
