#include "zone/zone_file.hpp"

#include "dns/presentation.hpp"
#include "dns/presentation_parse.hpp"
#include "zone/zone_file_entries.hpp"
#include "zone/zone_file_generate.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace homing::zone {

namespace {

using dns::quote;
using dns::text_token;

constexpr std::size_t most_errors = 20;
constexpr std::uint32_t max_ttl = 0x7FFFFFFF; // RFC 2181 8

/// What stands between the owner and the type, in either order (RFC 1035 5.1).
struct record_head {
    std::optional<std::uint32_t> ttl;
    bool has_class = false;
};

bool is_class_other_than_in(std::string_view word)
{
    for (std::string_view const c : {"CH", "CHAOS", "HS", "HESIOD", "CS", "NONE"})
        if (dns::equal_words(word, c))
            return true;
    return word.size() > 5 && dns::equal_words(word.substr(0, 5), "CLASS");
}

bool is_class_in(std::string_view word)
{
    return dns::equal_words(word, "IN") || dns::equal_words(word, "CLASS1");
}

/// Turns entries into records of a zone. What an entry changes for those behind it - origin, TTL, owner - stands here.
class record_reader {
public:
    record_reader(zone_file_entries& entries, dns::name_view origin, file_reading& out)
        : entries_{entries}, origin_{origin}, out_{out}
    {
    }

    /// False if the stream failed.
    bool read_all();

private:
    void take(std::span<text_token const> words);
    void take_directive(std::span<text_token const> words);
    void take_origin(text_token const& word);
    void take_ttl(text_token const& word);
    bool read_owner(std::span<text_token const>& words);
    bool read_head(std::span<text_token const>& words, record_head& head);
    bool read_head_word(text_token const& word, record_head& head, bool& taken);
    void take_record(std::span<text_token const> words, std::uint32_t line);
    bool read_type(std::span<text_token const>& words, dns::rr_type& type, std::uint32_t line);
    bool add(record_head const&, dns::rr_type, std::span<text_token const> words, std::uint32_t line);
    void take_generate(std::span<text_token const> words);
    bool generate(std::uint32_t number, std::string_view owner, record_head const&, dns::rr_type, std::string_view data,
                  std::uint32_t line);
    std::optional<std::uint32_t> ttl_of(record_head const&, dns::rr_type, dns::rdata_view rdata);
    bool error(std::uint32_t line, std::string message);

    zone_file_entries& entries_;
    dns::name origin_;
    file_reading& out_;

