// UPDATE messages for tests, octet by octet, so that they can be wrong in every way.
#pragma once

#include "tests/support/record_text.hpp"

namespace homing::tests {

class update_message {
public:
    explicit update_message(std::string const& zone, std::uint16_t zone_type = 6, std::uint16_t zone_class = 1)
        : zone_{tests::name(zone)}
    {
        u16(0x1234), u16(std::uint16_t{5 << 11});
        for (unsigned count : {1U, 0U, 0U, 0U})
            u16(static_cast<std::uint16_t>(count));
        octets(zone_.view().bytes());
        u16(zone_type), u16(zone_class);
    }

    /// Appends a record to the section (1: prerequisites, 2: updates, 3: additional), which must not be before the last one's. The owner is
    /// compressed where it ends as the zone does, if `compress`.
    update_message& add(std::size_t section, dns::name const& owner, std::uint16_t klass, std::uint16_t type, std::uint32_t ttl,
                        bytes const& rdata, bool compress = false)
    {
        compress ? compressed(owner) : octets(owner.view().bytes());
        u16(type), u16(klass);
        u16(static_cast<std::uint16_t>(ttl >> 16)), u16(static_cast<std::uint16_t>(ttl));
        u16(static_cast<std::uint16_t>(rdata.size()));
        octets(rdata);
        raise(4 + section * 2);
        return *this;
    }
    update_message& add(std::size_t section, update::raw_record const& r, bool compress = false)
    {
        return add(section, r.owner, static_cast<std::uint16_t>(r.klass), static_cast<std::uint16_t>(r.type), r.ttl, r.rdata,
                   compress);
    }
    /// The same with the names in its data compressed, as far as they end as the zone does. Returns whether any did.
    bool add_compressed(std::size_t section, update::raw_record const& r)
    {
        auto const type = static_cast<std::uint16_t>(r.type);
        auto const data = compressed_data(type, r.rdata);
        add(section, r.owner, static_cast<std::uint16_t>(r.klass), type, r.ttl, data, true);
        return data != r.rdata;
    }
    /// Octets before the first name, and the names, of types with nothing behind them but in an SOA.
    static std::pair<std::size_t, int> names_in(std::uint16_t type)
    {
        switch (type) {
        case 2:                 // NS
        case 5:                 // CNAME
        case 12:                // PTR
        case 39: return {0, 1}; // DNAME
        case 6:                 // SOA
        case 17: return {0, 2}; // RP
        case 15:                // MX
        case 18: return {2, 1}; // AFSDB
        case 33: return {6, 1}; // SRV
        default: return {0, 0};
        }
    }

    /// Adds what the lines say (record_text.hpp).
    update_message& add(std::vector<std::string> const& lines)
    {
        auto const u = make_update(".", ".", lines);
        for (auto const& r : u.prerequisites)
            add(1, r);
        for (auto const& r : u.updates)
            add(2, r);
        return *this;
    }

    bytes wire;

    /// As a server reads it: a failure for FORMERR, with no text if already the message as a whole does not parse.
    dns::result<update::dns_update> read() const
    {
        auto const view = dns::request_view::read(wire);
        if (view.error != dns::rcode::noerror)
            return dns::failure{""};
        auto u = update::read_update(wire, view);
        if (u && !u->fault.empty())
            return dns::failure{u->fault};
        return u;
    }

private:
    void u16(std::uint16_t v)
    {
        wire.push_back(static_cast<std::uint8_t>(v >> 8));
        wire.push_back(static_cast<std::uint8_t>(v));
    }
    void octets(std::span<std::uint8_t const> o) { wire.insert(wire.end(), o.begin(), o.end()); }
    void compressed(dns::name const& owner)
    {
        if (!owner.view().is_subdomain_of(zone_))
            return octets(owner.view().bytes());
        octets(owner.view().bytes().first(owner.size() - zone_.size()));
        u16(0xC000 | dns::header_size);
    }
    // The zone's name stands behind the header.
    bytes compressed_data(std::uint16_t type, bytes const& rdata) const
    {
        auto [at, names] = names_in(type);
        if (rdata.size() <= at)
            return rdata;
        auto const position = [&](std::size_t n) { return rdata.begin() + static_cast<std::ptrdiff_t>(n); };
        bytes out{rdata.begin(), position(at)};
        for (; names > 0; --names) {
            auto const found = dns::name_view::parse({rdata.data() + at, rdata.size() - at});
            if (!found)
                return rdata; // it is broken on purpose
            dns::name_view const name = *found;
            bool const ends_so = name.is_subdomain_of(zone_);
            out.insert(out.end(), position(at), position(at + name.size() - (ends_so ? zone_.size() : 0)));
            if (ends_so)
                out.insert(out.end(), {0xC0, dns::header_size});
            at += name.size();
        }
        out.insert(out.end(), position(at), rdata.end());
        return out;
    }
    void raise(std::size_t at)
    {
        auto const count = wire[at] * 256 + wire[at + 1] + 1;
        wire[at] = static_cast<std::uint8_t>(count >> 8);
        wire[at + 1] = static_cast<std::uint8_t>(count);
    }

    dns::name zone_;
};

} // namespace homing::tests
