// What can be asked of the writer about who may use the API, and what the server remembers of itself. Plain values.
#pragma once

#include "storage/token_record.hpp"

#include <string>

namespace homing::update {

inline constexpr std::size_t max_tokens = 1024;

/// A new token; declined if there is one of that name.
struct put_token {
    storage::token_record token;
};
struct remove_token {
    std::string name;
};
/// Nothing happens if it is so already.
struct put_setting {
    std::string name, value;
};

} // namespace homing::update