    dns::name_octets owner_;
    enum class owner_state : std::uint8_t { none, good, bad } owner_state_ = owner_state::none;
    std::optional<std::uint32_t> default_ttl_; // $TTL
    std::optional<std::uint32_t> last_ttl_;
    std::optional<std::uint32_t> soa_minimum_;
    std::uint64_t generated_ = 0; // records, by $GENERATE
    std::vector<std::uint8_t> rdata_;
    std::string why_;
};

bool record_reader::error(std::uint32_t line, std::string message)
{
    out_.errors.push_back({finding::severity::error, line, std::move(message)});
    return false;
}

bool record_reader::read_all()
{
    using outcome = zone_file_entries::outcome;
    while (out_.errors.size() < most_errors) {
        switch (entries_.next()) {
        case outcome::entry: take(entries_.words()); break;
        case outcome::end: return true;
        case outcome::fault:
            error(entries_.line(), std::string{"This is not the text of a record: "} + entries_.fault() + ".");
            break;
        case outcome::cut_short:
            error(entries_.line(), std::string{"This is not the text of a record: "} + entries_.fault() + ".");
            return true;
        case outcome::unreadable: return false;
        }
    }
    return true;
}

void record_reader::take(std::span<text_token const> words)
{
    std::uint32_t const line = words[0].line;
    if (!entries_.starts_blank() && !words[0].quoted && words[0].text[0] == '$')
        return take_directive(words);
    if (read_owner(words))
        take_record(words, line);
}

void record_reader::take_directive(std::span<text_token const> words)
{
    std::string_view const what = words[0].text;
    std::uint32_t const line = words[0].line;
    bool const is_origin = dns::equal_words(what, "$ORIGIN"), is_ttl = dns::equal_words(what, "$TTL");
    if (is_origin || is_ttl) {
        if (words.size() != 2)
            error(line, std::string{what} + " takes one word behind it.");
        else
            is_origin ? take_origin(words[1]) : take_ttl(words[1]);
    } else if (dns::equal_words(what, "$INCLUDE")) {
        error(line, "$INCLUDE is not followed, because a zone file that comes from elsewhere could name any file of this "
                    "machine; put the content of the file here in its place.");
    } else if (dns::equal_words(what, "$GENERATE")) {
        take_generate(words);
    } else {
        error(line,
              quote(what) +
                  " is not a directive; $ORIGIN, $TTL and $GENERATE are (an owner that begins with a dollar is written \\$).");
    }
}

void record_reader::take_origin(text_token const& word)
{
    dns::name_octets origin;
    if (auto const f = dns::read_name(word.text, origin_, origin); f != dns::name_fault::none)
        error(word.line, "The name " + quote(word.text) + " behind $ORIGIN " + reason(f) + ".");
    else
        origin_ = dns::name{origin.view()};
}

void record_reader::take_ttl(text_token const& word)
{
    if (auto const ttl = dns::ttl_from_text(word.text))
        default_ttl_ = ttl;
    else
        error(word.line, quote(word.text) + " behind $TTL is not a TTL (seconds up to 2147483647, or like 1h30m).");
}

bool record_reader::read_owner(std::span<text_token const>& words)
{
    if (entries_.starts_blank()) {
        if (owner_state_ == owner_state::none)
            return error(words[0].line,
                         "The line begins with a blank, which means the owner of the record before, and there is none.");
        return owner_state_ == owner_state::good; // a bad one was reported where it stood
    }
    auto const word = words[0];
    words = words.subspan(1);
    owner_state_ = owner_state::bad;
    if (word.quoted)
        return error(word.line, "The owner " + quote(word.text) + " is in quotes, where a plain name belongs.");
    if (auto const f = dns::read_name(word.text, origin_, owner_); f != dns::name_fault::none)
        return error(word.line, "The owner " + quote(word.text) + " " + reason(f) + ".");
    owner_state_ = owner_state::good;
    return true;
}

/// `taken`: the word was a TTL or a class, and is in the head now. False: it was meant so and is wrong.
bool record_reader::read_head_word(text_token const& word, record_head& head, bool& taken)
{
    bool const digit = word.text[0] >= '0' && word.text[0] <= '9';
    taken = digit || is_class_in(word.text);
    if (digit) {
        if (head.ttl)
            return error(word.line, quote(word.text) + " stands where the type belongs.");
        head.ttl = dns::ttl_from_text(word.text);
        return head.ttl || error(word.line, quote(word.text) + " is not a TTL (seconds up to 2147483647, or like 1h30m).");
    }
    if (taken && head.has_class)
        return error(word.line, "The class is there twice.");
    head.has_class = head.has_class || taken;
    if (!taken && is_class_other_than_in(word.text))
        return error(word.line, "The class is " + quote(word.text) + "; only zones of class IN can be served.");
    return true;
}

bool record_reader::read_head(std::span<text_token const>& words, record_head& head)
{
    for (bool taken = true; !words.empty() && !words[0].quoted && !words[0].text.empty();) {
        if (!read_head_word(words[0], head, taken))
            return false;
        if (!taken)
            return true;
        words = words.subspan(1);
    }
    return true;
}

void record_reader::take_record(std::span<text_token const> words, std::uint32_t line)
{
    record_head head;
    auto type = dns::rr_type::none;
    if (read_head(words, head) && read_type(words, type, line))
        add(head, type, words, line);
}

bool record_reader::read_type(std::span<text_token const>& words, dns::rr_type& type, std::uint32_t line)
{
    if (words.empty())
        return error(line, "There is no type and no data behind the owner.");
    auto const found = words[0].quoted ? std::nullopt : dns::rr_type_from_text(words[0].text);
    if (!found)
        return error(words[0].line, quote(words[0].text) + " is not an RR type; one without a name is written TYPE123.");
    type = *found;
    words = words.subspan(1);
    return true;
}

bool record_reader::add(record_head const& head, dns::rr_type type, std::span<text_token const> words, std::uint32_t line)
{
    rdata_.clear();
    if (!dns::parse_rdata(type, words, origin_, rdata_, why_))
        return error(line, owner_.view().to_string() + " " + to_string(type) + ": " + why_ + ".");
    auto const ttl = ttl_of(head, type, rdata_);
    if (!ttl)
        return error(line, owner_.view().to_string() + " " + to_string(type) + " has no TTL; put $TTL at the head of the file.");
    out_.zone.add(owner_.view(), type, *ttl, rdata_, line);
    return true;
}

void record_reader::take_generate(std::span<text_token const> words)
{
    std::uint32_t const line = words[0].line;
    auto const range = words.size() > 1 ? generate_range_from_text(words[1].text) : std::nullopt;
    if (!range || words.size() < 5) {
        error(line, "$GENERATE is written: $GENERATE 1-10 owner$ type data$.");
        return;
    }
    generated_ += range->size();
    if (range->size() > most_generated || generated_ > most_generated_in_file) {
        error(line, "$GENERATE would make " + std::to_string(range->size()) +
                        " records; at most 65536 may come from one line, and a million from one file.");
        return;
    }
    auto const owner = words[2].text;
    record_head head;
    auto type = dns::rr_type::none;
    words = words.subspan(3);
    if (!read_head(words, head) || !read_type(words, type, line))
        return;
    // Quotes around all of the data hold its words together, as BIND has it.
    auto const data = words.size() == 1 ? std::string{words[0].text} : dns::join_words(words);
    std::uint64_t number = range->start;
    while (number <= range->stop && generate(static_cast<std::uint32_t>(number), owner, head, type, data, line))
        number += range->step;
}

/// One of its records.
bool record_reader::generate(std::uint32_t number, std::string_view owner, record_head const& head, dns::rr_type type,
                             std::string_view data, std::uint32_t line)
{
    auto const name = expand_generated(owner, number), text = expand_generated(data, number);
    if (!name || !text)
        return error(line, "$GENERATE has a malformed ${offset,width,base}.");
    owner_state_ = owner_state::bad;
    if (auto const f = dns::read_name(*name, origin_, owner_); f != dns::name_fault::none)
        return error(line, "The owner " + quote(*name) + " " + reason(f) + ".");
    owner_state_ = owner_state::good;
    dns::entry_scanner scanner;
    std::size_t position = 0;
    std::uint32_t own_line = line;
    if (scanner.next(*text, position, own_line, true) == dns::entry_scanner::outcome::fault)
        return error(line, "The data of $GENERATE is malformed: " + std::string{scanner.fault()} + ".");
    return add(head, type, scanner.tokens(), line);
}

/// The TTL of the record, else $TTL (RFC 2308 4), else that of the record before (RFC 1035 5.1), else the SOA's minimum.
std::optional<std::uint32_t> record_reader::ttl_of(record_head const& head, dns::rr_type type, dns::rdata_view rdata)
{
    if (type == dns::rr_type::soa)
        soa_minimum_ = std::min(dns::read_soa(rdata).minimum, max_ttl);
    if (head.ttl)
        return last_ttl_ = head.ttl;
    if (default_ttl_)
        return default_ttl_;
    return last_ttl_ ? last_ttl_ : soa_minimum_;
}

} // namespace

dns::result<file_reading> read_zone_file(std::FILE* file, std::string const& display_name, dns::name_view origin,
                                         progress const& report)
{
    file_reading out{contents{origin}, {}};
    zone_file_entries entries{file, report};
    try {
        if (!record_reader{entries, origin, out}.read_all())
            return dns::failure{"Cannot read " + display_name + ": " + std::strerror(errno) + "."};
        out.zone.finish();
    } catch (std::length_error const& e) {
        return dns::failure{display_name + ": " + e.what()};
    }
    return out;
}

} // namespace homing::zone
