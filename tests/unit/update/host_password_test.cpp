#include "update/host_password.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::update;

namespace {

storage::key_record record(std::uint8_t octet)
{
    storage::key_record r;
    r.key_name = *dns::name::from_text("home.example.com");
    r.algorithm = dns::tsig_algorithm::hmac_sha256;
    r.secret.assign(32, octet);
    return r;
}

std::string password_of(storage::key_record const& r)
{
    return host_password(r.secret, r.key_name);
}

} // namespace

TEST_CASE("a password is 32 characters that need no escaping anywhere, other for each secret and each host, whatever case it is "
          "named in")
{
    std::vector<std::uint8_t> const secret(32, 1), other(32, 2);
    auto const p = host_password(secret, *dns::name::from_text("home.example.com"));
    CHECK(p.size() == 32);
    CHECK(p.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == p.npos);
    CHECK(p == host_password(secret, *dns::name::from_text("HOME.example.com.")));
    CHECK(p != host_password(other, *dns::name::from_text("home.example.com")));
    CHECK(p != host_password(secret, *dns::name::from_text("nas.example.com")));
}

TEST_CASE("a password is as documented: what others compute for it")
{
    // python: base64.b32encode(hmac.digest(bytes(range(32)), b"homing http password\0home.example.com", "sha256")[:20]).lower()
    std::vector<std::uint8_t> secret(32);
    for (std::uint8_t i = 0; i < 32; ++i)
        secret[i] = i;
    CHECK(host_password(secret, *dns::name::from_text("home.example.com")) == "ygykjtn44pq7wbbsr52kggh2nfbu56bc");
}

TEST_CASE("only the right password of a key that counts is right")
{
    auto const r = record(1);
    granted_key const key{r};
    CHECK(is_host_password(&key, password_of(r), 1000));
    CHECK_FALSE(is_host_password(&key, password_of(record(2)), 1000));
    CHECK_FALSE(is_host_password(&key, password_of(r).substr(1), 1000));
    CHECK_FALSE(is_host_password(&key, password_of(r) + "a", 1000));
    CHECK_FALSE(is_host_password(&key, "", 1000));
    CHECK_FALSE(is_host_password(nullptr, "", 1000));
    auto disabled = r;
    disabled.is_disabled = true;
    granted_key const off{disabled};
    CHECK_FALSE(is_host_password(&off, password_of(r), 1000));
    auto expired = r;
    expired.expires = 1000;
    granted_key const old{expired};
    CHECK(is_host_password(&old, password_of(r), 999));
    CHECK_FALSE(is_host_password(&old, password_of(r), 1000));
}

TEST_CASE("nobody logs in by knowing what is compared where there is no key")
{
    std::vector<std::uint8_t> const nobodys(32, 0);
    CHECK_FALSE(is_host_password(nullptr, host_password(nobodys, dns::name{}), 1000));
    auto r = record(1);
    r.is_disabled = true;
    granted_key const off{r};
    CHECK_FALSE(is_host_password(&off, host_password(nobodys, r.key_name), 1000));
    granted_key const on{record(1)};
    CHECK_FALSE(is_host_password(&on, host_password(nobodys, r.key_name), 1000));
}

TEST_CASE("a replaced password is right for as long as the replaced secret")
{
    auto const before = record(1);
    auto now = record(2);
    now.retired = storage::retired_secret{before.algorithm, before.secret, 2000};
    granted_key const key{now};
    CHECK(is_host_password(&key, password_of(now), 1000));
    CHECK(is_host_password(&key, password_of(before), 2000));
    CHECK_FALSE(is_host_password(&key, password_of(before), 2001));
}
