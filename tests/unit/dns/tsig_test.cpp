#include "dns/tsig.hpp"

#include "tests/support/bytes.hpp"
#include "tests/unit/dns/tsig_vectors.hpp"

#include <catch2/catch_all.hpp>

#include <atomic>
#include <thread>

using namespace homing;
using namespace homing::dns;
using test::hex;
using test::octets;
using test::operator""_n;

namespace {

constexpr std::uint64_t signing_time = 1700000000;

octets counting_secret(std::size_t size)
{
    octets secret(size);
    for (std::size_t i = 0; i < size; ++i)
        secret[i] = static_cast<std::uint8_t>(i);
    return secret;
}

std::shared_ptr<tsig_key const> make_key(tsig_algorithm a = tsig_algorithm::hmac_sha256,
                                         std::string_view key_name = "key.example")
{
    return std::make_shared<tsig_key>(*name::from_text(key_name), a, counting_secret(32));
}

tsig_view tsig_of(octets const& message)
{
    auto const request = request_view::read(message);
    REQUIRE(request.error == rcode::noerror);
    REQUIRE(request.tsig_at != 0);
    auto const t = read_tsig(message, request.tsig_at);
    REQUIRE(t);
    return *t;
}

tsig_status verified(octets const& message, tsig_key const* key, std::uint64_t now = signing_time)
{
    return verify_tsig(message, tsig_of(message), key, now);
}

/// The message as it was before it was signed.
octets stripped(octets message)
{
    message.resize(tsig_of(message).start);
    --message[11];
    return message;
}

template <class Sign>
octets with_signature(octets const& message, Sign&& sign)
{
    octets buffer(max_message_size);
    wire_writer out{buffer, 0, buffer.size()};
    out.bytes(message);
    sign(out);
    CHECK(out.ok());
    return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(out.position())};
}

octets const request = hex(test::signed_exchanges[3].request); // hmac-sha256

/// The request with its MAC cut to `size` octets.
octets truncated(std::size_t size)
{
    octets m = request;
    auto const t = tsig_of(m);
    std::size_t const at = static_cast<std::size_t>(t.mac.data() - m.data());
    auto const begin = m.begin() + static_cast<std::ptrdiff_t>(at);
    std::ptrdiff_t const surplus = static_cast<std::ptrdiff_t>(t.mac.size()) - static_cast<std::ptrdiff_t>(size);
    if (surplus >= 0)
        m.erase(begin + static_cast<std::ptrdiff_t>(size), begin + static_cast<std::ptrdiff_t>(t.mac.size()));
    else
        m.insert(begin, static_cast<std::size_t>(-surplus), 0);
    m[at - 1] = static_cast<std::uint8_t>(size);
    std::size_t const rdata_size_at = t.start + 13 + 8;
    m[rdata_size_at + 1] = static_cast<std::uint8_t>(m[rdata_size_at + 1] - surplus);
    return m;
}

} // namespace

TEST_CASE("requests that another implementation signed are verified, with every algorithm")
{
    for (auto const& e : test::signed_exchanges) {
        auto const key = make_key(e.algorithm);
        CHECK(verified(hex(e.request), key.get()).verified());
        CHECK(tsig_of(hex(e.request)).mac.size() == mac_size(e.algorithm));
    }
}

TEST_CASE("requests are signed as another implementation signs them")
{
    for (auto const& e : test::signed_exchanges) {
        auto const key = make_key(e.algorithm);
        octets mac;
        auto const ours =
            with_signature(stripped(hex(e.request)), [&](auto& out) { mac = sign_request(out, *key, signing_time); });
        CHECK(ours == hex(e.request));
        auto const theirs = tsig_of(ours).mac;
        CHECK(mac == octets(theirs.begin(), theirs.end()));
    }
}

TEST_CASE("replies are signed as another implementation signs them, and verified")
{
    for (auto const& e : test::signed_exchanges) {
        auto const key = make_key(e.algorithm);
        auto const asked = hex(e.request), theirs = hex(e.reply);
        auto const view = tsig_of(asked);
        auto const state = make_reply_state(view, verify_tsig(asked, view, key.get(), signing_time));
        auto const bare = stripped(theirs);
        auto const ours = with_signature(bare, [&](auto& out) { sign_reply(out, state, key.get(), signing_time); });
        CHECK(ours == theirs);
        CHECK(ours.size() == bare.size() + tsig_reply_size(state, key.get()));
        CHECK(verify_tsig_reply(ours, tsig_of(ours), key.get(), view.mac, signing_time).verified());
        CHECK(verify_tsig_reply(ours, tsig_of(ours), key.get(), view.mac.first(1), signing_time).error == rcode::badsig);
    }
}

