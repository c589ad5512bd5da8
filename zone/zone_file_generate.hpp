// $GENERATE, BIND's way to write many similar records in one line.
//
// Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace homing::zone {

/// "1-100" or "0-254/2".
struct generate_range {
    std::uint32_t start, stop, step;

    /// How many records it makes.
    std::uint64_t size() const noexcept { return (std::uint64_t{stop} - start) / step + 1; }
};

/// More than the addresses of a /16 are not made from one line.
inline constexpr std::uint64_t most_generated = 65536;
inline constexpr std::uint64_t most_generated_in_file = 1'000'000;

/// Nothing if the text is not a range.
std::optional<generate_range> generate_range_from_text(std::string_view);

/// The text with each `$` and `${offset,width,base}` replaced by the number; `\$` and `$$` stand for a dollar. Nothing if malformed.
std::optional<std::string> expand_generated(std::string_view text, std::uint32_t number);

} // namespace homing::zone
