#include "dns/presentation_parse.hpp"

#include "dns/presentation.hpp"
#include "dns/presentation_encoding.hpp"
#include "dns/presentation_fields.hpp"
#include "dns/presentation_ldns.hpp"
#include "dns/presentation_svcb.hpp"

#include <algorithm>

namespace homing::dns {

namespace {

constexpr std::size_t max_rdata_size = 65535;

/// Reads the fields of one record, word by word. Each step answers false once something is wrong; `error` says what.
class field_parser {
public:
    field_parser(std::span<text_token const> words, name_view origin, std::vector<std::uint8_t>& out, std::string& error)
        : words_{words}, origin_{origin}, out_{out}, error_{error}, start_{out.size()}
    {
    }

    bool field(char letter);
    bool all_read();
    bool unknown_form();
    bool with_ldns(rr_type);

private:
    bool fail(std::string what);
    bool fail(text_token const& word, std::string_view what) { return fail(quote(word.text) + std::string{what}); }
    text_token const* word();
    text_token const* string_word();
    bool at_end() const noexcept { return next_ == words_.size(); }

    void u8(std::uint32_t v) { out_.push_back(static_cast<std::uint8_t>(v)); }
    void u16(std::uint32_t v) { u8(v >> 8), u8(v); }
    void u32(std::uint32_t v) { u16(v >> 16), u16(v); }

    bool simple(char letter);
    bool number(std::uint32_t max, void (field_parser::*put)(std::uint32_t));
    bool mnemonic(char letter);
    bool time();
    bool date();
    bool type();
    bool types();
    bool name();
    bool address4();
    bool address6();
    bool octets(text_token const&);
    bool string();
    bool strings();
    bool text();
    bool tag();
    bool groups(std::size_t count, std::size_t least, std::size_t most, char separator);
    bool hex_rest();
    bool base64_rest();
    bool salt();
    bool hash();
    bool gateway();
    bool relay_type();
    bool host_identity();
    bool parameters();

    std::span<text_token const> words_;
    std::size_t next_ = 0;
    name_view origin_;
    std::vector<std::uint8_t>& out_;
    std::string& error_;
    std::size_t start_;
};

bool field_parser::fail(std::string what)
{
    error_ = std::move(what);
    return false;
}

text_token const* field_parser::word()
{
    auto const* const w = string_word();
    if (w != nullptr && w->quoted) {
        fail(*w, " is in quotes, where a plain word belongs");
        return nullptr;
    }
    return w;
}

text_token const* field_parser::string_word()
{
    if (!at_end())
        return &words_[next_++];
    fail("is missing");
    return nullptr;
}

bool field_parser::field(char letter)
{
    switch (letter) {
    case 'S': return strings();
    case 'o': return at_end() || string();
    case 'q': return text();
    case 't': return tag();
    case '8': return groups(4, 1, 4, ':');
    case 'e': return groups(6, 2, 2, '-');
    case 'E': return groups(8, 2, 2, '-');
    case 'x': return hex_rest();
    case 'b': return base64_rest();
    case 'c': return at_end() || base64_rest();
    case 'h': return salt();
    case 'z': return hash();
    case 'M': return types();
    case 'K': return parameters();
    case 'g': return gateway();
    case 'R': return relay_type();
    case 'P': return host_identity();
    default: return simple(letter);
    }
}

bool field_parser::simple(char letter)
{
    switch (letter) {
    case 'n': return name();
    case '4': return address4();
    case '6': return address6();
    case 's': return string();
    case 'B': return number(0xFF, &field_parser::u8);
    case 'H': return number(0xFFFF, &field_parser::u16);
    case 'W': return number(0xFFFFFFFF, &field_parser::u32);
    case 'T': return time();
    case 'D': return date();
    case 'Y': return type();
    default: return mnemonic(letter);
    }
}

bool field_parser::all_read()
{
    return at_end() || fail(words_[next_], " is a word too many");
}

bool field_parser::number(std::uint32_t max, void (field_parser::*put)(std::uint32_t))
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    auto const v = read_number(w->text, max);
    if (!v)
        return fail(*w, " is not a number from 0 to " + std::to_string(max));
    (this->*put)(*v);
    return true;
}

bool field_parser::mnemonic(char letter)
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    bool const wide = letter == 'C';
    std::uint32_t const max = wide ? 0xFFFF : 0xFF;
    std::optional<std::uint32_t> v = read_number(w->text, max);
    if (!v)
        v = value_of_mnemonic(letter, w->text);
    if (!v)
        return fail(*w, " is neither a name known here nor a number from 0 to " + std::to_string(max));
    wide ? u16(*v) : u8(*v);
    return true;
}

