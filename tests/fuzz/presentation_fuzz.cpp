// Text and rdata: whatever text is read as rdata is valid, and prints as text that reads as the same; whatever rdata is valid prints so.
//
// The first two octets are the type; an odd third one means that rdata follows, an even one that text does.
#include "dns/presentation.hpp"

#include <cstdlib>

using namespace homing::dns;

namespace {

name const origin = *name::from_text("example.com.");

void must(bool good)
{
    if (!good)
        std::abort();
}

void prints_back(rr_type type, rdata_view rdata)
{
    auto const again = rdata_from_text(type, to_text(type, rdata), origin);
    must(again.has_value());
    must(std::equal(again->begin(), again->end(), rdata.begin(), rdata.end()));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 3)
        return 0;
    auto const type = static_cast<rr_type>(data[0] * 256U + data[1]);
    rdata_view const rest{data + 3, size - 3};
    if (data[2] % 2 != 0) {
        if (is_valid_rdata(type, rest))
            prints_back(type, rest);
        return 0;
    }
    std::string_view const text{reinterpret_cast<char const*>(rest.data()), rest.size()};
    if (auto const rdata = rdata_from_text(type, text, origin)) {
        must(is_valid_rdata(type, *rdata));
        prints_back(type, *rdata);
    }
    if (auto const n = name_from_text(text))
        must(name_from_text(n->to_string())->view() == n->view());
    if (auto const t = rr_type_from_text(text))
        must(rr_type_from_text(to_string(*t)) == t);
    ttl_from_text(text);
    return 0;
}
