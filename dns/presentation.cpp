#include "dns/presentation.hpp"

#include "dns/presentation_fields.hpp"
#include "dns/presentation_parse.hpp"
#include "dns/presentation_print.hpp"

namespace homing::dns {

std::string to_string(rr_type t)
{
    std::string out;
    print_type(out, t);
    return out;
}

std::optional<rr_type> rr_type_from_text(std::string_view text)
{
    if (auto const* const form = find_text_form(text))
        return form->type;
    if (text.size() < 5 || text.size() > 9 || !equal_words(text.substr(0, 4), "TYPE"))
        return {};
    auto const number = read_number(text.substr(4), 65535);
    return number ? std::optional{static_cast<rr_type>(*number)} : std::nullopt;
}

std::string to_string(rcode r)
{
    return mnemonic(r);
}

std::string to_text(rr_type t, rdata_view rdata)
{
    std::string out;
    print_rdata(out, t, rdata);
    return out;
}

result<std::vector<std::uint8_t>> rdata_from_text(rr_type t, std::string_view text, name_view origin)
{
    entry_scanner scanner;
    std::size_t position = 0;
    std::uint32_t line = 1;
    auto outcome = scanner.next(text, position, line, true);
    if (outcome == entry_scanner::outcome::fault)
        return failure{quote(text) + ": " + scanner.fault() + "."};
    auto const words = scanner.tokens();
    if (outcome == entry_scanner::outcome::entry && scanner.next(text, position, line, true) != entry_scanner::outcome::end)
        return failure{quote(text) + " has more than one line."};
    std::vector<std::uint8_t> out;
    std::string error;
    if (!parse_rdata(t, words, origin, out, error))
        return failure{quote(text) + " is not rdata of " + to_string(t) + ": " + error + "."};
    return out;
}

result<name> name_from_text(std::string_view text)
{
    name_octets n;
    auto const fault = text == "@" ? name_fault::nothing : read_name(text, name_view{}, n);
    if (fault == name_fault::none)
        return name{n.view()};
    if (text == "@")
        return failure{"\"@\" is not a name here; write it out."};
    return failure{"The name " + quote(text) + " " + reason(fault) + "."};
}

} // namespace homing::dns
