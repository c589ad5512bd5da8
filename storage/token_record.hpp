// Bearer tokens of the API, and what the server remembers of itself, as they are stored. Plain values.
#pragma once

#include "dns/name.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace homing::storage {

struct token_record {
    using hash_type = std::array<std::uint8_t, 32>;

    std::string name;
    hash_type hash{};             ///< SHA-256 of the token; the token itself is stored nowhere
    bool is_read_only = false;    ///< it changes nothing and sees no secret
    std::vector<dns::name> below; ///< lower case: it concerns these names and those below them only; empty: everything
    std::int64_t created = 0;     ///< seconds since 1970
    std::int64_t expires = 0;     ///< seconds since 1970: from then on it counts for nothing; 0: never
};

/// Who may use the API, and what is remembered of how the server is reached.
struct access_records {
    std::vector<token_record> tokens;            ///< by name
    std::map<std::string, std::string> settings; ///< by name
};

} // namespace homing::storage
