// Records for tests, from short texts such as "www.example.com. 300 A 192.0.2.1" and "add www.example.com. 300 A 192.0.2.1": a parser of
// its own, so that what the project makes of records is not compared with itself. Names are absolute, with or without the final dot.
#pragma once

#include "update/request.hpp"
#include "zone/zone_version.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

namespace homing::tests {

using bytes = std::vector<std::uint8_t>;

inline std::vector<std::string> words(std::string const& line)
{
    std::istringstream in{line};
    std::vector<std::string> found;
    for (std::string w; in >> w;)
        found.push_back(w);
    return found;
}

inline dns::name name(std::string const& text)
{
    bytes wire;
    std::string label;
    for (char c : text + (text.ends_with('.') ? "" : "."))
        if (c != '.') {
            label += c;
        } else if (!label.empty()) {
            wire.push_back(static_cast<std::uint8_t>(label.size()));
            wire.insert(wire.end(), label.begin(), label.end());
            label.clear();
        }
    wire.push_back(0);
    return dns::name_view{wire.data(), wire.size()};
}

inline std::uint16_t type_number(std::string const& t)
{
    static std::pair<char const*, int> const known[] = {
        {"A", 1},      {"NS", 2},     {"CNAME", 5},  {"SOA", 6},     {"NULL", 10}, {"WKS", 11},    {"PTR", 12},
        {"MX", 15},    {"TXT", 16},   {"RP", 17},    {"AFSDB", 18},  {"KEY", 25},  {"AAAA", 28},   {"SRV", 33},
        {"DNAME", 39}, {"OPT", 41},   {"DS", 43},    {"RRSIG", 46},  {"NSEC", 47}, {"DNSKEY", 48}, {"DHCID", 49},
        {"TSIG", 250}, {"IXFR", 251}, {"AXFR", 252}, {"MAILB", 253}, {"ANY", 255}};
    for (auto const& [mnemonic, number] : known)
        if (t == mnemonic)
            return static_cast<std::uint16_t>(number);
    if (t.starts_with("TYPE"))
        return static_cast<std::uint16_t>(std::stoi(t.substr(4)));
    throw std::invalid_argument{"no type " + t};
}

inline dns::rr_type type(std::string const& t)
{
    return static_cast<dns::rr_type>(type_number(t));
}

class rdata_text {
public:
    explicit rdata_text(std::vector<std::string> w) : words_{std::move(w)} {}

    bytes encode(std::uint16_t t)
    {
        switch (t) {
        case 1: address4(); break;
        case 2:
        case 5:
        case 12:
        case 39: domain(); break;
        case 6: soa(); break;
        case 11: address4(), number(1), hex(); break; // the protocol as a number, the ports as their bit map in hex
        case 15:
        case 18: number(2), domain(); break;
        case 17: domain(), domain(); break;
        case 16: strings(); break;
        case 28: address6(); break;
        case 33: number(2), number(2), number(2), domain(); break;
        case 43: number(2), number(1), number(1), hex(); break;
        default: hex();
        }
        return out_;
    }

private:
    std::string next() { return words_.at(at_++); }
    void number(int octets)
    {
        auto const v = std::stoul(next());
        for (int i = octets - 1; i >= 0; --i)
            out_.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
    }
    void domain()
    {
        auto const n = name(next());
        out_.insert(out_.end(), n.data(), n.data() + n.size());
    }
    void address4()
    {
        std::istringstream in{next()};
        for (std::string part; std::getline(in, part, '.');)
            out_.push_back(static_cast<std::uint8_t>(std::stoi(part)));
    }
    void address6() // "::" and one group only
    {
        auto const v = std::stoul(next().substr(2), nullptr, 16);
        out_.resize(out_.size() + 14);
        out_.push_back(static_cast<std::uint8_t>(v >> 8));
        out_.push_back(static_cast<std::uint8_t>(v));
    }
    void soa()
    {
        domain(), domain();
        for (int i = 0; i < 5; ++i)
            number(4);
    }
    void strings()
    {
        while (at_ < words_.size()) {
            auto const s = next();
            out_.push_back(static_cast<std::uint8_t>(s.size()));
            out_.insert(out_.end(), s.begin(), s.end());
        }
    }
    void hex()
    {
        if (at_ == words_.size())
            return;
        auto const s = next();
        for (std::size_t i = 0; i + 1 < s.size(); i += 2)
            out_.push_back(static_cast<std::uint8_t>(std::stoi(s.substr(i, 2), nullptr, 16)));
    }