bool field_parser::time()
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    auto v = read_number(w->text, 0xFFFFFFFF);
    if (!v)
        v = ttl_from_text(w->text);
    if (!v)
        return fail(*w, " is not a time (seconds, or like 1h30m)");
    u32(*v);
    return true;
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
std::int64_t days_to(int year, int month, int day) noexcept
{
    year -= month <= 2;
    int const shifted = (month + 9) % 12; // March is 0, so that a leap day ends its year
    int const era = year / 400, of_era = year - era * 400;
    return std::int64_t{era} * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * shifted + 2) / 5 + day - 1 - 719468;
}

std::optional<std::uint32_t> seconds_of_date(std::string_view text)
{
    if (text.size() != 14 || text.find_first_not_of("0123456789") != text.npos)
        return {};
    auto const part = [&](std::size_t at, std::size_t n) { return static_cast<int>(*read_number(text.substr(at, n), 9999)); };
    int const year = part(0, 4), month = part(4, 2), day = part(6, 2);
    int const hour = part(8, 2), minute = part(10, 2), second = part(12, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
        return {};
    std::int64_t const seconds = days_to(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return static_cast<std::uint32_t>(seconds); // modulo 2^32: RFC 4034 3.1.5
}

bool field_parser::date()
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    auto v = seconds_of_date(w->text);
    if (!v)
        v = read_number(w->text, 0xFFFFFFFF);
    if (!v)
        return fail(*w, " is not a date (YYYYMMDDHHMMSS, or seconds since 1970)");
    u32(*v);
    return true;
}

bool field_parser::type()
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    auto const t = rr_type_from_text(w->text);
    if (!t)
        return fail(*w, " is not an RR type");
    u16(static_cast<std::uint32_t>(*t));
    return true;
}

bool field_parser::types()
{
    std::vector<std::uint16_t> set;
    while (!at_end()) {
        auto const t = rr_type_from_text(words_[next_].text);
        if (!t)
            return fail("names " + quote(words_[next_].text) + ", which is not an RR type");
        set.push_back(static_cast<std::uint16_t>(*t));
        ++next_;
    }
    std::sort(set.begin(), set.end());
    for (std::size_t i = 0; i < set.size();) { // RFC 4034 4.1.2: a window for each 256 types
        std::uint8_t const window = static_cast<std::uint8_t>(set[i] >> 8);
        std::array<std::uint8_t, 32> bits{};
        std::size_t size = 0;
        for (; i < set.size() && set[i] >> 8 == window; ++i) {
            size = (set[i] & 0xFFU) / 8 + 1;
            bits[size - 1] = static_cast<std::uint8_t>(bits[size - 1] | 0x80U >> (set[i] & 7U));
        }
        u8(window), u8(static_cast<std::uint32_t>(size));
        out_.insert(out_.end(), bits.begin(), bits.begin() + static_cast<std::ptrdiff_t>(size));
    }
    return true;
}

bool field_parser::name()
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    name_octets n;
    if (auto const f = read_name(w->text, origin_, n); f != name_fault::none)
        return fail(*w, std::string{" "} + reason(f));
    out_.insert(out_.end(), n.bytes.begin(), n.bytes.begin() + static_cast<std::ptrdiff_t>(n.size));
    return true;
}

bool field_parser::address4()
{
    auto const* const w = word();
    return w != nullptr && (append_ipv4(w->text, out_) || fail(*w, " is not an IPv4 address"));
}

