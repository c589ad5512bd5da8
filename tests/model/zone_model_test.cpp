// Random edits of a zone against a map of its records, and random look-ups against RFC 1034 4.3.2 written down naively.
#include "zone/lookup.hpp"
#include "zone/versions.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <map>
#include <random>
#include <string>

namespace {

using namespace homing;
using dns::rr_type;
using kind = zone::lookup_result::kind;

dns::name name_of(std::string const& text)
{
    return dns::name::from_text(text).value();
}

/// A record whose rdata is fit for the type, different for different numbers.
dns::rrset set_of(rr_type type, unsigned number)
{
    dns::rrset out{type, 300 + number};
    if (type == rr_type::a) {
        std::uint8_t const address[] = {192, 0, 2, static_cast<std::uint8_t>(number)};
        out.add(address);
        return out;
    }
    dns::name const target = name_of("t" + std::to_string(number) + ".example.net.");
    std::vector<std::uint8_t> rdata{target.data(), target.data() + target.size()};
    if (type == rr_type::soa) {
        rdata.insert(rdata.end(), target.data(), target.data() + target.size());
        for (unsigned i = 0; i < 20; ++i)
            rdata.push_back(static_cast<std::uint8_t>(i == 3 ? number : 0));
    }
    out.add(rdata);
    return out;
}

/// The zone as a map from owner to types, and what the RFCs say of it, without any cleverness.
struct naive_zone {
    std::string apex = "example.com.";
    std::map<std::string, std::map<rr_type, dns::rrset>> names;

    static std::string parent(std::string const& name) { return name.substr(name.find('.') + 1); }
    bool has(std::string const& name, rr_type type) const
    {
        auto const at = names.find(name);
        return at != names.end() && at->second.contains(type);
    }
    bool exists(std::string const& name) const
    {
        for (auto const& [owner, types] : names)
            if (!types.empty() && (owner == name || owner.ends_with("." + name)))
                return true;
        return name == apex;
    }
    std::size_t children(std::string const& name) const
    {
        std::map<std::string, int> out;
        for (auto const& [owner, types] : names)
            if (!types.empty() && owner != name && owner.ends_with("." + name)) {
                std::string const rest = owner.substr(0, owner.size() - name.size() - 1);
                out[rest.substr(rest.rfind('.') + 1)] = 1;
            }
        return out.size();
    }
    std::vector<std::string> from_apex_to(std::string const& name) const
    {
        std::vector<std::string> out;
        for (std::string n = name; n != apex; n = parent(n))
            out.insert(out.begin(), n);
        out.insert(out.begin(), apex);
        return out;
    }
    std::pair<kind, std::string> look_up(std::string const& name, rr_type type) const
    {
        for (auto const& n : from_apex_to(name)) {
            if (n != apex && has(n, rr_type::ns) && !(n == name && type == rr_type::ds))
                return {kind::referral, n};
            if (n != name && has(n, rr_type::dname))
                return {kind::dname, n};
        }
        if (exists(name))
            return at(name, type);
        std::string encloser = parent(name);
        while (!exists(encloser))
            encloser = parent(encloser);
        std::string const wildcard = "*." + encloser;
        return exists(wildcard) ? at(wildcard, type) : std::pair{kind::nxdomain, std::string{}};
    }
    std::pair<kind, std::string> at(std::string const& name, rr_type type) const
    {
        if (has(name, type))
            return {kind::answer, name};
        return has(name, rr_type::cname) ? std::pair{kind::alias, name} : std::pair{kind::nodata, name};
    }
};

class random_names {
public:
    explicit random_names(unsigned seed) : random_{seed} {}
    unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
    std::string next(unsigned depth)
    {
        static char const* const labels[] = {"a", "b", "C", "*", "long-label-here"};
        std::string out = "example.com.";
        for (unsigned n = below(depth + 1); n != 0; --n)
            out = labels[below(5)] + ("." + out);
        return out;
    }

private:
    std::mt19937 random_;
};

std::string lowered(std::string s)
{
    for (char& c : s)
        c = static_cast<char>(dns::lower(static_cast<std::uint8_t>(c)));
    return s;
}

void compare(zone::zone_version const& z, naive_zone const& model, random_names& random)
{
    std::size_t seen = 0;
    z.for_each([&](zone::node const& n) {
        ++seen;
        std::string const owner = n.owner(z.apex()).to_string();
        INFO(owner);
        REQUIRE(model.exists(owner));
        REQUIRE(n.children() == model.children(owner));
        auto const at = model.names.find(owner);
        REQUIRE(n.rrset_count() == (at == model.names.end() ? 0 : at->second.size()));
        n.for_each([&](zone::rrset_view v) { REQUIRE(v.copy() == at->second.at(v.type)); });
    });
    REQUIRE(z.name_count() == seen);
    for (int i = 0; i < 60; ++i) {
        std::string const name = random.next(7);
        static constexpr rr_type types[] = {rr_type::a, rr_type::ns, rr_type::cname, rr_type::ds, rr_type::dname};
        rr_type const type = types[random.below(5)];
        zone::query_name q;
        q.assign(0x1234, name_of(name));
        auto const got = zone::look_up(z, q, type);
        auto const [what, where] = model.look_up(lowered(name), type);
        INFO(name << " type " << static_cast<int>(type));
        REQUIRE(static_cast<int>(got.what) == static_cast<int>(what));
        if (got.at != nullptr)
            REQUIRE(got.at->owner(z.apex()).to_string() == where);
    }
}

} // namespace

