// RFC 2136 once more, as its text says it, over a plain list of records: slow, naive, and independent of how the project does it.
//
// Names are strings of wire octets in lower case, data is compared after its names were lowered.
#pragma once

#include "tests/support/record_text.hpp"

#include <algorithm>

namespace homing::tests {

struct model_record {
    std::string owner;
    std::uint16_t type = 0;
    std::uint32_t ttl = 0;
    std::string rdata;

    friend auto operator<=>(model_record const&, model_record const&) = default;
};

class update_model {
public:
    enum : std::uint16_t {
        a = 1,
        ns = 2,
        cname = 5,
        soa = 6,
        wks = 11,
        ptr = 12,
        mx = 15,
        rp = 17,
        afsdb = 18,
        srv = 33,
        rrsig = 46,
        dname = 39,
        ds = 43,
        nsec = 47,
        nsec3 = 50
    };
    enum : std::uint16_t { in = 1, none = 254, any = 255 };

    explicit update_model(dns::name const& apex) : apex_{lowered(apex.view().bytes())} {}

    /// What a grant covers at and below its name: all; all but the apex and what keeps a zone together; or what DHCP servers write, below it.
    enum class grant_kind { all, usual, dhcp };
    struct grant {
        std::string where;
        grant_kind kind;
    };

    std::vector<model_record> records;
    std::map<std::string, int> seen; ///< how often which special case of the text decided
    std::vector<grant> grants;

    static std::string lowered(std::span<std::uint8_t const> octets)
    {
        std::string s{octets.begin(), octets.end()};
        for (char& c : s)
            c = static_cast<char>(dns::lower(static_cast<std::uint8_t>(c)));
        return s;
    }

    static model_record from(update::raw_record const& r)
    {
        return normal(r.owner, static_cast<std::uint16_t>(r.type), r.ttl > 0x7FFFFFFF ? 0 : r.ttl, r.rdata);
    }
    static model_record normal(dns::name_view owner, std::uint16_t type, std::uint32_t ttl, dns::rdata_view rdata)
    {
        std::size_t fixed = rdata.size(); // octets before the first name, as much as is to be left alone
        if (type == ns || type == cname || type == ptr || type == dname || type == rp)
            fixed = 0;
        else if (type == mx || type == afsdb)
            fixed = 2;
        else if (type == srv)
            fixed = 6;
        else if (type == soa && rdata.size() > 20)
            return {lowered(owner.bytes()), type, ttl, lowered(rdata.first(rdata.size() - 20)) + text(rdata.last(20))};
        return {lowered(owner.bytes()), type, ttl,
                text(rdata.first(std::min(fixed, rdata.size()))) + lowered(rdata.subspan(std::min(fixed, rdata.size())))};
    }

    std::uint32_t serial() const { return serial_of(*find(apex_, soa)); }

    /// Section 3, for a message whose syntax is good and whose zone is this one.
    dns::rcode process(std::vector<update::raw_record> const& prerequisites, std::vector<update::raw_record> const& updates)
    {
        for (auto const* section : {&prerequisites, &updates})
            for (auto const& r : *section)
                if (!is_in(lowered(r.owner.view().bytes()), apex_))
                    return dns::rcode::notzone;
        if (!std::any_of(grants.begin(), grants.end(),
                         [&](auto const& g) { return is_in(apex_, g.where) || is_in(g.where, apex_); }))
            return dns::rcode::refused;
        if (auto const code = check(prerequisites); code != dns::rcode::noerror)
            return code;
        for (auto const& r : updates)
            if (!may_change(lowered(r.owner.view().bytes()), static_cast<std::uint16_t>(r.type)))
                return dns::rcode::refused;
        apply(updates);
        return dns::rcode::noerror;
    }

    /// The records but for those below a DNAME.
    std::vector<model_record> visible() const
    {
        auto const is_hidden = [&](model_record const& r) {
            return std::any_of(records.begin(), records.end(),
                               [&](auto const& z) { return z.type == dname && z.owner != r.owner && is_in(r.owner, z.owner); });
        };
        auto out = records;
        std::erase_if(out, is_hidden);
        return out;
    }

    /// Names that exist, empty non-terminals and the apex among them.
    std::size_t name_count() const
    {
        std::set<std::string> names{apex_};
        for (auto const& r : records)
            for (std::string n = r.owner; n != apex_; n = n.substr(static_cast<std::size_t>(n[0]) + 1))
                names.insert(n);
        return names.size();
    }

