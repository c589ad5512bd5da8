// Signed messages of any bytes: the TSIG is read, verified and answered; what we sign ourselves verifies.
#include "dns/tsig.hpp"

#include <cstdlib>

using namespace homing::dns;

namespace {

constexpr std::uint64_t signing_time = 1700000000; // of the corpus

void require(bool condition)
{
    if (!condition)
        std::abort();
}

tsig_key const& key()
{
    static tsig_key const k{*name::from_text("key.example"), tsig_algorithm::hmac_sha256, std::vector<std::uint8_t>(32, 1)};
    return k;
}

/// Signs the message and looks whether it verifies.
void round_trip(std::span<std::uint8_t const> message)
{
    std::vector<std::uint8_t> buffer(message.size() + 1000);
    wire_writer out{buffer, 0, buffer.size()};
    out.bytes(message);
    if (message[10] == 0xFF && message[11] == 0xFF)
        return; // no room in the count
    sign_request(out, key(), signing_time);
    auto const signed_message = out.written();
    auto const t = read_tsig(signed_message, message.size());
    require(t && verify_tsig(signed_message, *t, &key(), signing_time).verified());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::span<std::uint8_t const> const message{data, size};
    if (size < header_size || size > max_message_size)
        return 0;
    round_trip(message);
    auto const request = request_view::read(message);
    if (request.error != rcode::noerror || request.tsig_at == 0)
        return 0;
    auto const t = read_tsig(message, request.tsig_at);
    if (!t)
        return 0;
    tsig_key const* const known = t->key_name == key().key_name() ? &key() : nullptr;
    auto const state = make_reply_state(*t, verify_tsig(message, *t, known, signing_time));
    std::vector<std::uint8_t> reply(data, data + t->start);
    reply.resize(t->start + tsig_reply_size(state, known));
    wire_writer out{reply, t->start, reply.size()};
    sign_reply(out, state, known, signing_time);
    require(out.ok() && out.position() == reply.size());
    return 0;
}
