// Queries of any bytes, as the dyndns2 endpoint takes them apart: whatever comes out is an update that the writer can do, or an answer that no client
// takes for success.
#include "update/dyndns2.hpp"
#include "update/host_edits.hpp"

#include <cstdlib>

using namespace homing;
using namespace homing::update;

namespace {

void require(bool condition)
{
    if (!condition)
        std::abort();
}

void check(address_wish const& wish, std::size_t size)
{
    require(wish.rdata.size() == (wish.what == address_wish::kind::set ? size : 0));
}

void check(host_update& u)
{
    check(u.ipv4, 4);
    check(u.ipv6, 16);
    require(!u.hosts.empty() && u.hosts.size() <= max_dyndns2_hosts);
    storage::host_record host;
    host.ipv6_suffix.emplace().fill(0xff);
    for (auto const& set : wanted_addresses(u, host))
        require(set.size() <= 1);
    auto const reply = to_dyndns2(u, {});
    require(reply.http_status != 200 && reply.body.find("good") == std::string::npos); // nobody has done it
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    query_parameters p;
    p.add({reinterpret_cast<char const*>(data), size});
    auto read = read_dyndns2(p, {192, 0, 2, 1}, dns::name{});
    if (auto* const u = std::get_if<host_update>(&read))
        check(*u);
    else
        require(std::get<dyndns2_reply>(read).http_status == 400);
    return 0;
}
