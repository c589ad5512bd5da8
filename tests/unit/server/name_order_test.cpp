#include "server/commands/name_order.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;

namespace {

std::string key(char const* text)
{
    auto const n = dns::name::from_text(text)->to_lower();
    return server::sort_key({n.data(), n.size() - 1});
}

} // namespace

TEST_CASE("sort keys order names as RFC 4034 6.1 does")
{
    char const* const ordered[] = {
        ".",          "example.",         "a.example.",       "yljkjljk.a.example.", "z.a.example.", "zabc.a.example.",
        "z.example.", "\\000.z.example.", "\\001.z.example.", "\\002.z.example.",    "*.z.example.", "\\200.z.example."};
    for (std::size_t i = 0; i < std::size(ordered); ++i)
        for (std::size_t j = 0; j < std::size(ordered); ++j) {
            INFO(ordered[i] << " " << ordered[j]);
            CHECK((key(ordered[i]) < key(ordered[j])) == (i < j));
            CHECK((dns::name::from_text(ordered[i])->view().compare(*dns::name::from_text(ordered[j])) < 0) == (i < j));
        }
}
