#include "dns/presentation_parse.hpp"

#include "dns/presentation.hpp"
#include "dns/presentation_field_parser.hpp"
#include "dns/presentation_fields.hpp"

namespace homing::dns {

namespace {

bool parse_fields(field_parser& parser, text_form const& form, std::string& error)
{
    std::string_view words = form.words;
    for (char const letter : form.fields) {
        std::string_view const what = words.substr(0, words.find(' '));
        words.remove_prefix(std::min(what.size() + 1, words.size()));
        if (!parser.field(letter)) {
            error.insert(0, "the " + std::string{what} + " ");
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
