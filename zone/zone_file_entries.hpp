// The entries of a zone file, one after the other, from a stream that may be a pipe.
//
// Keeps a window of the file in memory: no more than the longest entry allowed and one block. One thread.
#pragma once

#include "dns/presentation_token.hpp"
#include "zone/zone_file.hpp"

#include <vector>

namespace homing::zone {

class zone_file_entries {
public:
    /// The stream stays open; `report` is told of each block.
    zone_file_entries(std::FILE* file, progress const& report);

    enum class outcome : std::uint8_t {
        entry,     ///< words() are its words; they live until the next call
        end,       ///< the file is at its end
        fault,     ///< fault() says what is wrong at line(); reading can go on
        cut_short, ///< the same, and reading cannot go on
        unreadable ///< the stream failed; errno says why
    };
    outcome next();

    std::vector<dns::text_token> const& words() const noexcept { return scanner_.tokens(); }
    /// The line begins with a blank: the owner is that of the record before.
    bool starts_blank() const noexcept { return scanner_.starts_blank(); }
    char const* fault() const noexcept { return fault_; }
    std::uint32_t line() const noexcept { return fault_line_; }

private:
    bool read_block();
    outcome too_long();

    std::FILE* file_;
    progress const& report_;
    std::uint64_t total_ = 0;
    std::uint64_t done_ = 0;
    std::size_t block_size_ = 4096; // at first: many zone files are tiny
    std::vector<char> window_;
    std::size_t begin_ = 0; // of what was not yet taken
    std::size_t end_ = 0;
    std::uint32_t next_line_ = 1;
    bool complete_ = false;
    dns::entry_scanner scanner_;
    char const* fault_ = nullptr;
    std::uint32_t fault_line_ = 0;
};

} // namespace homing::zone
