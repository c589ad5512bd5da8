#include "server/commands/record_words.hpp"

#include "dns/presentation.hpp"

namespace homing::server {

namespace {

using rdata = std::vector<std::uint8_t>;

bool is_text_type(dns::rr_type t) noexcept
{
    return t == dns::rr_type::txt || t == dns::rr_type::spf;
}

/// Character strings of at most 255 octets (RFC 1035 3.3).
rdata to_strings(std::string_view text)
{
    rdata strings;
    do {
        std::string_view const piece = text.substr(0, 255);
        strings.push_back(static_cast<std::uint8_t>(piece.size()));
        strings.insert(strings.end(), piece.begin(), piece.end());
        text.remove_prefix(piece.size());
    } while (!text.empty());
    return strings;
}

dns::result<rdata> read_rdata(dns::rr_type type, std::string_view text)
{
    if (is_text_type(type) && !text.starts_with('"') && !text.starts_with("\\#"))
        return to_strings(text);
    return dns::rdata_from_text(type, text, dns::name_view{});
}

std::string joined(std::span<std::string const> words)
{
    std::string line;
    for (auto const& word : words)
        line += (line.empty() ? "" : " ") + word;
    return line;
}

dns::result<std::vector<rdata>> read_each(dns::rr_type type, std::span<std::string const> words)
{
    std::vector<rdata> records;
    for (auto const& word : words) {
        auto one = read_rdata(type, word);
        if (!one)
            return one.error();
        records.push_back(std::move(*one));
    }
    return records;
}

} // namespace

dns::result<dns::rrset> read_records(dns::rr_type type, std::uint32_t ttl, std::span<std::string const> words)
{
    auto records = read_each(type, words);
    if (!records) {
        auto whole = read_rdata(type, joined(words));
        if (!whole)
            // Of several words the first says whether they were meant as one record or as several.
            return words.size() > 1 && read_rdata(type, words.front()) ? records.error() : whole.error();
        records = std::vector<rdata>{std::move(*whole)};
    }
    dns::rrset set{type, ttl};
    for (auto const& r : *records) {
        if (r.size() > dns::max_message_size - dns::header_size)
            return dns::failure{"the record is too large for a DNS message"};
        set.add(r);
    }
    return set;
}

} // namespace homing::server
