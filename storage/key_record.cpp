#include "storage/key_record.hpp"

#include <array>

namespace homing::storage {

namespace {

constexpr std::array<std::string_view, 7> presets{"", "host", "acme", "dhcp", "external-dns", "zone", "admin"};

} // namespace

std::string_view to_string(preset p) noexcept
{
    return presets[static_cast<std::size_t>(p)];
}

std::optional<preset> preset_from_text(std::string_view text) noexcept
{
    for (std::size_t i = 1; i < presets.size(); ++i)
        if (presets[i] == text)
            return static_cast<preset>(i);
    return {};
}

std::vector<std::string_view> words_of(rights const& may)
{
    std::vector<std::string_view> words;
    if (may.update)
        words.emplace_back("update");
    if (may.transfer)
        words.emplace_back("transfer");
    if (may.query)
        words.emplace_back("query");
    return words;
}

bool grant::is_like(grant const& other) const noexcept
{
    return where == other.where && any == other.any && preset == other.preset && exact == other.exact &&
           at_apex == other.at_apex && may == other.may && types == other.types;
}

} // namespace homing::storage
