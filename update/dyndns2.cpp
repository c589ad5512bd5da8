#include "update/dyndns2.hpp"

#include "dns/presentation.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace homing::update {

namespace {

int hex_digit(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char const lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// A percent sign that escapes nothing is itself: there are clients that escape nothing.
std::string unescape(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        int const high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        int const low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

/// Calls f with each part between the separators, blanks around it left out; empty ones are skipped.
template <class F>
void for_each_part(std::string_view text, char separator, F&& f)
{
    while (!text.empty()) {
        auto const end = std::min(text.find(separator), text.size());
        auto part = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        part.remove_prefix(std::min(part.find_first_not_of(" \t"), part.size()));
        part = part.substr(0, part.find_last_not_of(" \t") + 1);
        if (!part.empty())
            f(part);
    }
}

bool is_address_of_a_host(std::vector<std::uint8_t> const& a)
{
    bool const is_zero = std::all_of(a.begin(), a.end(), [](std::uint8_t o) { return o == 0; });
    return !is_zero && (a.size() == 4 ? a[0] < 224 && a[0] != 0 : a[0] != 0xff);
}

/// Notes the addresses of a parameter, or that they are to go; false if it is neither, or says two things of one family.
bool read_addresses(std::string_view text, host_update& u, bool v4, bool v6)
{
    bool fine = true;
    auto const note = [&](address_wish& wish, address_wish next) {
        fine = fine && (wish.what == address_wish::kind::leave || (wish.what == next.what && wish.rdata == next.rdata));
        wish = std::move(next);
    };
    for_each_part(text, ',', [&](std::string_view part) {
        if (part == "delete") {
            if (v4)
                note(u.ipv4, {address_wish::kind::remove});
            if (v6)
                note(u.ipv6, {address_wish::kind::remove});
            return;
        }
        auto octets = address_from_text(part);
        if (!octets || !(octets->size() == 4 ? v4 : v6)) {
            fine = false;
            return;
        }
        auto& wish = octets->size() == 4 ? u.ipv4 : u.ipv6;
        note(wish, {address_wish::kind::set, std::move(*octets)});
    });
    return fine;
}

struct address_parameter {
    std::string_view name;
    bool v4, v6;
};
// A client that has no address of a family may say so with the empty text: then the parameter counts as absent.
constexpr std::array address_parameters{address_parameter{"myip", true, true},    address_parameter{"myipv4", true, false},
                                        address_parameter{"myipv6", false, true}, address_parameter{"ip", true, true},
                                        address_parameter{"ipv4", true, false},   address_parameter{"ipv6", false, true},
                                        address_parameter{"ip4", true, false},    address_parameter{"ip6", false, true},
                                        address_parameter{"ipaddr", true, false}, address_parameter{"ip6addr", false, true}};

/// "2001:db8:1::/56"; without a length: 64.
std::optional<ipv6_prefix> read_prefix(std::string_view text)
{
    auto const slash = std::min(text.find('/'), text.size());
    auto const octets = address_from_text(text.substr(0, slash));
    ipv6_prefix prefix;
    prefix.length = 64;
    auto const digits = text.substr(std::min(slash + 1, text.size()));
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix.length);
    bool const has_length = slash < text.size();
    if (!octets || octets->size() != 16 || (has_length && (error != std::errc{} || end != digits.data() + digits.size())))
        return {};
    if (prefix.length == 0 || prefix.length > 127)
        return {};
    for (unsigned bit = 0; bit < prefix.length; ++bit)
        prefix.octets[bit / 8] |= static_cast<std::uint8_t>((*octets)[bit / 8] & (0x80U >> bit % 8));
    return prefix;
}

bool read_all_addresses(query_parameters const& given, host_update& u)
{
    for (auto const& p : address_parameters)
        if (!read_addresses(given.find(p.name), u, p.v4, p.v6))
            return false;
    if (given.find("offline") == "YES" || given.find("offline") == "yes")
        u.ipv4 = u.ipv6 = {address_wish::kind::remove};
    if (auto const text = given.find("ip6lanprefix"); !text.empty()) {
        u.prefix = read_prefix(text);
        return u.prefix.has_value();
    }
    return true;
}

bool has_addresses(host_update const& u)
{
    return u.prefix || u.ipv4.what != address_wish::kind::leave || u.ipv6.what != address_wish::kind::leave;
}

host_update::named_host read_host(std::string_view text)
{
    auto const name = dns::name_from_text(text);
    if (!name || name->view().label_count() < 2)
        return {};
    return {name->to_lower(), host_status::nohost};
}

/// What makes an address that was given, or that the client has, none for a host.
std::string_view fault_of(host_update const& u) noexcept
{
    for (auto const* const wish : {&u.ipv4, &u.ipv6})
        if (auto const why = why_unreachable(wish->rdata); !why.empty())
            return why;
    return {};
}

/// Every host failed alike.
dyndns2_reply whole_failure(unsigned http_status, std::string_view word, std::size_t hosts)
{
    std::string body;
    for (std::size_t i = 0; i < std::max<std::size_t>(hosts, 1); ++i)
        body += std::string{word} + "\n";
    return {http_status, std::move(body)};
}

struct status_text {
    std::string_view word;
    unsigned http_status;
};
status_text describe(host_status s) noexcept
{
    switch (s) {
    case host_status::good: return {"good", 200};
    case host_status::nochg: return {"nochg", 200};
    case host_status::nohost: return {"nohost", 404};
    case host_status::notfqdn: return {"notfqdn", 400};
    case host_status::dnserr: break;
    }
    return {"dnserr", 500};
}

} // namespace

void query_parameters::add(std::string_view text)
{
    for_each_part(text, '&', [&](std::string_view part) {
        auto const equals = std::min(part.find('='), part.size());
        if (all_.size() < most)
            all_.emplace_back(unescape(part.substr(0, equals)), unescape(part.substr(std::min(equals + 1, part.size()))));
    });
}

std::string_view query_parameters::find(std::string_view name) const noexcept
{
    for (auto const& [n, value] : all_)
        if (n == name && !value.empty())
            return value;
    return {};
}

std::optional<std::vector<std::uint8_t>> address_from_text(std::string_view text)
{
    std::array<char, INET6_ADDRSTRLEN> zero_ended{};
    if (text.empty() || text.size() >= zero_ended.size() || text.find('\0') != text.npos)
        return {};
    text.copy(zero_ended.data(), text.size());
    std::vector<std::uint8_t> octets(16);
    constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}; // RFC 4291 2.5.5.2
    if (::inet_pton(AF_INET, zero_ended.data(), octets.data()) == 1)
        octets.resize(4);
    else if (::inet_pton(AF_INET6, zero_ended.data(), octets.data()) != 1)
        return {};
    else if (std::equal(mapped.begin(), mapped.end(), octets.begin()))
        octets.erase(octets.begin(), octets.begin() + 12);
    if (!is_address_of_a_host(octets))
        return {};
    return octets;
}

