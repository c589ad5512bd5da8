// Random grants, names and types against a naive model of what grants say, over lists of labels.
#include "tests/support/grant_text.hpp"
#include "update/policy.hpp"

#include <catch2/catch_test_macros.hpp>

#include <random>

using namespace homing;

namespace {

using labels = std::vector<std::string>; // of a name, from the left

std::string joined(labels const& l)
{
    std::string text;
    for (auto const& label : l)
        text += label + ".";
    return text.empty() ? "." : text;
}

/// A grant as a person would say it.
struct said {
    labels where; // "*": any label, "\\*": that label
    std::string preset;
    std::set<std::uint16_t> types; // empty: the usual ones; 255: all
    bool exact = false, apex = false, update = true, transfer = false, query = false;

    storage::grant grant() const
    {
        storage::grant g = tests::where(joined(where));
        if (preset == "admin")
            return storage::grant::admin();
        if (!preset.empty()) {
            g.preset = *storage::preset_from_text(preset);
            return g;
        }
        g.exact = exact;
        g.at_apex = apex;
        g.may = {update, transfer, query};
        for (auto const t : types)
            g.types.push_back(static_cast<dns::rr_type>(t));
        return g;
    }

    bool is_at_or_above(labels const& name) const
    {
        if (preset == "admin")
            return true;
        if (where.size() > name.size())
            return false;
        for (std::size_t i = 0; i < where.size(); ++i) {
            auto const& mine = where[where.size() - 1 - i];
            auto const& its = name[name.size() - 1 - i];
            if (mine != "*" && mine != (its == "*" ? "\\*" : its))
                return false;
        }
        return true;
    }
    bool covers_name(labels const& name) const
    {
        if (!is_at_or_above(name))
            return false;
        if (preset == "host" || exact)
            return name.size() == where.size();
        if (preset == "dhcp")
            return name.size() > where.size();
        return preset != "acme" || std::count(name.begin(), name.end(), "_acme-challenge") > 0;
    }
    bool covers_type(std::uint16_t type, bool at_apex) const
    {
        static std::set<std::uint16_t> const reserved{2, 6, 24, 25, 30, 43, 46, 47, 48, 50, 51, 59, 60, 62, 63, 32768, 32769};
        static std::map<std::string, std::set<std::uint16_t>> const of_preset{
            {"host", {1, 28}},
            {"acme", {16}},
            {"dhcp", {1, 12, 16, 28, 49}},
            {"external-dns", {1, 2, 5, 12, 15, 16, 28, 33, 35}}};
        if (preset == "zone" || preset == "admin")
            return true;
        if (auto const at = of_preset.find(preset); at != of_preset.end())
            return at->second.contains(type) && !(at_apex && (preset == "dhcp" || type == 2));
        if (at_apex && !apex && !exact)
            return false;
        return types.empty() ? !reserved.contains(type) : types.contains(type) || types.contains(255);
    }
    bool may_update() const { return preset.empty() ? update : true; }
    bool may_transfer() const
    {
        return preset.empty() ? transfer : preset == "external-dns" || preset == "zone" || preset == "admin";
    }
};

class generator {
public:
    explicit generator(unsigned seed) : random_{seed} {}

    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(random_); }
    bool one_in(std::size_t n) { return below(n) == 0; }

    labels name(std::size_t most, bool is_pattern)
    {
        static std::vector<std::string> const plain{"a", "b", "a", "b", "aa", "*", "_acme-challenge"};
        static std::vector<std::string> const pattern{"a", "b", "a", "b", "aa", "*", "\\*", "_acme-challenge"};
        labels l(below(most + 1));
        for (auto& label : l)
            label = is_pattern ? pattern[below(pattern.size())] : plain[below(plain.size())];
        return l;
    }
    std::uint16_t type()
    {
        static std::vector<std::uint16_t> const all{1, 1, 2, 5, 6, 12, 15, 16, 16, 28, 33, 35, 43, 46, 48, 49, 99, 65280};
        return all[below(all.size())];
    }
    said next()
    {
        static std::vector<std::string> const presets{"host", "acme", "dhcp", "external-dns", "zone", "admin"};
        said s;
        s.where = name(4, true);
        if (one_in(3)) {
            s.preset = presets[below(one_in(5) ? 6 : 5)];
            return s;
        }
        s.exact = one_in(3);
        s.apex = one_in(3);
        for (auto n = below(3); n > 0; --n)
            s.types.insert(one_in(6) ? std::uint16_t{255} : type());
        if (s.types.contains(255))
            s.types = {255};
        s.update = !one_in(4);
        s.transfer = one_in(3);
        s.query = !s.update && !s.transfer;
        return s;
    }

private:
    std::mt19937 random_;
};

