// Tokens of the API and settings in a batch.
#include "update/batch.hpp"

#include <algorithm>

namespace homing::update {

namespace {

using dns::rcode;

auto find(std::vector<storage::token_record>& tokens, std::string const& name)
{
    return std::find_if(tokens.begin(), tokens.end(), [&](auto const& t) { return t.name == name; });
}

} // namespace

outcome batch::perform(put_token const& p, storage::change_origin const&)
{
    auto next = std::make_shared<storage::access_records>(*access_);
    if (find(next->tokens, p.token.name) != next->tokens.end())
        return decline(rcode::refused, "The token " + p.token.name + " is there already.");
    if (next->tokens.size() >= max_tokens)
        return decline(rcode::refused, "There are " + std::to_string(max_tokens) + " tokens already; remove some.");
    auto const place = std::find_if(next->tokens.begin(), next->tokens.end(), [&](auto const& t) { return t.name > p.token.name; });
    next->tokens.insert(place, p.token);
    operations_.push_back(storage::token_put{&p.token});
    access_ = std::move(next);
    return {rcode::noerror, true, 0, {}};
}

outcome batch::perform(remove_token const& r, storage::change_origin const&)
{
    auto next = std::make_shared<storage::access_records>(*access_);
    auto const at = find(next->tokens, r.name);
    if (at == next->tokens.end())
        return decline(rcode::refused, "There is no token " + r.name + ".");
    next->tokens.erase(at);
    operations_.push_back(storage::token_removed{r.name});
    access_ = std::move(next);
    return {rcode::noerror, true, 0, {}};
}

outcome batch::perform(put_setting const& p, storage::change_origin const&)
{
    auto const at = access_->settings.find(p.name);
    if (at != access_->settings.end() && at->second == p.value)
        return {};
    auto next = std::make_shared<storage::access_records>(*access_);
    next->settings[p.name] = p.value;
    operations_.push_back(storage::setting_put{p.name, p.value});
    access_ = std::move(next);
    return {rcode::noerror, true, 0, {}};
}

} // namespace homing::update
