// Changes of zones as people and programs read them.
//
// Whatever names, records and origins hold, nothing that a terminal would obey gets through. Pure functions; any thread.
#pragma once

#include "storage/journal_source.hpp"

#include <span>
#include <string>

namespace homing::server {

/// How much is shown: by default everything but the serial's own change, which comes with every other.
struct text_bounds {
    std::size_t records = static_cast<std::size_t>(-1);
    std::size_t columns = static_cast<std::size_t>(-1); ///< of one record
    bool serials = false;

    static constexpr text_bounds short_form() noexcept { return {10, 160}; }
};

/// A line "- www.example.com. 300 IN A 192.0.2.1" for each record that left and a "+" for each that came; the last one may be "... and 12 more".
/// `indent` stands before each line, the sign and `gap` after it.
std::string to_lines(std::span<zone::rrset_change const>, std::string_view indent, std::string_view gap, text_bounds const& = {});

/// "key.example. from 192.0.2.1#53124 via dns/udp", "user:root via cli".
std::string to_text(storage::change_origin const&);

/// An entry in some lines: its number, time, zone and serials; who made it; the records.
std::string to_text(storage::journal_entry const&, text_bounds const&);

/// An entry as one JSON object in one line, whole.
std::string to_json_line(storage::journal_entry const&);

} // namespace homing::server
