#include "dns/presentation_token.hpp"

#include <algorithm>

namespace homing::dns {

namespace {

constexpr bool ends_word(char c) noexcept
{
    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case ';':
    case '(':
    case ')':
    case '"':
    case '\\':
    case '\0': return true;
    default: return false;
    }
}

constexpr auto word_enders = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < table.size(); ++c)
        table[c] = ends_word(static_cast<char>(c));
    return table;
}();

constexpr bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

} // namespace

entry_scanner::outcome entry_scanner::next(std::string_view text, std::size_t& position, std::uint32_t& line, bool complete)
{
    text_ = text, at_ = position, line_ = line, complete_ = complete;
    tokens_.clear();
    depth_ = 0;
    word_end_ = text.size() + 1;
    begin_line();
    step s = step::next;
    while (s == step::next)
        s = scan_one();
    position = s == step::wait ? start_ : at_;
    line = s == step::wait ? start_line_ : line_;
    if (s == step::wait)
        return outcome::incomplete;
    if (s == step::wrong)
        return outcome::fault;
    return tokens_.empty() ? outcome::end : outcome::entry;
}

entry_scanner::step entry_scanner::scan_one()
{
    if (at_ == text_.size()) {
        if (!complete_)
            return step::wait;
        return depth_ == 0 ? step::done : stop("a parenthesis is opened here and never closed");
    }
    switch (text_[at_]) {
    case ' ':
    case '\t':
    case '\r': ++at_; return step::next;
    case '\n': return scan_newline();
    case ';': return skip_comment();
    case '(':
    case ')': return scan_parenthesis();
    case '"': return scan_quoted();
    default: return scan_word();
    }
}

entry_scanner::step entry_scanner::scan_newline()
{
    ++at_, ++line_;
    if (depth_ != 0)
        return step::next;
    if (!tokens_.empty())
        return step::done;
    begin_line();
    return step::next;
}

void entry_scanner::begin_line()
{
    start_ = at_, start_line_ = line_;
    starts_blank_ = at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t');
}

entry_scanner::step entry_scanner::skip_comment()
{
    at_ = std::min(text_.find('\n', at_), text_.size());
    return step::next;
}

entry_scanner::step entry_scanner::scan_parenthesis()
{
    if (text_[at_] == '(') {
        if (depth_++ == 0)
            opened_line_ = line_;
    } else if (depth_-- == 0) {
        return stop("a parenthesis is closed that was not opened");
    }
    ++at_;
    return step::next;
}

entry_scanner::step entry_scanner::scan_quoted()
{
    std::size_t i = at_ + 1;
    while (i < text_.size() && text_[i] != '"') {
        if (text_[i] == '\n')
            return stop("a quote is opened and not closed on the same line");
        i += text_[i] == '\\' && i + 1 < text_.size() && text_[i + 1] != '\n' ? 2 : 1;
    }
    if (i >= text_.size())
        return complete_ ? stop("a quote is opened and never closed") : step::wait;
    tokens_.push_back({text_.substr(at_ + 1, i - at_ - 1), line_, true, at_ == word_end_});
    at_ = word_end_ = i + 1;
    return step::next;
}

entry_scanner::step entry_scanner::scan_word()
{
    std::size_t i = at_;
    while (i < text_.size()) {
        if (!word_enders[static_cast<std::uint8_t>(text_[i])]) {
            ++i;
        } else if (text_[i] == '\\') {
            if (i + 1 == text_.size())
                return complete_ ? stop("a backslash has nothing behind it") : step::wait;
            if (text_[i + 1] == '\n' || text_[i + 1] == '\0')
                return stop("a backslash has nothing behind it");
            i += 2;
        } else {
            break;
        }
    }
    if (i == text_.size() && !complete_)
        return step::wait;
    if (i < text_.size() && text_[i] == '\0')
        return stop("it contains a zero octet; this is not a text file");
    tokens_.push_back({text_.substr(at_, i - at_), line_, false, at_ == word_end_});
    at_ = word_end_ = i;
    return step::next;
}