TEST_CASE("random edits and look-ups of a zone agree with a naive model")
{
    unsigned const seed = GENERATE(range(1U, 9U));
    random_names random{seed};
    zone::versions all{0x1234};
    naive_zone model;
    dns::name const apex = name_of("example.com.");
    {
        zone::contents first{apex};
        dns::rrset const soa = set_of(rr_type::soa, 1), ns = set_of(rr_type::ns, 1);
        first.add(apex, rr_type::soa, soa.ttl(), soa.front());
        first.add(apex, rr_type::ns, ns.ttl(), ns.front());
        model.names["example.com."] = {{rr_type::soa, soa}, {rr_type::ns, ns}};
        for (unsigned i = 0; i < 20; ++i) {
            std::string const name = lowered(random.next(5));
            if (name == model.apex)
                continue;
            dns::rrset const set = set_of(rr_type::a, i);
            model.names[name].insert_or_assign(rr_type::a, set);
        }
        for (auto const& [owner, types] : model.names)
            if (owner != model.apex)
                first.add(name_of(owner), rr_type::a, types.at(rr_type::a).ttl(), types.at(rr_type::a).front());
        first.finish();
        zone::draft d = all.begin();
        d.put(1, first);
        all.publish(std::move(d));
    }
    compare(*all.newest().find(apex), model, random);
    for (unsigned step = 0; step < 150; ++step) {
        zone::draft d = all.begin();
        naive_zone const before = model;
        auto const savepoint = d.save();
        zone::zone_edit edit = d.edit(apex);
        for (unsigned n = random.below(6); n != 0; --n) {
            static constexpr rr_type types[] = {rr_type::a,     rr_type::a,     rr_type::a, rr_type::ns,
                                                rr_type::cname, rr_type::dname, rr_type::ds};
            std::string const name = random.next(5);
            rr_type const type = types[random.below(7)];
            if (lowered(name) == model.apex && type != rr_type::a)
                continue;
            bool const removes = random.below(2) == 0;
            dns::rrset const set = removes ? dns::rrset{type, 0} : set_of(type, random.below(200));
            edit.set(name_of(name), set);
            auto& types_there = model.names[lowered(name)];
            types_there.erase(type);
            if (!removes)
                types_there.emplace(type, set);
            else if (types_there.empty())
                model.names.erase(lowered(name));
            REQUIRE(edit.get(name_of(name), type) == set);
        }
        dns::rrset const soa = set_of(rr_type::soa, step % 250 + 1);
        edit.set(apex, soa);
        model.names["example.com."].insert_or_assign(rr_type::soa, soa);
        edit.apply();
        compare(*d.now().find(apex), model, random);
        if (random.below(4) == 0) {
            d.rollback(savepoint);
            model = before;
            compare(*d.now().find(apex), model, random);
        }
        if (random.below(8) == 0)
            model = (step != 0 ? before : model); // the draft is dropped unpublished
        else
            all.publish(std::move(d));
        compare(*all.newest().find(apex), model, random);
    }
    zone::draft d = all.begin();
    REQUIRE(d.remove(apex));
    REQUIRE_FALSE(d.remove(apex));
    all.publish(std::move(d));
    CHECK(all.newest().zone_count() == 0);
    CHECK(all.memory().in_use == 0);
}
