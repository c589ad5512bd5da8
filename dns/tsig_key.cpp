#include "dns/tsig.hpp"

namespace homing::dns {

namespace {

using namespace std::string_view_literals;

struct algorithm_facts {
    std::string_view text, wire;
    std::size_t mac_size;
};

constexpr algorithm_facts algorithms[] = {
    {"hmac-md5", "\x08hmac-md5\x07sig-alg\x03reg\x03int\0"sv, 16},
    {"hmac-sha1", "\x09hmac-sha1\0"sv, 20},
    {"hmac-sha224", "\x0bhmac-sha224\0"sv, 28},
    {"hmac-sha256", "\x0bhmac-sha256\0"sv, 32},
    {"hmac-sha384", "\x0bhmac-sha384\0"sv, 48},
    {"hmac-sha512", "\x0bhmac-sha512\0"sv, 64},
};

algorithm_facts const& facts_of(tsig_algorithm a) noexcept
{
    return algorithms[static_cast<std::size_t>(a)];
}

} // namespace

std::string_view to_string(tsig_algorithm a) noexcept
{
    return facts_of(a).text;
}

std::optional<tsig_algorithm> tsig_algorithm_from_text(std::string_view text) noexcept
{
    auto const asked = name::from_text(text);
    if (!asked)
        return {};
    for (std::size_t i = 0; i < std::size(algorithms); ++i) {
        auto const a = static_cast<tsig_algorithm>(i);
        if (*asked == wire_name(a) || *asked == *name::from_text(algorithms[i].text))
            return a;
    }
    return {};
}

name_view wire_name(tsig_algorithm a) noexcept
{
    std::string_view const wire = facts_of(a).wire;
    return {reinterpret_cast<std::uint8_t const*>(wire.data()), wire.size()};
}

std::size_t mac_size(tsig_algorithm a) noexcept
{
    return facts_of(a).mac_size;
}

} // namespace homing::dns
