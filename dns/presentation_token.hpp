// The words of zone-file text (RFC 1035 5.1): splitting it, and reading names, strings and numbers from a word.
//
// Words borrow from the text. Nothing is read outside the text, whatever it contains; its size is the caller's limit. Pure functions
// and values: const use is safe on any thread.
#pragma once

#include "dns/name.hpp"

#include <vector>

namespace homing::dns {

/// One word, its escapes still in it; a quoted one without its quotes.
struct text_token {
    std::string_view text;
    std::uint32_t line; ///< where it stands: lines are counted from 1
    bool quoted;
    bool glued; ///< nothing stands between it and the word before, as in key="value"
};

/// Splits text into entries: a line, or several that parentheses hold together, without comments.
class entry_scanner {
public:
    enum class outcome : std::uint8_t {
        entry,      ///< an entry with words in it was read
        end,        ///< nothing but blanks and comments was left
        incomplete, ///< the text may go on inside an entry: call again with more of it; the position is where the entry begins
        fault       ///< see fault(); the position is past the line where it stands
    };

    /// Reads from `position` of `text` and moves it. `complete`: no text follows. `line` counts along.
    outcome next(std::string_view text, std::size_t& position, std::uint32_t& line, bool complete);

    std::vector<text_token> const& tokens() const noexcept { return tokens_; }
    /// The entry's line begins with a blank: it has no owner of its own.
    bool starts_blank() const noexcept { return starts_blank_; }
    /// What is wrong, as a part of a sentence, and on which line.
    char const* fault() const noexcept { return fault_; }
    std::uint32_t fault_line() const noexcept { return fault_line_; }

private:
    enum class step : std::uint8_t { next, done, wait, wrong };
    void begin_line();
    step scan_one();
    step scan_newline();
    step scan_quoted();
    step scan_word();
    step scan_parenthesis();
    step skip_comment();
    step stop(char const* why);

    std::string_view text_;
    std::size_t at_ = 0;
    std::uint32_t line_ = 1;
    bool complete_ = false;
    std::size_t start_ = 0; // of the entry
    std::uint32_t start_line_ = 1;
    std::uint32_t depth_ = 0;
    std::uint32_t opened_line_ = 0;
    std::size_t word_end_ = 0;
    std::vector<text_token> tokens_;
    bool starts_blank_ = false;
    char const* fault_ = nullptr;
    std::uint32_t fault_line_ = 0;
};

/// Takes one octet, which may be escaped (`\DDD`, `\.`), off `text` at `i`. False if the escape is malformed.
bool take_octet(std::string_view text, std::size_t& i, std::uint8_t& octet) noexcept;

/// Why a word is not a name.
enum class name_fault : std::uint8_t { none, nothing, empty_label, long_label, long_name, bad_escape };
/// "has a label longer than 63 octets", to follow the name in a sentence.
char const* reason(name_fault) noexcept;

/// Room for a name while it is read.
struct name_octets {
    std::array<std::uint8_t, max_name_size> bytes;
    std::size_t size = 0;
    name_view view() const noexcept { return {bytes.data(), size}; }
};
/// Reads a name; a relative one ends at `origin`, "@" is the origin.
name_fault read_name(std::string_view text, name_view origin, name_octets& out) noexcept;

/// A decimal number of at most `max`.
std::optional<std::uint32_t> read_number(std::string_view text, std::uint32_t max) noexcept;

/// The word for a message: in quotes, shortened, unprintable octets replaced.
std::string quote(std::string_view text);

/// The words as one text that splits into the same words.
std::string join_words(std::span<text_token const>);

/// Letters compare without case.
bool equal_words(std::string_view a, std::string_view b) noexcept;

} // namespace homing::dns
