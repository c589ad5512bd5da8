// Whatever comes back to an agent: as a reply to an update, to a question, and as news from the kernel.
#include "agent/address_table.hpp"
#include "agent/messages.hpp"

#include <cstdlib>

using namespace homing;
using namespace homing::agent;

namespace {

constexpr std::uint64_t signing_time = 1700000000; // of the corpus

void require(bool condition)
{
    if (!condition)
        std::abort();
}

struct requests {
    dns::name host = *dns::name::from_text("home.example.com");
    dns::tsig_key key{host, dns::tsig_algorithm::hmac_sha256, std::vector<std::uint8_t>(32, 1)};
    request update =
        make_update(0x1234, *dns::name::from_text("example.com"), host, 60,
                    std::vector<replacement>{{address_family::ipv4, ip_address::from_text("203.0.113.1")}}, key, signing_time);
    request query = make_query(0x1234, host, dns::rr_type::a, false);
    request whoami = make_whoami(0x1234, address_family::ipv4, key, signing_time);
};

void read(std::span<std::uint8_t const> message, request const& asked, dns::tsig_key const* key)
{
    auto const read = read_reply(message, asked, key, signing_time);
    if (auto const* const r = std::get_if<reply>(&read); r != nullptr && key != nullptr)
        require(r->is_authentic || r->rcode != dns::rcode::noerror); // nobody can tell of success without the key
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    static requests const asked;
    std::span<std::uint8_t const> const message{data, size};
    read(message, asked.update, &asked.key);
    read(message, asked.whoami, &asked.key);
    read(message, asked.query, nullptr);
    for (auto const& a : addresses_in(message, dns::rr_type::aaaa, &asked.host))
        require(a.family() == address_family::ipv6);
    addresses_in(message, dns::rr_type::a, nullptr);
    if (auto const found = soa_in(message, asked.host))
        require(asked.host.view().is_subdomain_of(found->zone));
    address_table table;
    table.apply(message);
    require(table.usable().size() <= address_table::most_addresses);
    return 0;
}