    /// Whether `n` is `above` or a name below it.
    static bool is_in(std::string n, std::string const& above)
    {
        while (n.size() > above.size())
            n = n.substr(static_cast<std::size_t>(static_cast<std::uint8_t>(n[0])) + 1);
        return n == above;
    }

private:
    static std::string text(std::span<std::uint8_t const> octets) { return {octets.begin(), octets.end()}; }

    static std::uint32_t serial_of(model_record const& r)
    {
        std::uint32_t v = 0;
        for (std::size_t i = r.rdata.size() - 20; i < r.rdata.size() - 16; ++i)
            v = v << 8 | static_cast<std::uint8_t>(r.rdata[i]);
        return v;
    }
    static void set_serial(model_record& r, std::uint32_t v)
    {
        for (std::size_t i = 0; i < 4; ++i)
            r.rdata[r.rdata.size() - 20 + i] = static_cast<char>(v >> (24 - 8 * i));
    }

    model_record* find(std::string const& owner, std::uint16_t type)
    {
        auto const at =
            std::find_if(records.begin(), records.end(), [&](auto const& r) { return r.owner == owner && r.type == type; });
        return at == records.end() ? nullptr : &*at;
    }
    model_record const* find(std::string const& owner, std::uint16_t type) const
    {
        return const_cast<update_model*>(this)->find(owner, type);
    }

    bool covers(grant const& g, std::string const& owner, std::uint16_t type) const
    {
        static std::set<std::uint16_t> const kept{ns, soa, 24, 25, 30, ds, rrsig, nsec, 48, 50, 51, 59, 60, 62, 63, 32768, 32769};
        static std::set<std::uint16_t> const of_dhcp{a, ptr, 16, 28, 49};
        if (!is_in(owner, g.where))
            return false;
        if (g.kind == grant_kind::usual)
            return !kept.contains(type) && owner != apex_;
        return g.kind == grant_kind::all || (of_dhcp.contains(type) && owner != g.where);
    }
    bool covers_something(grant const& g, std::string const& owner) const
    {
        return is_in(owner, g.where) && (g.kind != grant_kind::dhcp || owner != g.where);
    }

    // The deletion of a whole name is that of all that stands there, and would go.
    bool may_change(std::string const& owner, std::uint16_t type) const
    {
        auto const may = [&](std::uint16_t t) {
            return std::any_of(grants.begin(), grants.end(), [&](auto const& g) { return covers(g, owner, t); });
        };
        if (type != any)
            return may(type);
        return std::any_of(grants.begin(), grants.end(), [&](auto const& g) { return covers_something(g, owner); }) &&
               std::all_of(records.begin(), records.end(), [&](auto const& z) {
                   bool const is_free = owner == apex_ ? z.type == soa || z.type == ns : z.type == rrsig || z.type == nsec;
                   return z.owner != owner || is_free || may(z.type);
               });
    }

    // 3.2.5
    dns::rcode check(std::vector<update::raw_record> const& prerequisites) const
    {
        std::map<std::pair<std::string, std::uint16_t>, std::set<std::string>> temp;
        for (auto const& p : prerequisites) {
            auto const r = from(p);
            bool const in_use = std::any_of(records.begin(), records.end(), [&](auto const& z) { return z.owner == r.owner; });
            auto const klass = static_cast<std::uint16_t>(p.klass);
            if (klass == in)
                temp[{r.owner, r.type}].insert(r.rdata);
            else if (klass == any && r.type == any && !in_use)
                return dns::rcode::nxdomain;
            else if (klass == any && r.type != any && !find(r.owner, r.type))
                return dns::rcode::nxrrset;
            else if (klass == none && r.type == any && in_use)
                return dns::rcode::yxdomain;
            else if (klass == none && r.type != any && find(r.owner, r.type))
                return dns::rcode::yxrrset;
        }
        for (auto const& [where, wanted] : temp) {
            std::set<std::string> there;
            for (auto const& z : records)
                if (z.owner == where.first && z.type == where.second)
                    there.insert(z.rdata);
            if (there != wanted)
                return dns::rcode::nxrrset;
        }
        return dns::rcode::noerror;
    }