std::string_view why_unreachable(std::span<std::uint8_t const> a) noexcept
{
    constexpr std::array<std::uint8_t, 16> v6_loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    if ((a.size() == 4 && a[0] == 127) || std::equal(a.begin(), a.end(), v6_loopback.begin(), v6_loopback.end()))
        return "that address is of the machine itself";
    if ((a.size() == 4 && a[0] == 169 && a[1] == 254) || (a.size() == 16 && a[0] == 0xfe && (a[1] & 0xc0U) == 0x80))
        return "that address is for one link only";
    return {};
}

std::variant<host_update, dyndns2_reply> read_dyndns2(query_parameters const& given, std::vector<std::uint8_t> const& client,
                                                      dns::name_view key_name)
{
    host_update u;
    u.key_name = key_name;
    std::size_t names = 0;
    for_each_part(given.find("hostname"), ',', [&](std::string_view part) {
        if (++names <= max_dyndns2_hosts)
            u.hosts.push_back(read_host(part));
    });
    if (names == 0)
        return dyndns2_failure(400, "notfqdn");
    if (names > max_dyndns2_hosts)
        return dyndns2_failure(400, "numhost");
    if (!read_all_addresses(given, u))
        return whole_failure(400, "dnserr", names);
    if (!has_addresses(u)) {
        if (client.empty())
            return whole_failure(400, "dnserr", names);
        (client.size() == 4 ? u.ipv4 : u.ipv6) = {address_wish::kind::set, client};
    }
    if (auto const why = fault_of(u); !why.empty())
        return whole_failure(400, "dnserr " + std::string{why}, names);
    return u;
}

dyndns2_reply to_dyndns2(host_update const& u, outcome const& how)
{
    if (how.rcode == dns::rcode::servfail)
        return whole_failure(500, "911", u.hosts.size());
    dyndns2_reply reply{200, {}};
    for (auto const& h : u.hosts) {
        auto const [word, http_status] = describe(h.status);
        reply.body += word;
        if (http_status == 200)
            reply.body += " " + h.addresses;
        else if (reply.http_status == 200)
            reply.http_status = http_status;
        reply.body += '\n';
    }
    if (!how.ok() && reply.http_status == 200) // a key that counts no more
        return whole_failure(401, "badauth", u.hosts.size());
    return reply;
}

dyndns2_reply dyndns2_failure(unsigned http_status, std::string_view word)
{
    return {http_status, std::string{word} + "\n"};
}

} // namespace homing::update
