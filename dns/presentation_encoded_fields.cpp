#include "dns/presentation_encoding.hpp"
#include "dns/presentation_field_parser.hpp"
#include "dns/presentation_fields.hpp"
#include "dns/presentation_ldns.hpp"
#include "dns/presentation_svcb.hpp"

#include <algorithm>

namespace homing::dns {

/// Groups of `least` to `most` hexadecimal digits, each group being most/2 octets.
bool field_parser::groups(std::size_t count, std::size_t least, std::size_t most, char separator)
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    std::string_view rest = w->text;
    for (std::size_t i = 0; i < count; ++i) {
        auto const end = i + 1 < count ? rest.find(separator) : rest.size();
        if (end == std::string_view::npos || end < least || end > most)
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

/// RFC 1035 3.4.2: a bit for each port.
bool field_parser::services()
{
    std::vector<std::uint8_t> bits;
    for (; !at_end(); ++next_) {
        auto const& w = words_[next_];
        std::optional<std::uint32_t> port = read_number(w.text, 65535);
        if (!port)
            port = value_of_mnemonic('w', w.text);
        if (!port)
            return fail(w, " is neither a port nor a service known here");
        if (bits.size() <= *port / 8)
            bits.resize(*port / 8 + 1);
        bits[*port / 8] = static_cast<std::uint8_t>(bits[*port / 8] | 0x80U >> *port % 8);
    }
    out_.insert(out_.end(), bits.begin(), bits.end());
    return true;
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

} // namespace homing::dns
