#include "dns/presentation_print.hpp"

#include "dns/presentation_encoding.hpp"
#include "dns/presentation_fields.hpp"
#include "dns/presentation_ldns.hpp"
#include "dns/presentation_parse.hpp"
#include "dns/presentation_svcb.hpp"
#include "dns/presentation_time.hpp"

#include <algorithm>

namespace homing::dns {

namespace {

/// Prints the fields of one record; false from any step: the rdata is not what the type asks for.
class field_printer {
public:
    field_printer(std::string& out, rdata_view rest) : out_{out}, all_{rest}, rest_{rest} {}

    bool field(char letter);
    bool all_printed() const noexcept { return rest_.empty(); }

private:
    bool simple(char letter);
    bool number(std::size_t octets);
    bool date();
    bool type();
    bool types();
    bool name();
    bool address4();
    bool address6();
    bool string();
    bool strings();
    bool text();
    bool tag();
    bool groups(std::size_t count, std::size_t octets, char separator);
    bool hex_rest();
    bool base64_rest();
    bool salt();
    bool hash();
    bool gateway();
    bool relay_type();
    bool host_identity();
    bool services();

    bool has(std::size_t n) const noexcept { return rest_.size() >= n; }
    rdata_view take(std::size_t n)
    {
        auto const taken = rest_.first(n);
        rest_ = rest_.subspan(n);
        return taken;
    }
    /// What stands behind a length octet.
    std::optional<rdata_view> counted()
    {
        if (!has(1) || !has(rest_[0] + 1U))
            return {};
        return take(rest_[0] + 1U).subspan(1);
    }
    std::uint32_t get(std::size_t octets)
    {
        std::uint32_t v = 0;
        for (auto const b : take(octets))
            v = v << 8 | b;
        return v;
    }

