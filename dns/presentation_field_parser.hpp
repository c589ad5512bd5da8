// The steps by which presentation_parse.cpp reads rdata: one for each kind of field.
//
// The plain ones are in presentation_field_parser.cpp, those in hexadecimal, base64 and the like in presentation_encoded_fields.cpp.
// One record, one thread.
#pragma once

#include "dns/presentation_token.hpp"

#include <vector>

namespace homing::dns {

inline constexpr std::size_t max_rdata_size = 65535;

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
    bool services();

    std::span<text_token const> words_;
    std::size_t next_ = 0;
    name_view origin_;
    std::vector<std::uint8_t>& out_;
    std::string& error_;
    std::size_t start_;
};

} // namespace homing::dns
