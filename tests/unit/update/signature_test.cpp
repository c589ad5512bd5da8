#include "update/signature.hpp"

#include "tests/support/served_zones.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using dns::rcode;
using dns::tsig_algorithm;
using tests::bytes;

namespace {

constexpr std::uint64_t now = 1'700'000'000;
bytes const old_secret(32, 'o'), new_secret(32, 'n'), other_secret(32, 'x');

bytes signed_query(tsig_algorithm algorithm, bytes const& secret, std::uint64_t when = now)
{
    bytes buffer(512);
    dns::wire_writer w{buffer, 0, buffer.size()};
    for (int const v : {0x1234, 0, 1, 0, 0, 0})
        w.u16(static_cast<std::uint16_t>(v));
    w.plain(tests::name("example.com"));
    w.u16(1), w.u16(1);
    dns::sign_request(w, dns::tsig_key{tests::name("k."), algorithm, secret}, when);
    buffer.resize(w.position());
    return buffer;
}

storage::key_record rotated(std::int64_t until, tsig_algorithm before = tsig_algorithm::hmac_sha256)
{
    auto k = tests::key("k.", {"*"});
    k.secret = new_secret;
    k.retired = storage::retired_secret{before, old_secret, until};
    return k;
}

/// What is kept of a checked_signature after its ring is gone.
struct verdict {
    rcode code, error;
    bytes secret; // of the key that a reply is signed with
    std::string reason;
};

verdict check(storage::key_record const& key, bytes const& message)
{
    update::key_ring const ring{std::vector{key}};
    auto const tsig = dns::read_tsig(message, dns::request_view::read(message).tsig_at);
    REQUIRE(tsig);
    auto const s = check_signature(ring, message, *tsig, now);
    CHECK(s.named == ring.find(tests::name("k.")));
    return {s.status.rcode, s.status.error, s.key() != nullptr ? s.key()->secret() : bytes{}, s.reason};
}

bool is_good(verdict const& v, bytes const& secret)
{
    return v.code == rcode::noerror && v.secret == secret && v.reason.empty();
}

} // namespace

TEST_CASE("A signature is checked against the key that it names")
{
    auto const key = tests::key("k.", {});
    CHECK(is_good(check(key, signed_query(key.algorithm, key.secret)), key.secret));
    auto const wrong = check(key, signed_query(key.algorithm, other_secret));
    CHECK((wrong.code == rcode::notauth && wrong.error == rcode::badsig));
    CHECK(wrong.reason.find("BADSIG") != std::string::npos);
    auto const algorithm = check(key, signed_query(tsig_algorithm::hmac_sha512, key.secret));
    CHECK((algorithm.code == rcode::notauth && algorithm.error == rcode::badkey));
    auto const late = check(key, signed_query(key.algorithm, key.secret, now - 1000));
    CHECK((late.error == rcode::badtime && late.secret == key.secret));
}

TEST_CASE("After a rotation both secrets are good, and the reply is signed with the one that was used")
{
    auto const key = rotated(now + 60);
    CHECK(is_good(check(key, signed_query(tsig_algorithm::hmac_sha256, new_secret)), new_secret));
    CHECK(is_good(check(key, signed_query(tsig_algorithm::hmac_sha256, old_secret)), old_secret));
    CHECK(check(key, signed_query(tsig_algorithm::hmac_sha256, other_secret)).error == rcode::badsig);
    auto const late = check(key, signed_query(tsig_algorithm::hmac_sha256, old_secret, now - 1000));
    CHECK((late.error == rcode::badtime && late.secret == old_secret));
}

TEST_CASE("The older secret is good to the last second of the overlap")
{
    CHECK(is_good(check(rotated(now), signed_query(tsig_algorithm::hmac_sha256, old_secret)), old_secret));
    CHECK(check(rotated(now - 1), signed_query(tsig_algorithm::hmac_sha256, old_secret)).error == rcode::badsig);
    CHECK(is_good(check(rotated(now - 1), signed_query(tsig_algorithm::hmac_sha256, new_secret)), new_secret));
}

TEST_CASE("A rotation may change the algorithm")
{
    auto const key = rotated(now + 60, tsig_algorithm::hmac_md5);
    CHECK(is_good(check(key, signed_query(tsig_algorithm::hmac_md5, old_secret)), old_secret));
    CHECK(check(key, signed_query(tsig_algorithm::hmac_md5, new_secret)).error == rcode::badsig);
    CHECK(check(key, signed_query(tsig_algorithm::hmac_sha256, old_secret)).error == rcode::badsig);
    CHECK(check(key, signed_query(tsig_algorithm::hmac_sha1, old_secret)).error == rcode::badkey);
}

TEST_CASE("A key that is disabled or has expired is as good as none, whatever the signature")
{
    for (bool const disabled : {true, false}) {
        auto key = tests::key("k.", {"*"});
        key.is_disabled = disabled;
        key.expires = disabled ? 0 : static_cast<std::int64_t>(now);
        for (auto const& secret : {key.secret, other_secret}) {
            auto const v = check(key, signed_query(key.algorithm, secret));
            CHECK((v.code == rcode::notauth && v.error == rcode::badkey && v.secret.empty()));
            CHECK(v.reason.find(disabled ? "disabled" : "expired") != std::string::npos);
        }
    }
    auto key = tests::key("k.", {"*"});
    key.expires = static_cast<std::int64_t>(now) + 1;
    CHECK(is_good(check(key, signed_query(key.algorithm, key.secret)), key.secret));
}

TEST_CASE("A key that there is not is BADKEY")
{
    auto const message = signed_query(tsig_algorithm::hmac_sha256, new_secret);
    auto const tsig = dns::read_tsig(message, dns::request_view::read(message).tsig_at);
    auto const s = check_signature(update::key_ring{}, message, *tsig, now);
    CHECK((s.status.rcode == rcode::notauth && s.status.error == rcode::badkey && s.named == nullptr && s.key() == nullptr));
}