    std::string& out_;
    rdata_view all_;
    rdata_view rest_;
};

bool field_printer::field(char letter)
{
    switch (letter) {
    case 'S': return strings();
    case 'o': return rest_.empty() || string();
    case 'q': return text();
    case 't': return tag();
    case '8': return groups(4, 2, ':');
    case 'e': return groups(6, 1, '-');
    case 'E': return groups(8, 1, '-');
    case 'x': return hex_rest();
    case 'b': return base64_rest();
    case 'c': return rest_.empty() || base64_rest();
    case 'h': return salt();
    case 'z': return hash();
    case 'M': return types();
    case 'g': return gateway();
    case 'R': return relay_type();
    case 'P': return host_identity();
    case 'w': return services();
    default: return simple(letter);
    }
}

bool field_printer::simple(char letter)
{
    switch (letter) {
    case 'n': return name();
    case '4': return address4();
    case '6': return address6();
    case 's': return string();
    case 'H':
    case 'C': return number(2);
    case 'W':
    case 'T': return number(4);
    case 'D': return date();
    case 'Y': return type();
    default: return number(1);
    }
}

bool field_printer::number(std::size_t octets)
{
    if (!has(octets))
        return false;
    print_number(out_, get(octets));
    return true;
}

bool field_printer::date()
{
    if (!has(4))
        return false;
    print_date(out_, get(4));
    return true;
}

bool field_printer::type()
{
    if (!has(2))
        return false;
    print_type(out_, static_cast<rr_type>(get(2)));
    return true;
}

bool field_printer::types()
{
    char const* separator = "";
    while (!rest_.empty()) {
        if (!has(2) || !has(rest_[1] + 2U))
            return false;
        std::uint32_t const window = get(1) * 256;
        auto const bits = *counted();
        for (std::uint32_t i = 0; i < bits.size() * 8; ++i)
            if ((bits[i / 8] & 0x80U >> i % 8) != 0) {
                out_ += separator;
                print_type(out_, static_cast<rr_type>(window + i));
                separator = " ";
            }
    }
    return true;
}

bool field_printer::name()
{
    auto const n = name_view::parse(rest_);
    if (!n)
        return false;
    print_name(out_, *n);
    take(n->size());
    return true;
}

bool field_printer::address4()
{
    if (!has(4))
        return false;
    print_ipv4(out_, take(4));
    return true;
}

bool field_printer::address6()
{
    if (!has(16))
        return false;
    print_ipv6(out_, take(16));
    return true;
}

bool field_printer::string()
{
    auto const s = counted();
    if (s)
        print_string(out_, *s);
    return s.has_value();
}

bool field_printer::strings()
{
    while (string()) {
        if (rest_.empty())
            return true;
        out_ += ' ';
    }
    return false;
}

bool field_printer::text()
{
    print_string(out_, take(rest_.size()));
    return true;
}

bool field_printer::tag()
{
    auto const s = counted();
    if (s)
        out_.append(s->begin(), s->end());
    return s.has_value();
}

bool field_printer::groups(std::size_t count, std::size_t octets, char separator)
{
    if (!has(count * octets))
        return false;
    for (std::size_t i = 0; i < count; ++i) {
        if (i != 0)
            out_ += separator;
        append_hex(out_, take(octets));
    }
    return true;
}

bool field_printer::hex_rest()
{
    append_hex(out_, take(rest_.size()));
    return true;
}

bool field_printer::base64_rest()
{
    append_base64(out_, take(rest_.size()));
    return true;
}

bool field_printer::salt()
{
    auto const s = counted();
    if (!s)
        return false;
    s->empty() ? out_.append("-") : (append_hex(out_, *s), out_);
    return true;
}

bool field_printer::hash()
{
    auto const s = counted();
    if (s)
        append_base32hex(out_, *s);
    return s.has_value();
}

bool field_printer::gateway()
{
    switch (all_[1] & 0x7F) {
    case 0: out_ += '.'; return true;
    case 1: return address4();
    case 2: return address6();
    case 3: return name();
    default: return false;
    }
}

bool field_printer::relay_type()
{
    if (!has(1))
        return false;
    std::uint32_t const v = get(1);
    out_ += v >= 128 ? "1 " : "0 ";
    print_number(out_, v & 0x7F);
    return true;
}

bool field_printer::host_identity()
{
    if (!has(4))
        return false;
    std::size_t const identity_size = get(1);
    std::uint32_t const algorithm = get(1);
    std::size_t const key_size = get(2);
    if (!has(identity_size + key_size))
        return false;
    print_number(out_, algorithm);
    out_ += ' ';
    append_hex(out_, take(identity_size));
    out_ += ' ';
    append_base64(out_, take(key_size));
    while (!rest_.empty()) {
        out_ += ' ';
        if (!name())
            return false;
    }
    return true;
}

bool field_printer::services()
{
    auto const bits = take(rest_.size());
    char const* separator = "";
    for (std::uint32_t i = 0; i < bits.size() * 8; ++i)
        if ((bits[i / 8] & 0x80U >> i % 8) != 0) {
            out_ += separator;
            print_number(out_, i);
            separator = " ";
        }
    return true;
}

bool print_fields(std::string& out, std::string_view fields, rdata_view rdata)
{
    if (fields.back() == 'K') { // "HnK": the parameters bring their own blanks
        auto const target = name_view::parse(rdata.subspan(std::min<std::size_t>(2, rdata.size())));
        std::size_t const head = target ? 2 + target->size() : 0;
        return head != 0 && print_fields(out, "Hn", rdata.first(head)) && print_service_parameters(out, rdata.subspan(head));
    }
    field_printer printer{out, rdata};
    bool first = true;
    for (char const letter : fields) {
        if (!first)
            out += ' ';
        first = false;
        if (!printer.field(letter))
            return false;
    }
    while (out.back() == ' ') // behind a last field that is empty
        out.pop_back();
    return printer.all_printed();
}

/// What these fields print reads back as the same octets without a look.
bool is_certain(std::string_view fields) noexcept
{
    return fields.find_first_not_of("nBHWT46sS") == std::string_view::npos;
}

bool reads_back(std::string_view text, rr_type t, rdata_view rdata)
{
    entry_scanner scanner;
    std::size_t position = 0;
    std::uint32_t line = 1;
    if (scanner.next(text, position, line, true) != entry_scanner::outcome::entry || position != text.size())
        return false;
    std::vector<std::uint8_t> again;
    std::string error;
    return parse_rdata(t, scanner.tokens(), name_view{}, again, error) &&
           std::equal(again.begin(), again.end(), rdata.begin(), rdata.end());
}

bool print_own_form(std::string& out, rr_type t, rdata_view rdata)
{
    auto const* const form = find_text_form(t);
    if (form == nullptr || form->fields.empty())
        return false;
    std::size_t const before = out.size();
    bool const printed = form->fields == "L" ? ldns_print(out, t, rdata) : print_fields(out, form->fields, rdata);
    return printed && (is_certain(form->fields) || reads_back(std::string_view{out}.substr(before), t, rdata));
}

} // namespace

void print_generic(std::string& out, rdata_view rdata)
{
    out += "\\# ";
    print_number(out, static_cast<std::uint32_t>(rdata.size()));
    if (!rdata.empty())
        out += ' ';
    append_hex(out, rdata);
}

bool print_rdata(std::string& out, rr_type t, rdata_view rdata)
{
    std::size_t const before = out.size();
    if (print_own_form(out, t, rdata))
        return true;
    out.resize(before);
    print_generic(out, rdata);
    return false;
}

} // namespace homing::dns