    // 3.4.2.7, corrected by the text before it
    void apply(std::vector<update::raw_record> const& updates)
    {
        auto before = records;
        auto const old_serial = old_serial_ = serial();
        for (auto const& u : updates) {
            auto const klass = static_cast<std::uint16_t>(u.klass);
            if (klass == in)
                add(from(u));
            else if (klass == any)
                erase(from(u));
            else
                erase_one(from(u));
        }
        std::sort(before.begin(), before.end());
        std::sort(records.begin(), records.end());
        if (records != before && serial() == old_serial)
            set_serial(*find(apex_, soa), old_serial + 1 == 0 ? 1 : old_serial + 1);
        std::sort(records.begin(), records.end());
    }

    bool note(char const* what)
    {
        ++seen[what];
        return true;
    }

    void note_place(model_record const& r)
    {
        for (auto const& z : records) {
            bool const is_above = z.owner != r.owner && z.owner != apex_ && is_in(r.owner, z.owner);
            if (is_above && (z.type == ns || z.type == dname))
                note(z.type == ns ? "data occluded by a delegation" : "data occluded by a DNAME");
            if (z.owner != r.owner && is_in(z.owner, r.owner) && r.owner != apex_ && (r.type == ns || r.type == dname))
                note(r.type == ns ? "a delegation above names" : "a DNAME above names");
            if (z.owner != r.owner || z.type != r.type)
                continue;
            if (z.ttl != r.ttl)
                note("another TTL");
            if (z == r)
                note("a record that is there");
        }
        if (r.owner.starts_with(std::string{"\1*", 2}))
            note("data of a wildcard");
        if (r.owner == apex_)
            note("data of the apex");
    }

    bool is_left_out(model_record const& r)
    {
        bool const is_wildcard = r.owner.starts_with(std::string{"\1*", 2});
        if (is_wildcard && (r.type == ns || r.type == dname || r.type == nsec3))
            return note("NS, DNAME or NSEC3 of a wildcard");
        if (r.type == ds && r.owner == apex_)
            return note("DS at the apex");
        if (r.type == cname) {
            if (find(r.owner, dname))
                return note("CNAME beside a DNAME");
            for (auto const& z : records)
                if (z.owner == r.owner && z.type != cname && z.type != rrsig && z.type != nsec)
                    return note(r.owner == apex_ ? "CNAME at the apex" : "CNAME beside data");
        } else if (r.type != rrsig && r.type != nsec && find(r.owner, cname)) {
            return note(r.type == dname ? "DNAME beside a CNAME" : "data beside a CNAME");
        }
        if (r.type != soa)
            return false;
        auto const* z = find(r.owner, soa);
        if (!z)
            return note("SOA below the apex");
        auto const is_newer = [&](std::uint32_t than) {
            auto const ahead = serial_of(r) - than;
            return ahead != 0 && ahead < 0x80000000U;
        };
        if (!is_newer(serial_of(*z)))
            return note("SOA that is not newer");
        // The text looks at one record after the other, and two steps may lead to where an old serial is; secondaries see but one.
        return !is_newer(old_serial_) && note("SOAs whose steps lead around");
    }

    void add(model_record const& r)
    {
        if (is_left_out(r))
            return;
        note_place(r);
        std::erase_if(records, [&](auto const& z) {
            if (z.owner != r.owner || z.type != r.type)
                return false;
            bool const is_single = r.type == cname || r.type == soa || r.type == dname || r.type == nsec;
            return is_single || z.rdata == r.rdata || (r.type == wks && z.rdata.substr(0, 5) == r.rdata.substr(0, 5));
        });
        records.push_back(r);
        for (auto& z : records)
            if (z.owner == r.owner && z.type == r.type)
                z.ttl = r.ttl;
    }

    void erase(model_record const& r)
    {
        std::erase_if(records, [&](auto const& z) {
            bool const is_vital = z.owner == apex_ && (z.type == soa || z.type == ns);
            if (is_vital && z.owner == r.owner && (r.type == any || z.type == r.type))
                note("the apex's SOA and NS RRsets are not deleted");
            return z.owner == r.owner && (r.type == any || z.type == r.type) && !is_vital;
        });
    }

    void erase_one(model_record const& r)
    {
        auto const count =
            std::count_if(records.begin(), records.end(), [&](auto const& z) { return z.owner == r.owner && z.type == r.type; });
        if (r.type == soa || (r.type == ns && r.owner == apex_ && count == 1)) {
            note(r.type == soa ? "an SOA is not deleted" : "the last NS is not deleted");
            return;
        }
        std::erase_if(records, [&](auto const& z) { return z.owner == r.owner && z.type == r.type && z.rdata == r.rdata; });
    }

    std::string apex_;
    std::uint32_t old_serial_ = 0; // before the message at hand
};

} // namespace homing::tests
