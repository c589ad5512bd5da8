#include "update/key_change.hpp"

#include "update/policy.hpp"

#include <algorithm>

namespace homing::update {

namespace {

using storage::grant;

bool says_more_than_its_preset(grant const& g)
{
    return g.exact || g.at_apex || g.may != storage::rights{} || !g.types.empty();
}

std::string fault_of(grant const& g)
{
    if (rights_of(g) == storage::rights{})
        return "A grant must be for something: update, transfer or query.";
    if (!std::is_sorted(g.types.begin(), g.types.end()))
        return "The types of a grant must be in ascending order.";
    if (g.preset != storage::preset::none && says_more_than_its_preset(g))
        return "A preset says all but where.";
    if (g.preset == storage::preset::admin && !g.where.view().is_root())
        return "The preset admin is for everything: it has no name.";
    return {};
}

class change {
public:
    change(granted_key const& key, std::int64_t now) : key_{key}, now_{now} {}

    dns::result<changed_key> operator()(change_key::add_grant const& a) const
    {
        auto grants = key_.grants->by_number();
        if (std::any_of(grants.begin(), grants.end(), [&](grant const& g) { return g.is_like(a.what); }))
            return changed_key{};
        granted_key next = key_;
        grants.push_back(a.what);
        grants.back().number = ++next.grants_made;
        if (auto fault = update::fault_of(grants); !fault.empty())
            return dns::failure{fault};
        changed_key out;
        out.added = grants.back();
        next.grants = std::make_shared<grant_set const>(std::move(grants));
        out.key = std::move(next);
        return out;
    }

    dns::result<changed_key> operator()(change_key::revoke const& r) const
    {
        auto grants = key_.grants->by_number();
        if (std::erase_if(grants, [&](grant const& g) { return g.number == r.number; }) == 0)
            return dns::failure{"Key " + dns::name{key_.key_name()}.to_string() + " has no grant " + std::to_string(r.number)};
        changed_key out;
        out.removed = r.number;
        out.key = key_;
        out.key->grants = std::make_shared<grant_set const>(std::move(grants));
        return out;
    }

    dns::result<changed_key> operator()(change_key::rotate const& r) const
    {
        if (r.secret.empty())
            return dns::failure{"A key must have a secret."};
        granted_key next = key_;
        next.key = std::make_shared<dns::tsig_key const>(key_.key_name(), r.algorithm, r.secret);
        next.secret_time = now_;
        next.retired = r.retires > now_ ? key_.key : nullptr;
        next.retired_until = r.retires > now_ ? r.retires : 0;
        return with(std::move(next));
    }

    dns::result<changed_key> operator()(change_key::enable const& e) const
    {
        if (key_.is_disabled != e.on)
            return changed_key{};
        granted_key next = key_;
        next.is_disabled = !e.on;
        return with(std::move(next));
    }

    dns::result<changed_key> operator()(change_key::expire const& e) const
    {
        if (e.at < 0)
            return dns::failure{"A key cannot expire before 1970."};
        if (key_.expires == e.at)
            return changed_key{};
        granted_key next = key_;
        next.expires = e.at;
        return with(std::move(next));
    }

private:
    static changed_key with(granted_key next)
    {
        changed_key out;
        out.key = std::move(next);
        return out;
    }

    granted_key const& key_;
    std::int64_t now_;
};

} // namespace

dns::result<changed_key> apply_change(granted_key const& key, change_key const& c, std::int64_t now)
{
    return std::visit(change{key, now}, c.step);
}

std::string fault_of(std::vector<storage::grant> const& grants)
{
    if (grants.size() > max_grants_per_key)
        return "A key can have " + std::to_string(max_grants_per_key) + " grants at most.";
    for (auto const& g : grants)
        if (auto fault = fault_of(g); !fault.empty())
            return fault;
    return {};
}

} // namespace homing::update
