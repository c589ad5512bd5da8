#include "dns/rdata_fields.hpp"

#include <algorithm>
#include <cstdlib>

namespace homing::dns {

void field_sink::bytes(std::span<std::uint8_t const> b)
{
    if (b.empty())
        return;
    if (out)
        out->insert(out->end(), b.begin(), b.end());
    if (!other)
        return;
    is_equal = is_equal && std::memcmp(b.data(), other, b.size()) == 0;
    other += b.size();
}

void field_sink::name(name_view n)
{
    if (out)
        out->insert(out->end(), n.data(), n.data() + n.size());
    if (!other)
        return;
    is_equal = is_equal && equal_ignoring_case(n.data(), other, n.size());
    other += n.size();
}

namespace {

/// One walk: the reader and where its fields go.
struct walk {
    wire_reader& in;
    field_sink& to;
    rdata_origin origin;

    /// The next octet, left unread; 0 at the end.
    std::uint8_t peek(std::size_t ahead = 0) const noexcept
    {
        return ahead < in.remaining() ? in.message()[in.position() + ahead] : std::uint8_t{0};
    }
    void require(bool condition) noexcept
    {
        if (!condition)
            in.fail();
    }
    /// Moves past `n` octets and returns them; none after a failure.
    std::span<std::uint8_t const> take(std::size_t n)
    {
        auto const b = in.bytes(n);
        to.bytes(b);
        return b;
    }
    std::span<std::uint8_t const> take_rest() { return take(in.remaining()); }
    void take_rest(std::size_t at_least)
    {
        require(in.remaining() >= at_least);
        take_rest();
    }

    void take_name(bool may_be_compressed)
    {
        name n;
        if (may_be_compressed && origin == rdata_origin::message)
            in.read(n);
        else
            in.read_uncompressed(n);
        if (in.ok())
            to.name(n);
    }

    void string() { take(peek() + 1U); }
    void strings()
    {
        do {
            string();
        } while (in.remaining() != 0);
    }
    void counted(std::size_t at_least)
    {
        require(peek() >= at_least);
        string();
    }