/// Reading goes on at the next line: behind an unbalanced parenthesis that is the line after the one that opened it.
entry_scanner::step entry_scanner::stop(char const* why)
{
    fault_ = why;
    fault_line_ = line_;
    if (depth_ != 0 && depth_ < ~0U && at_ == text_.size()) {
        fault_line_ = opened_line_;
        for (; line_ > opened_line_; --line_)
            at_ = text_.rfind('\n', at_ - 1);
    }
    auto const newline = text_.find('\n', at_);
    at_ = newline == std::string_view::npos ? text_.size() : newline + 1;
    if (newline != std::string_view::npos)
        ++line_;
    return step::wrong;
}

bool take_octet(std::string_view text, std::size_t& i, std::uint8_t& octet) noexcept
{
    octet = static_cast<std::uint8_t>(text[i++]);
    if (octet != '\\')
        return true;
    if (i == text.size())
        return false;
    if (!is_digit(text[i])) {
        octet = static_cast<std::uint8_t>(text[i++]);
        return true;
    }
    if (text.size() - i < 3 || !is_digit(text[i + 1]) || !is_digit(text[i + 2]))
        return false;
    int const value = (text[i] - '0') * 100 + (text[i + 1] - '0') * 10 + (text[i + 2] - '0');
    octet = static_cast<std::uint8_t>(value);
    i += 3;
    return value <= 255;
}

char const* reason(name_fault f) noexcept
{
    switch (f) {
    case name_fault::none: break;
    case name_fault::nothing: return "is empty";
    case name_fault::empty_label: return "has an empty label (two dots in a row, or one at the start)";
    case name_fault::long_label: return "has a label longer than 63 octets";
    case name_fault::long_name: return "is longer than 255 octets in all";
    case name_fault::bad_escape:
        return "has a malformed escape (a backslash takes three digits up to 255, or one other character)";
    }
    return "is a name";
}

name_fault read_name(std::string_view text, name_view origin, name_octets& out) noexcept
{
    auto& bytes = out.bytes;
    if (text == ".") {
        bytes[0] = 0;
        out.size = 1;
        return name_fault::none;
    }
    if (text.empty())
        return name_fault::nothing;
    std::size_t label = 0; // where the length octet of the current label stands
    std::size_t at = 1;
    if (text != "@") {
        for (std::size_t i = 0; i < text.size();) {
            bool const dot = text[i] == '.';
            std::uint8_t octet;
            if (!take_octet(text, i, octet))
                return name_fault::bad_escape;
            if (at == bytes.size())
                return name_fault::long_name;
            if (!dot) {
                if (at - label > max_label_size)
                    return name_fault::long_label;
                bytes[at++] = octet;
                continue;
            }
            if (at - label == 1)
                return name_fault::empty_label;
            bytes[label] = static_cast<std::uint8_t>(at - label - 1);
            label = at++;
        }
        if (at - label == 1) {
            bytes[label] = 0;
            out.size = at;
            return name_fault::none;
        }
        bytes[label] = static_cast<std::uint8_t>(at - label - 1);
        label = at;
    }
    if (label + origin.size() > bytes.size())
        return name_fault::long_name;
    std::memcpy(bytes.data() + label, origin.data(), origin.size());
    out.size = label + origin.size();
    return name_fault::none;
}

std::optional<std::uint32_t> read_number(std::string_view text, std::uint32_t max) noexcept
{
    if (text.empty() || text.size() > 20)
        return {};
    std::uint64_t value = 0;
    for (char const c : text) {
        if (!is_digit(c) || value > max)
            return {};
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value <= max ? std::optional{static_cast<std::uint32_t>(value)} : std::nullopt;
}

std::string quote(std::string_view text)
{
    constexpr std::size_t most = 60;
    std::string out = "\"";
    for (char const c : text.substr(0, most))
        out += c >= ' ' && c <= '~' ? c : '?';
    return out + (text.size() > most ? "...\"" : "\"");
}

std::string join_words(std::span<text_token const> words)
{
    std::string out;
    for (auto const& w : words) {
        if (!w.glued && !out.empty())
            out += ' ';
        if (w.quoted)
            out += '"';
        out += w.text;
        if (w.quoted)
            out += '"';
    }
    return out;
}

bool equal_words(std::string_view a, std::string_view b) noexcept
{
    auto const same = [](char x, char y) { return lower(static_cast<std::uint8_t>(x)) == lower(static_cast<std::uint8_t>(y)); };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

} // namespace homing::dns