bool field_parser::address6()
{
    auto const* const w = word();
    return w != nullptr && (append_ipv6(w->text, out_) || fail(*w, " is not an IPv6 address"));
}

bool field_parser::octets(text_token const& w)
{
    for (std::size_t i = 0; i < w.text.size();) {
        std::uint8_t c;
        if (!take_octet(w.text, i, c))
            return fail(w, " has a malformed escape (a backslash takes three digits up to 255, or one other character)");
        out_.push_back(c);
    }
    return true;
}

bool field_parser::string()
{
    auto const* const w = string_word();
    if (w == nullptr)
        return false;
    std::size_t const at = out_.size();
    u8(0);
    if (!octets(*w))
        return false;
    std::size_t const size = out_.size() - at - 1;
    if (size > 255)
        return fail(*w, " is a string of " + std::to_string(size) + " octets; at most 255 fit, so make it several strings");
    out_[at] = static_cast<std::uint8_t>(size);
    return true;
}

bool field_parser::strings()
{
    do {
        if (!string())
            return false;
    } while (!at_end());
    return true;
}

bool field_parser::text()
{
    auto const* const w = string_word();
    return w != nullptr && octets(*w);
}

bool field_parser::tag()
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    auto const allowed = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    if (w->text.size() > 255 || !std::all_of(w->text.begin(), w->text.end(), allowed)) // RFC 8659 4.1
        return fail(*w, " is not a tag (letters and digits)");
    u8(static_cast<std::uint32_t>(w->text.size()));
    out_.insert(out_.end(), w->text.begin(), w->text.end());
    return true;
}

/// Groups of `least` to `most` hexadecimal digits, each group being most/2 octets.
bool field_parser::groups(std::size_t count, std::size_t least, std::size_t most, char separator)
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    std::string_view rest = w->text;
    for (std::size_t i = 0; i < count; ++i) {
        auto const end = i + 1 < count ? rest.find(separator) : rest.size();
        if (end == rest.npos || end < least || end > most)
            return fail(*w, " does not have the form of this address");
        hex_decoder hex{out_};
        if (!hex.add(std::string_view{"0000"}.substr(0, most - end)) || !hex.add(rest.substr(0, end)))
            return fail(*w, " does not have the form of this address");
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return true;
}

bool field_parser::hex_rest()
{
    auto const* w = word();
    if (w == nullptr)
        return false;
    hex_decoder hex{out_};
    for (;;) {
        if (!hex.add(w->text))
            return fail(*w, " is not hexadecimal");
        if (at_end())
            break;
        w = &words_[next_++];
    }
    return hex.finish() || fail("has an odd number of hexadecimal digits");
}

bool field_parser::base64_rest()
{
    auto const* w = word();
    if (w == nullptr)
        return false;
    base64_decoder base64{out_};
    for (;;) {
        if (!base64.add(w->text))
            return fail(*w, " is not base64");
        if (at_end())
            break;
        w = &words_[next_++];
    }
    return base64.finish() || fail("is base64 that is cut off");
}

bool field_parser::salt()
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    u8(static_cast<std::uint32_t>(w->text == "-" ? 0 : w->text.size() / 2));
    if (w->text == "-")
        return true;
    hex_decoder hex{out_};
    return (!w->text.empty() && w->text.size() <= 510 && hex.add(w->text) && hex.finish()) ||
           fail(*w, " is not a salt (hexadecimal, at most 255 octets, or \"-\" for none)");
}

bool field_parser::hash()
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    std::size_t const at = out_.size();
    u8(0);
    if (w->text.size() > 408 || !decode_base32hex(w->text, out_) || out_.size() - at - 1 > 255)
        return fail(*w, " is not base32hex");
    out_[at] = static_cast<std::uint8_t>(out_.size() - at - 1);
    return true;
}

bool field_parser::gateway()
{
    switch (out_[start_ + 1] & 0x7F) {
    case 0: {
        auto const* const w = word();
        return w != nullptr && (w->text == "." || fail(*w, " stands where \".\" says that there is none"));
    }
    case 1: return address4();
    case 2: return address6();
    case 3: return name();
    default: return fail("has a type before it that is not 0, 1, 2 or 3");
    }
}

