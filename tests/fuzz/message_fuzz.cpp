// Requests of any bytes: read, answered with a bare reply, and their records walked over.
#include "dns/message.hpp"
#include "dns/tsig.hpp"

#include <cstdlib>
#include <vector>

using namespace homing::dns;

namespace {

void require(bool condition)
{
    if (!condition)
        std::abort();
}

void walk(std::span<std::uint8_t const> message, request_view const& request)
{
    wire_reader in{message, request.sections[1]};
    unsigned const records = request.header.counts[1] + request.header.counts[2] + request.header.counts[3];
    record_view r;
    for (unsigned i = 0; i < records; ++i)
        read_record(in, r);
    require(in.ok() && in.position() == message.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::span<std::uint8_t const> const message{data, size};
    if (size < header_size || size > max_message_size)
        return 0;
    auto const request = request_view::read(message);
    if (request.error == rcode::noerror && request.sections[1] != 0)
        walk(message, request);
    if (request.tsig_at != 0)
        read_tsig(message, request.tsig_at);
    std::vector<std::uint8_t> reply(data, data + size);
    reply.resize(size + 11);
    std::size_t const reply_size = write_bare_reply(reply, request, rcode::refused);
    auto const again = request_view::read(std::span{reply}.first(reply_size));
    require(again.has_question == request.has_question);
    if (request.has_question && request.error == rcode::noerror)
        require(again.question.qname == request.question.qname);
    return 0;
}
