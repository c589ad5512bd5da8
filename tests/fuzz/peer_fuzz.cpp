// What other servers send to a primary: answers to its NOTIFY and its questions for a SOA, and requests for transfers. Whatever the octets are,
// nothing is believed that is not signed, and every answer of ours is a whole message.
#include "server/peer_message.hpp"
#include "server/transfer_stream.hpp"
#include "zone/zone_builder.hpp"

#include <cstdlib>

using namespace homing;

namespace {

constexpr std::uint64_t signing_time = 1700000000; // of the corpus
constexpr std::size_t most_messages = 64;

void require(bool condition)
{
    if (!condition)
        std::abort();
}

storage::key_record key_record()
{
    storage::key_record k;
    k.key_name = *dns::name::from_text("key.example.");
    k.algorithm = dns::tsig_algorithm::hmac_sha256;
    k.secret.assign(32, 1);
    storage::grant everything;
    everything.may.transfer = true;
    everything.number = k.grants_made = 1;
    k.grants.push_back(everything);
    return k;
}

/// A server with one zone.
struct world {
    zone::versions versions{1};
    update::key_ring keys{std::vector{key_record()}};
    dns::name apex = *dns::name::from_text("example.com.");

    world()
    {
        static constexpr std::uint8_t soa[] = {0, 25, 1, 'n', 0, 1, 'h', 0, 0, 0, 0, 9, 0, 0, 0, 1,
                                               0, 0,  0, 1,   0, 0, 0,   1, 0, 0, 0};
        static constexpr std::uint8_t address[] = {0, 4, 192, 0, 2, 1};
        std::vector<std::uint8_t> whole(soa, soa + sizeof soa);
        whole.resize(2 + 2 * 3 + 20);
        whole[1] = static_cast<std::uint8_t>(whole.size() - 2);
        zone::loader loader{versions};
        loader.begin_zone(1, apex);
        loader.rrset({}, dns::rr_type::soa, 60, whole);
        static constexpr std::uint8_t owner[] = {3, 'w', 'w', 'w'};
        loader.rrset(owner, dns::rr_type::a, 60, address);
        require(loader.end_zone());
        loader.publish();
    }
};

void answer_of_peer(std::span<std::uint8_t const> message)
{
    static dns::tsig_key const key{*dns::name::from_text("key.example."), dns::tsig_algorithm::hmac_sha256,
                                   std::vector<std::uint8_t>(32, 1)};
    auto const id = server::answer_id(message);
    for (auto const kind : {server::peer_question::notify, server::peer_question::soa}) {
        server::asked_peer const asked{kind, id.value_or(0), *dns::name::from_text("example.com."),
                                       std::vector<std::uint8_t>(32, 2)};
        auto const plain = server::read_answer(message, asked, nullptr, signing_time);
        require(!plain || id);
        auto const checked = server::read_answer(message, asked, &key, signing_time);
        require(!checked || !checked->serial || dns::request_view::read(message).tsig_at != 0);
    }
}

void request_for_transfer(std::span<std::uint8_t const> message)
{
    static world w;
    auto const request = dns::request_view::read(message);
    bool const is_transfer = request.header.opcode() == dns::opcode::query && !request.header.is_response() &&
                             request.error == dns::rcode::noerror && request.question.klass == dns::rr_class::in &&
                             (request.question.type == dns::rr_type::axfr || request.question.type == dns::rr_type::ixfr);
    if (!is_transfer)
        return;
    for (bool const is_open : {false, true}) {
        std::vector<std::uint8_t> buffer(65535);
        std::copy(message.begin(), message.end(), buffer.begin());
        server::transfer_fence fence;
        if (is_open)
            fence.unsigned_from.push_back(server::address_range::parse("0.0.0.0/0").value());
        server::exchange const x{.buffer = buffer, .request_size = message.size(), .over_tcp = true};
        auto opening = server::transfer_stream::open(x, {}, w.versions, w.keys, fence, signing_time);
        require(opening.stream != nullptr || opening.reply_size >= dns::header_size);
        if (opening.stream == nullptr)
            continue;
        if (opening.stream->is_waiting())
            opening.stream->take(nullptr);
        for (std::size_t n = 0; !opening.stream->is_done(); ++n) {
            require(n < most_messages);
            auto const sent = opening.stream->next(signing_time).subspan(2);
            require(dns::request_view::read(sent).error == dns::rcode::noerror);
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::span<std::uint8_t const> const message{data, size};
    if (size < dns::header_size || size > 4096)
        return 0;
    answer_of_peer(message);
    request_for_transfer(message);
    return 0;
}