bool field_parser::relay_type()
{
    if (!number(1, &field_parser::u8) || !number(0x7F, &field_parser::u8))
        return false;
    std::uint8_t const type = out_.back();
    out_.pop_back();
    out_.back() = static_cast<std::uint8_t>(out_.back() << 7 | type);
    return true;
}

bool field_parser::host_identity()
{
    u8(0); // its length, once it is known
    if (!number(0xFF, &field_parser::u8))
        return false;
    u16(0);
    auto const *const identity = word(), *const key = identity != nullptr ? word() : nullptr;
    if (key == nullptr)
        return false;
    hex_decoder hex{out_};
    std::size_t const at = out_.size();
    if (!hex.add(identity->text) || !hex.finish() || out_.size() - at > 255)
        return fail(*identity, " is not hexadecimal of at most 255 octets");
    std::size_t const identity_size = out_.size() - at;
    base64_decoder base64{out_};
    if (!base64.add(key->text) || !base64.finish() || key->text.size() > max_rdata_size)
        return fail(*key, " is not base64");
    std::size_t const key_size = out_.size() - at - identity_size;
    out_[start_] = static_cast<std::uint8_t>(identity_size);
    out_[start_ + 2] = static_cast<std::uint8_t>(key_size >> 8);
    out_[start_ + 3] = static_cast<std::uint8_t>(key_size);
    while (!at_end())
        if (!name())
            return false;
    return true;
}

bool field_parser::parameters()
{
    bool const done = parse_service_parameters(words_.subspan(next_), out_, error_);
    next_ = words_.size();
    return done;
}

/// RFC 3597 5: `\# length hex`.
bool field_parser::unknown_form()
{
    next_ = 1;
    auto const* const w = word();
    if (w == nullptr)
        return fail("the length is missing behind \\#");
    auto const size = read_number(w->text, max_rdata_size);
    if (!size)
        return fail(*w, " is not a length from 0 to 65535");
    if (*size != 0 && at_end())
        return fail("the octets are missing behind \\#");
    if (!at_end() && !hex_rest())
        return false;
    return out_.size() - start_ == *size ||
           fail("\\# says " + std::to_string(*size) + " octets, but " + std::to_string(out_.size() - start_) + " follow");
}

bool field_parser::with_ldns(rr_type t)
{
    auto const text = join_words(words_);
    return ldns_parse(t, text, out_) || fail(quote(text) + " is not in the form of this type");
}

bool parse_fields(field_parser& parser, text_form const& form, std::string& error)
{
    std::string_view words = form.words;
    for (char const letter : form.fields) {
        std::string_view const what = words.substr(0, words.find(' '));
        words.remove_prefix(std::min(what.size() + 1, words.size()));
        if (!parser.field(letter)) {
            error = "the " + std::string{what} + " " + error;
            return false;
        }
    }
    return parser.all_read();
}

bool parse_any(rr_type t, std::span<text_token const> words, field_parser& parser, std::string& error)
{
    if (!words.empty() && !words[0].quoted && words[0].text == "\\#")
        return parser.unknown_form();
    auto const* const form = find_text_form(t);
    if (form == nullptr || form->fields.empty()) {
        error = to_string(t) + " has no form of its own here; write its rdata as \\# length hexadecimal (RFC 3597)";
        return false;
    }
    if (form->fields == "L")
        return parser.with_ldns(t);
    return parse_fields(parser, *form, error);
}

} // namespace

bool parse_rdata(rr_type t, std::span<text_token const> words, name_view origin, std::vector<std::uint8_t>& out,
                 std::string& error)
{
    std::size_t const before = out.size();
    field_parser parser{words, origin, out, error};
    bool good = parse_any(t, words, parser, error);
    if (good && (out.size() - before > max_rdata_size || !is_valid_rdata(t, rdata_view{out}.subspan(before)))) {
        error = "this is not valid rdata of " + to_string(t);
        good = false;
    }
    if (!good)
        out.resize(before);
    return good;
}

} // namespace homing::dns