TEST_CASE("a secret longer than a block is hashed, and the case of key names does not matter")
{
    tsig_key const key{"KEY.example"_n, tsig_algorithm::hmac_sha512, counting_secret(200)};
    CHECK(key.key_name().to_string() == "key.example.");
    CHECK(verified(hex(test::request_with_a_long_secret), &key).verified());
}

TEST_CASE("the messages of a stream are signed over the one before")
{
    auto const asked = hex(test::transfer_request);
    auto const key = make_key();
    auto const view = tsig_of(asked);
    tsig_stream_signer signer{make_reply_state(view, verify_tsig(asked, view, key.get(), signing_time)), key};
    std::uint64_t now = signing_time;
    for (auto const* const text : test::transfer_messages) {
        auto const theirs = hex(text);
        CHECK(with_signature(stripped(theirs), [&](auto& out) { signer.sign(out, now); }) == theirs);
        ++now;
    }
}

TEST_CASE("any changed bit of a signed request is noticed")
{
    auto const key = make_key();
    auto const mac = tsig_of(request).mac;
    auto const mac_at = static_cast<std::size_t>(mac.data() - request.data());
    for (std::size_t bit = 0; bit < request.size() * 8; ++bit) {
        octets changed = request;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        auto const parsed = request_view::read(changed);
        if (parsed.error != rcode::noerror || parsed.tsig_at == 0)
            continue;
        auto const t = read_tsig(changed, parsed.tsig_at);
        if (!t || t->key_name != key->key_name())
            continue;
        bool const is_id = bit / 8 < 2;                                              // a forwarder may change the ID
        bool const is_case = bit % 8 == 5 && bit / 8 > t->start && bit / 8 < mac_at; // of the names
        bool const is_verified = verify_tsig(changed, *t, key.get(), signing_time).verified();
        if (is_id)
            CHECK(is_verified);
        else if (is_verified)
            CHECK(is_case);
    }
}

TEST_CASE("an unknown key, or a known one with another algorithm, is BADKEY and answered without a MAC")
{
    auto const key = make_key(tsig_algorithm::hmac_sha512);
    for (tsig_key const* const k : {static_cast<tsig_key const*>(nullptr), key.get()}) {
        auto const view = tsig_of(request);
        auto const status = verify_tsig(request, view, k, signing_time);
        CHECK(status.rcode == rcode::notauth);
        CHECK(status.error == rcode::badkey);
        auto const state = make_reply_state(view, status);
        auto const reply = with_signature(stripped(request), [&](auto& out) { sign_reply(out, state, k, signing_time); });
        CHECK(reply.size() == stripped(request).size() + tsig_reply_size(state, k));
        auto const t = tsig_of(reply);
        CHECK(t.mac.empty());
        CHECK(t.error == 17);
        CHECK(t.key_name == "key.example"_n);
        CHECK(t.algorithm == "hmac-sha256"_n);
        CHECK(t.original_id == 0x1234);
    }
}

TEST_CASE("a wrong secret is BADSIG and answered without a MAC")
{
    tsig_key const key{"key.example"_n, tsig_algorithm::hmac_sha256, counting_secret(31)};
    auto const view = tsig_of(request);
    auto const status = verify_tsig(request, view, &key, signing_time);
    CHECK(status.rcode == rcode::notauth);
    CHECK(status.error == rcode::badsig);
    auto const state = make_reply_state(view, status);
    auto const reply = with_signature(stripped(request), [&](auto& out) { sign_reply(out, state, &key, signing_time); });
    CHECK(tsig_of(reply).mac.empty());
    CHECK(tsig_of(reply).error == 16);
}

TEST_CASE("the time may be as far away as the fudge says")
{
    auto const key = make_key();
    CHECK(verified(request, key.get(), signing_time + 300).verified());
    CHECK(verified(request, key.get(), signing_time - 300).verified());
    CHECK(verified(request, key.get(), signing_time + 301).error == rcode::badtime);
    CHECK(verified(request, key.get(), signing_time - 301).error == rcode::badtime);
}

TEST_CASE("BADTIME is answered with the server's time, signed so that the client can verify it")
{
    auto const asked = hex(test::transfer_request);
    auto const key = make_key();
    auto const view = tsig_of(asked);
    constexpr std::uint64_t server_time = 1700009999;
    auto const state = make_reply_state(view, verify_tsig(asked, view, key.get(), server_time));
    CHECK(state.status.error == rcode::badtime);
    auto const theirs = hex(test::badtime_reply);
    auto const ours = with_signature(stripped(theirs), [&](auto& out) { sign_reply(out, state, key.get(), server_time); });
    CHECK(ours == theirs);
    CHECK(ours.size() == stripped(theirs).size() + tsig_reply_size(state, key.get()));
}

TEST_CASE("a wrong MAC is BADSIG even when the time is wrong too")
{
    octets changed = request;
    changed[tsig_of(request).start - 1] ^= 1; // the address
    CHECK(verified(changed, make_key().get(), signing_time + 5000).error == rcode::badsig);
}