    void a6();
    void apl();
    void bitmap(std::size_t at_least);
    void caa_tag();
    void digest();
    void gateway(unsigned kind);
    void hip();
    void ipseckey();
    void amtrelay();
    void loc();
    void svcb_parameters();
    void zonemd();
    void take_field(field);
};

// RFC 2874 3.1: prefix length, the suffix of an address, and a name unless the prefix is empty.
void walk::a6()
{
    unsigned const prefix = peek();
    require(prefix <= 128);
    take(1);
    take((128 - std::min(prefix, 128U) + 7) / 8);
    if (prefix != 0)
        take_name(false);
}

// RFC 3123 4
void walk::apl()
{
    while (in.remaining() != 0) {
        auto const head = take(4);
        if (head.empty())
            return;
        unsigned const family = head[0] * 256U + head[1], size = head[3] & 0x7FU;
        bool const is_v4 = family == 1, is_v6 = family == 2;
        require(!is_v4 || (head[2] <= 32 && size <= 4));
        require(!is_v6 || (head[2] <= 128 && size <= 16));
        auto const address = take(size);
        require(address.empty() || address.back() != 0); // trailing zeros are left out
    }
}

// RFC 4034 4.1.2: ascending windows of 1 to 32 octets, the last of each not zero.
void walk::bitmap(std::size_t at_least)
{
    require(at_least == 0 || in.remaining() != 0);
    int window = -1;
    while (in.remaining() != 0) {
        auto const head = take(2);
        if (head.empty())
            return;
        require(head[0] > window && head[1] >= 1 && head[1] <= 32);
        window = head[0];
        auto const bits = take(head[1]);
        require(!bits.empty() && bits.back() != 0);
    }
}

// RFC 8659 4.1
void walk::caa_tag()
{
    auto const tag = take(peek() + 1U);
    require(tag.size() > 1 && std::all_of(tag.begin() + 1, tag.end(), [](std::uint8_t c) {
                return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
            }));
}

void walk::digest()
{
    if (!in.ok())
        return;
    std::size_t const size = in.remaining();
    switch (in.message()[in.position() - 1]) { // IANA "DS RR Type Digest Algorithms"
    case 1: require(size == 20); break;
    case 2:
    case 3: require(size == 32); break;
    case 4: require(size == 48); break;
    default: require(size != 0);
    }
    take_rest();
}

void walk::gateway(unsigned kind)
{
    switch (kind) {
    case 0: break;
    case 1: take(4); break;
    case 2: take(16); break;
    case 3: take_name(false); break;
    default: in.fail();
    }
}

// RFC 8005 5
void walk::hip()
{
    auto const head = take(4);
    if (head.empty())
        return;
    std::size_t const tag = head[0], key = head[2] * 256U + head[3];
    require(tag != 0 && key != 0);
    take(tag);
    take(key);
    while (in.remaining() != 0)
        take_name(false);
}

// RFC 4025 2.1; algorithm 0 says that there is no key
void walk::ipseckey()
{
    auto const head = take(3);
    if (head.empty())
        return;
    gateway(head[1]);
    require((in.remaining() == 0) == (head[2] == 0));
    take_rest();
}

// RFC 8777 4.2
void walk::amtrelay()
{
    auto const head = take(2);
    if (!head.empty())
        gateway(head[1] & 0x7FU);
}

// RFC 1876 2. Nothing is known of versions other than 0.
void walk::loc()
{
    if (peek() != 0)
        return take_rest(1);
    auto const b = take(16);
    if (b.empty())
        return;
    auto const is_size = [](unsigned v) { return v >> 4 <= 9 && (v & 15) <= 9; };
    auto const from_origin = [&](std::size_t i) {
        std::int64_t const v = std::int64_t{b[i]} << 24 | b[i + 1] << 16 | b[i + 2] << 8 | b[i + 3];
        return std::abs(v - (std::int64_t{1} << 31));
    };
    constexpr std::int64_t degree = 3'600'000; // in thousandths of a second of arc
    require(is_size(b[1]) && is_size(b[2]) && is_size(b[3]));
    require(from_origin(4) <= 90 * degree && from_origin(8) <= 180 * degree);
}

// RFC 8976 2.2
void walk::zonemd()
{
    auto const head = take(6);
    if (head.empty())
        return;
    std::size_t const size = in.remaining();
    require(size >= 12 && (head[5] != 1 || size == 48) && (head[5] != 2 || size == 64));
    take_rest();
}

/// One value of a SvcParam (RFC 9460 7, 8; RFC 9461; RFC 9540).
bool is_svcb_value(unsigned key, std::span<std::uint8_t const> v) noexcept
{
    switch (key) {
    case 0: { // mandatory: ascending keys, itself not among them
        unsigned last = 0;
        for (std::size_t i = 0; i + 1 < v.size(); i += 2) {
            unsigned const k = v[i] * 256U + v[i + 1];
            if (k <= last)
                return false;
            last = k;
        }
        return !v.empty() && v.size() % 2 == 0;
    }
    case 1: { // alpn
        wire_reader in{v};
        while (in.ok() && in.remaining() != 0) {
            std::uint8_t const n = in.u8();
            if (n == 0)
                return false;
            in.skip(n);
        }
        return in.ok() && !v.empty();
    }
    case 2:
    case 8: return v.empty();                        // no-default-alpn, ohttp
    case 3: return v.size() == 2;                    // port
    case 4: return !v.empty() && v.size() % 4 == 0;  // ipv4hint
    case 6: return !v.empty() && v.size() % 16 == 0; // ipv6hint
    case 5:
    case 7: return !v.empty(); // ech, dohpath
    default: return true;
    }
}

// RFC 9460 2.2: ascending keys, each once; 8: what is mandatory is there.
void walk::svcb_parameters()
{
    std::span<std::uint8_t const> mandatory;
    int last = -1;
    while (in.remaining() != 0) {
        auto const head = take(4);
        if (head.empty())
            return;
        int const key = head[0] << 8 | head[1];
        auto const value = take(head[2] * 256U + head[3]);
        require(key > last && is_svcb_value(static_cast<unsigned>(key), value));
        last = key;
        if (key == 0)
            mandatory = value;
        if (!in.ok())
            return;
        if (mandatory.size() >= 2 && key == (mandatory[0] << 8 | mandatory[1]))
            mandatory = mandatory.subspan(2);
    }
    require(mandatory.empty());
}

void walk::take_field(field f)
{
    switch (f.kind) {
    case field_kind::end: break;
    case field_kind::fixed: take(f.n); break;
    case field_kind::name_rfc1035:
    case field_kind::name_received: take_name(true); break;
    case field_kind::name_plain: take_name(false); break;
    case field_kind::string: string(); break;
    case field_kind::optional_string:
        if (in.remaining() != 0)
            string();
        break;
    case field_kind::strings: strings(); break;
    case field_kind::counted: counted(f.n); break;
    case field_kind::rest: take_rest(f.n); break;
    case field_kind::a6: a6(); break;
    case field_kind::apl: apl(); break;
    case field_kind::bitmap: bitmap(f.n); break;
    case field_kind::caa_tag: caa_tag(); break;
    case field_kind::digest: digest(); break;
    case field_kind::hip: hip(); break;
    case field_kind::ipseckey: ipseckey(); break;
    case field_kind::amtrelay: amtrelay(); break;
    case field_kind::loc: loc(); break;
    case field_kind::svcb_parameters: svcb_parameters(); break;
    case field_kind::zonemd: zonemd(); break;
    }
}

} // namespace

void walk_rdata(wire_reader& in, rdata_layout const& layout, rdata_origin origin, field_sink& sink)
{
    walk w{in, sink, origin};
    for (field const f : layout.fields) {
        if (f.kind == field_kind::end)
            break;
        w.take_field(f);
    }
    w.require(in.remaining() == 0);
}

} // namespace homing::dns