update::granted_key key_of(std::vector<said> const& all)
{
    storage::key_record k;
    k.key_name = tests::name("k.");
    k.algorithm = dns::tsig_algorithm::hmac_sha256;
    k.secret = {1};
    for (auto const& s : all) {
        k.grants.push_back(s.grant());
        k.grants.back().number = ++k.grants_made;
    }
    return update::granted_key{k};
}

std::string in_any_case(std::string text, generator& random)
{
    for (char& c : text)
        if (random.one_in(2))
            c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

void compare_updates(std::vector<said> const& all, update::granted_key const& key, generator& random)
{
    labels const owner = random.name(5, false);
    labels const apex{owner.end() - static_cast<std::ptrdiff_t>(random.below(owner.size() + 1)), owner.end()};
    auto const type = random.type();
    std::set<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < all.size(); ++i)
        if (all[i].may_update() && all[i].covers_name(owner) && all[i].covers_type(type, owner == apex))
            expected.insert(i + 1);
    INFO(joined(owner) << " type " << type << " in " << joined(apex));
    auto const got = may_update(key, tests::name(joined(apex)), tests::name(in_any_case(joined(owner), random)),
                                static_cast<dns::rr_type>(type));
    REQUIRE(bool{got} == !expected.empty());
    if (got)
        REQUIRE(expected.contains(got.by->number));
}

void compare_transfers(std::vector<said> const& all, update::granted_key const& key, generator& random)
{
    labels const apex = random.name(3, false);
    bool const expected =
        std::any_of(all.begin(), all.end(), [&](auto const& s) { return s.may_transfer() && s.covers_name(apex); });
    REQUIRE(bool{may_transfer(key, tests::name(joined(apex)))} == expected);
}

/// All names of up to so many more labels.
void for_each_below(labels const& name, std::size_t more, std::function<void(labels const&)> const& f)
{
    f(name);
    if (more == 0)
        return;
    for (char const* label : {"a", "b", "aa", "*", "_acme-challenge"}) {
        labels next{label};
        next.insert(next.end(), name.begin(), name.end());
        for_each_below(next, more - 1, f);
    }
}

void compare_rights(std::vector<said> const& all, update::granted_key const& key, generator& random)
{
    labels const apex = random.name(2, false);
    bool expected = false;
    for_each_below(apex, 4 - apex.size() + 1, [&](labels const& name) {
        expected = expected || std::any_of(all.begin(), all.end(), [&](auto const& s) { return s.covers_name(name); });
    });
    INFO("rights in " << joined(apex));
    REQUIRE(has_right_in(key, tests::name(joined(apex))) == expected);
}

} // namespace

TEST_CASE("Random grants allow what a naive model of them says")
{
    std::size_t allowed = 0;
    for (unsigned seed = 1; seed <= 2000; ++seed) {
        generator random{seed};
        std::vector<said> all(random.below(random.one_in(20) ? 300 : 6));
        for (auto& s : all)
            s = random.next();
        auto const key = key_of(all);
        INFO("seed " << seed);
        for (int i = 0; i < 60; ++i) {
            compare_updates(all, key, random);
            compare_transfers(all, key, random);
        }
        if (all.size() < 6)
            compare_rights(all, key, random);
        allowed += !all.empty();
    }
    CHECK(allowed > 1000);
}