TEST_CASE("a MAC may be cut to half its size and is answered with a whole one")
{
    auto const key = make_key();
    for (std::size_t size = 16; size <= 32; ++size)
        CHECK(verified(truncated(size), key.get()).verified());
    for (std::size_t const size : {0, 1, 10, 15, 33, 64}) {
        auto const status = verified(truncated(size), key.get());
        CHECK(status.rcode == rcode::formerr);
        CHECK(status.error == rcode::noerror);
        CHECK(tsig_reply_size(make_reply_state(tsig_of(truncated(size)), status), key.get()) == 0);
    }
    auto const cut = truncated(16);
    auto const state = make_reply_state(tsig_of(cut), {});
    auto const reply = with_signature(stripped(cut), [&](auto& out) { sign_reply(out, state, key.get(), signing_time); });
    CHECK(tsig_of(reply).mac.size() == 32);
    CHECK(verify_tsig_reply(reply, tsig_of(reply), key.get(), tsig_of(cut).mac, signing_time).verified());
}

TEST_CASE("a MAC of fewer than ten octets is never enough")
{
    tsig_key const key{"key.example"_n, tsig_algorithm::hmac_md5, counting_secret(32)};
    auto const message = hex(test::signed_exchanges[0].request);
    auto view = tsig_of(message);
    view.mac = view.mac.first(10);
    CHECK(verify_tsig(message, view, &key, signing_time).verified());
    view.mac = view.mac.first(9);
    CHECK(verify_tsig(message, view, &key, signing_time).rcode == rcode::formerr);
}

TEST_CASE("the original ID is digested, whatever a forwarder made of the ID")
{
    octets forwarded = request;
    forwarded[0] = 0xAB;
    auto const key = make_key();
    auto const view = tsig_of(forwarded);
    CHECK(verify_tsig(forwarded, view, key.get(), signing_time).verified());
    auto const state = make_reply_state(view, {});
    auto const reply = with_signature(stripped(forwarded), [&](auto& out) { sign_reply(out, state, key.get(), signing_time); });
    CHECK(reply[0] == 0xAB);
    CHECK(tsig_of(reply).original_id == 0x1234);
    CHECK(verify_tsig_reply(reply, tsig_of(reply), key.get(), view.mac, signing_time).verified());
}

TEST_CASE("a TSIG that does not fit latches the writer and is not counted")
{
    octets buffer(120);
    auto const bare = stripped(request);
    wire_writer out{buffer, 0, buffer.size()};
    out.bytes(bare);
    sign_reply(out, make_reply_state(tsig_of(request), {}), make_key().get(), signing_time);
    CHECK_FALSE(out.ok());
    CHECK(buffer[11] == 0);
}

TEST_CASE("rdata of a TSIG that is not whole gives nothing")
{
    auto const at = tsig_of(request).start;
    std::size_t const size_at = at + 13 + 8, alg_at = size_at + 2;
    CHECK_FALSE(read_tsig(std::span{request}.first(request.size() - 1), at));
    CHECK_FALSE(read_tsig(request, request.size()));
    for (std::size_t const i : {at + 13 + 3, at + 13 + 7, size_at + 1, alg_at, alg_at + 21, request.size() - 1}) {
        octets changed = request; // class, TTL, size, algorithm, size of the MAC, size of other data
        ++changed[i];
        CHECK_FALSE(read_tsig(changed, at));
    }
}

TEST_CASE("algorithms are known by all their names")
{
    CHECK(tsig_algorithm_from_text("HMAC-SHA256") == tsig_algorithm::hmac_sha256);
    CHECK(tsig_algorithm_from_text("hmac-sha1.") == tsig_algorithm::hmac_sha1);
    CHECK(tsig_algorithm_from_text("hmac-md5") == tsig_algorithm::hmac_md5);
    CHECK(tsig_algorithm_from_text("hmac-md5.sig-alg.reg.int.") == tsig_algorithm::hmac_md5);
    CHECK_FALSE(tsig_algorithm_from_text("hmac-sha3"));
    CHECK_FALSE(tsig_algorithm_from_text(""));
    CHECK(to_string(tsig_algorithm::hmac_sha384) == "hmac-sha384");
    CHECK(wire_name(tsig_algorithm::hmac_md5) == "hmac-md5.sig-alg.reg.int"_n);
}

TEST_CASE("one key serves many threads")
{
    auto const key = make_key();
    std::atomic<int> good = 0;
    std::vector<std::thread> threads;
    auto const view = tsig_of(request);
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 500; ++n)
                good += verify_tsig(request, view, key.get(), signing_time).verified();
        });
    for (auto& t : threads)
        t.join();
    CHECK(good == 2000);
}
