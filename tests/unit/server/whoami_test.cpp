#include "server/whoami.hpp"

#include "dns/whoami.hpp"

#include <catch2/catch_test_macros.hpp>

#include <vector>

using namespace homing;
using namespace homing::server;
using bytes = std::vector<std::uint8_t>;

namespace {

bytes question(dns::rr_type type, bool edns = false)
{
    bytes q{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, edns};
    auto const name = dns::whoami_name();
    q.insert(q.end(), name.data(), name.data() + name.size());
    q.insert(q.end(), {0, static_cast<std::uint8_t>(type), 0, 1});
    if (edns)
        q.insert(q.end(), {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0});
    return q;
}

bytes answer(bytes const& q, char const* client)
{
    bytes buffer(4096);
    std::copy(q.begin(), q.end(), buffer.begin());
    auto const view = dns::request_view::read(q);
    REQUIRE(view.error == dns::rcode::noerror);
    REQUIRE(is_whoami(view.question));
    buffer.resize(write_whoami(buffer, view, *socket_address::from_text(client, 5353)));
    auto const reply = dns::request_view::read(buffer);
    CHECK(reply.error == dns::rcode::noerror);
    CHECK((reply.header.flags & 0x8000U) != 0);
    CHECK((reply.header.flags & 15U) == 0);
    CHECK(reply.question.qname == dns::whoami_name());
    CHECK(reply.edns.present == view.edns.present);
    return buffer;
}

/// The rdata of the only record, nothing where there is none.
bytes rdata(bytes const& reply)
{
    auto const view = dns::request_view::read(reply);
    if (view.header.counts[1] == 0)
        return {};
    CHECK(view.header.counts[1] == 1);
    dns::wire_reader in{reply, view.sections[1]};
    dns::record_view r;
    dns::read_record(in, r);
    CHECK(r.owner == dns::whoami_name());
    CHECK(r.type == view.question.type);
    CHECK(r.ttl == 0);
    return {reply.begin() + static_cast<std::ptrdiff_t>(r.rdata_at),
            reply.begin() + static_cast<std::ptrdiff_t>(r.rdata_at + r.rdata_size)};
}

} // namespace

TEST_CASE("a client is told the address that it comes from")
{
    for (bool const edns : {false, true}) {
        CHECK(rdata(answer(question(dns::rr_type::a, edns), "203.0.113.9")) == bytes{203, 0, 113, 9});
        CHECK(rdata(answer(question(dns::rr_type::aaaa, edns), "2001:db8::9")) ==
              bytes{0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9});
        CHECK(rdata(answer(question(dns::rr_type::txt, edns), "203.0.113.9")) ==
              bytes{11, '2', '0', '3', '.', '0', '.', '1', '1', '3', '.', '9'});
        CHECK(rdata(answer(question(dns::rr_type::aaaa, edns), "203.0.113.9")).empty());
        CHECK(rdata(answer(question(dns::rr_type::a, edns), "2001:db8::9")).empty());
        CHECK(rdata(answer(question(dns::rr_type::mx, edns), "203.0.113.9")).empty());
    }
}

TEST_CASE("only this name, of class IN, is such a question")
{
    auto view = dns::request_view::read(question(dns::rr_type::a));
    CHECK(is_whoami(view.question));
    view.question.qname = *dns::name::from_text("WhoAmI.Homing.Invalid");
    CHECK(is_whoami(view.question));
    view.question.klass = dns::rr_class::ch;
    CHECK_FALSE(is_whoami(view.question));
    view.question.klass = dns::rr_class::in;
    view.question.qname = *dns::name::from_text("a.whoami.homing.invalid");
    CHECK_FALSE(is_whoami(view.question));
}
