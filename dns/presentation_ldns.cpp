#include "dns/presentation_ldns.hpp"

#include "dns/presentation_fields.hpp"

#include <cstdlib>
#include <ldns/ldns.h>
#include <memory>

namespace homing::dns {

namespace {

constexpr std::size_t max_text_size = 8000; // ldns keeps a line in a buffer of fixed size

struct ldns_delete {
    void operator()(ldns_rr* rr) const noexcept { ldns_rr_free(rr); }
    void operator()(char* text) const noexcept { std::free(text); } // NOLINT: ldns allocates with malloc
    void operator()(ldns_buffer* buffer) const noexcept { ldns_buffer_free(buffer); }
};
template <class T>
using owned = std::unique_ptr<T, ldns_delete>;

owned<ldns_rr> record_from_text(std::string const& line)
{
    ldns_rr* rr = nullptr;
    bool const good = ldns_rr_new_frm_str(&rr, line.c_str(), 0, nullptr, nullptr) == LDNS_STATUS_OK;
    return owned<ldns_rr>{good ? rr : nullptr};
}

void put16(std::vector<std::uint8_t>& out, std::size_t v)
{
    out.push_back(static_cast<std::uint8_t>(v >> 8));
    out.push_back(static_cast<std::uint8_t>(v));
}

owned<ldns_rr> record_from_rdata(rr_type t, rdata_view rdata)
{
    std::vector<std::uint8_t> wire{0}; // the root as owner
    put16(wire, static_cast<std::size_t>(t));
    put16(wire, LDNS_RR_CLASS_IN);
    put16(wire, 0), put16(wire, 0); // TTL
    put16(wire, rdata.size());
    wire.insert(wire.end(), rdata.begin(), rdata.end());
    ldns_rr* rr = nullptr;
    std::size_t position = 0;
    bool const good = ldns_wire2rr(&rr, wire.data(), wire.size(), &position, LDNS_SECTION_ANSWER) == LDNS_STATUS_OK;
    return owned<ldns_rr>{good ? rr : nullptr};
}

std::vector<std::uint8_t> rdata_of(ldns_rr const& rr)
{
    std::vector<std::uint8_t> rdata;
    for (std::size_t i = 0; i < ldns_rr_rd_count(&rr); ++i) {
        auto const* const field = ldns_rr_rdf(&rr, i);
        rdata.insert(rdata.end(), ldns_rdf_data(field), ldns_rdf_data(field) + ldns_rdf_size(field));
    }
    return rdata;
}

std::string print(ldns_rr const& rr)
{
    std::string out;
    for (std::size_t i = 0; i < ldns_rr_rd_count(&rr); ++i) {
        owned<char> const text{ldns_rdf2str(ldns_rr_rdf(&rr, i))};
        if (!text)
            return {};
        std::string_view word{text.get()};
        while (!word.empty() && word.back() == ' ')
            word.remove_suffix(1);
        out.append(out.empty() ? "" : " ").append(word);
    }
    return out;
}

std::vector<std::uint8_t> read(rr_type t, std::string const& text)
{
    auto const rr = record_from_text(". 0 IN " + std::string{find_text_form(t)->mnemonic} + ' ' + text);
    return rr ? rdata_of(*rr) : std::vector<std::uint8_t>{};
}

} // namespace

bool ldns_parse(rr_type t, std::string const& text, std::vector<std::uint8_t>& out)
{
    if (text.size() > max_text_size || text.find_first_of(std::string_view{"\0\n", 2}) != std::string_view::npos)
        return false;
    auto const rdata = read(t, text);
    std::string printed;
    if (!is_valid_rdata(t, rdata) || !ldns_print(printed, t, rdata) || (!printed.empty() && read(t, printed) != rdata))
        return false;
    out.insert(out.end(), rdata.begin(), rdata.end());
    return true;
}

bool ldns_print(std::string& out, rr_type t, rdata_view rdata)
{
    auto const rr = record_from_rdata(t, rdata);
    if (!rr || rdata_of(*rr).size() != rdata.size())
        return false;
    auto const text = print(*rr);
    out += text;
    return !text.empty();
}

} // namespace homing::dns