    std::vector<std::string> words_;
    std::size_t at_ = 0;
    bytes out_;
};

/// "OWNER TTL TYPE RDATA...", class IN.
inline update::raw_record record(std::string const& line)
{
    auto const w = words(line);
    return {name(w.at(0)), type(w.at(2)), dns::rr_class::in, static_cast<std::uint32_t>(std::stoul(w[1])),
            rdata_text{{w.begin() + 3, w.end()}}.encode(type_number(w[2]))};
}

/// As nsupdate has it, with the final dots: "yxdomain NAME", "nxdomain NAME", "yxrrset NAME TYPE [RDATA]", "nxrrset NAME TYPE",
/// "add NAME TTL TYPE RDATA", "delete NAME [TYPE [RDATA]]".
inline update::raw_record update_record(std::string const& line, bool& is_prerequisite)
{
    using dns::rr_class;
    auto const w = words(line);
    std::string const& verb = w.at(0);
    is_prerequisite = verb != "add" && verb != "delete";
    if (verb == "add")
        return record(line.substr(4));
    auto const t = w.size() > 2 ? type(w[2]) : dns::rr_type::any;
    if (w.size() > 3) {
        auto const klass = is_prerequisite ? rr_class::in : rr_class::none;
        return {name(w[1]), t, klass, 0, rdata_text{{w.begin() + 3, w.end()}}.encode(type_number(w[2]))};
    }
    return {name(w[1]), t, verb.starts_with("nx") ? rr_class::none : rr_class::any, 0, {}};
}

/// An UPDATE without prerequisites or with, in the lines' order.
inline update::dns_update make_update(std::string const& zone, std::string const& key, std::vector<std::string> const& lines)
{
    update::dns_update u;
    u.zone = name(zone);
    u.key_name = name(key);
    for (auto const& line : lines) {
        bool is_prerequisite = false;
        auto r = update_record(line, is_prerequisite);
        (is_prerequisite ? u.prerequisites : u.updates).push_back(std::move(r));
    }
    return u;
}

/// One record for people: "www.example.com. 300 TYPE1 C0000201".
inline std::string describe(dns::name_view owner, std::uint32_t ttl, std::uint16_t type, dns::rdata_view rdata)
{
    std::string text;
    for (char c : owner.to_string())
        text += static_cast<char>(dns::lower(static_cast<std::uint8_t>(c)));
    text += " " + std::to_string(ttl) + " TYPE" + std::to_string(type) + " ";
    for (auto octet : rdata) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02X", octet);
        text += digits;
    }
    return text;
}

/// Lines as `record` reads them, as `describe` prints them.
inline std::multiset<std::string> records(std::vector<std::string> const& lines)
{
    std::multiset<std::string> all;
    for (auto const& line : lines) {
        auto const r = record(line);
        all.insert(describe(r.owner, r.ttl, static_cast<std::uint16_t>(r.type), r.rdata));
    }
    return all;
}

/// All records of a zone.
inline std::multiset<std::string> records(zone::zone_version const& z)
{
    std::multiset<std::string> all;
    z.for_each([&](zone::node const& n) {
        n.for_each([&](zone::rrset_view const& v) {
            v.for_each([&](dns::rdata_view r) {
                all.insert(describe(n.owner(z.apex()), v.ttl(), static_cast<std::uint16_t>(v.type), r));
            });
        });
    });
    return all;
}

} // namespace homing::tests
