#include "dns/serial.hpp"
#include "dns/types.hpp"

#include <catch2/catch_all.hpp>

using namespace homing::dns;

TEST_CASE("serials compare around the circle of RFC 1982")
{
    CHECK(is_newer_serial(1, 0));
    CHECK(is_newer_serial(0x80000000, 1));
    CHECK(is_newer_serial(0, 0xFFFFFFFF));
    CHECK(is_newer_serial(100, 0xFFFFFF00));
    CHECK_FALSE(is_newer_serial(0, 1));
    CHECK_FALSE(is_newer_serial(7, 7));
}

TEST_CASE("of serials 2^31 apart neither is newer")
{
    CHECK_FALSE(is_newer_serial(0x80000000, 0));
    CHECK_FALSE(is_newer_serial(0, 0x80000000));
}

TEST_CASE("the next serial is newer and never 0")
{
    CHECK(next_serial(1) == 2);
    CHECK(next_serial(0xFFFFFFFF) == 1);
    for (std::uint32_t const s : {0U, 1U, 0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFEU, 0xFFFFFFFFU})
        CHECK(is_newer_serial(next_serial(s), s));
}

TEST_CASE("codes have the names that people know")
{
    CHECK(std::string{mnemonic(rcode::nxrrset)} == "NXRRSET");
    CHECK(std::string{mnemonic(rcode::badvers)} == "BADVERS");
    CHECK(std::string{mnemonic(static_cast<rcode>(42))} == "RCODE42");
    CHECK(std::string{mnemonic(opcode::update)} == "UPDATE");
    CHECK(std::string{mnemonic(static_cast<opcode>(9))} == "OPCODE9");
}

TEST_CASE("types that ask or transact are not data")
{
    for (auto const t : {rr_type::none, rr_type::opt, rr_type::any, rr_type::axfr, rr_type::ixfr, rr_type::tsig, rr_type::tkey})
        CHECK(is_meta_type(t));
    for (auto const t : {rr_type::a, rr_type::spf, rr_type::eui64, rr_type::uri, rr_type::ta})
        CHECK_FALSE(is_meta_type(t));
}
