#include "server/follow/catalog_consumer.hpp"

#include "server/follow/catalog.hpp"
#include "server/log.hpp"

#include <boost/asio/awaitable.hpp>
#include <fmt/format.h>

#include <set>
#include <unordered_set>

namespace homing::server {

namespace {

namespace net = boost::asio;

std::string text(std::string const& octets)
{
    return storage::name_of_octets(octets).to_string();
}

/// What is to be asked of the writer, in this order.
struct catalog_plan {
    std::vector<update::request> requests;
    std::vector<std::string> subjects; ///< apexes
    std::string fault;                 ///< nothing is to be done
};

class planning {
public:
    planning(update::follow_book const& book, update::follow_book::pointer catalog, zone::snapshot const& now, zone::zone_version const& z)
        : book_{book}, catalog_{std::move(catalog)}, now_{now}, zone_{z}
    {
        source_ = std::make_shared<storage::follow_source const>(
            storage::follow_source{catalog_->source->primaries, catalog_->source->key, catalog_->apex});
    }

    catalog_plan all()
    {
        if (plan_.fault = fault_of_catalog(zone_); !plan_.fault.empty())
            return std::move(plan_);
        auto const members = read_members(zone_);
        if (!members) {
            plan_.fault = members.error().message;
            return std::move(plan_);
        }
        std::unordered_set<std::string> labels, apexes;
        for (auto const& m : *members) {
            labels.insert(m.label);
            apexes.insert(m.apex);
        }
        for (auto const& label : book_.labels(catalog_->apex))
            if (auto const had = book_.member(catalog_->apex, label); had && !labels.contains(label) && !apexes.contains(had->apex))
                remove(had->apex);
        for (auto const& m : *members)
            put(m);
        return std::move(plan_);
    }

    catalog_plan some(std::vector<std::string> const& touched)
    {
        if (plan_.fault = fault_of_catalog(zone_); !plan_.fault.empty())
            return std::move(plan_);
        std::set<std::string> labels;
        for (auto const& owner : touched)
            if (auto label = label_of(owner, zone_.apex()))
                labels.insert(std::move(*label));
        std::set<std::string> gone;
        std::vector<catalog_member> members;
        for (auto const& label : labels) {
            auto m = read_member(zone_, label);
            if (!m) {
                plan_.fault = m.error().message;
                return {{}, {}, plan_.fault};
            }
            auto const had = book_.member(catalog_->apex, label);
            if (had && (!*m || (*m)->apex != had->apex))
                gone.insert(had->apex);
            if (*m)
                members.push_back(std::move(**m));
        }
        for (auto const& m : members) {
            gone.erase(m.apex); // under another label
            if (std::string other = other_label_of(m); !other.empty())
                return {{}, {}, "two of its members are the zone " + text(m.apex)};
        }
        for (auto const& apex : gone)
            remove(apex);
        for (auto const& m : members)
            put(m);
        return std::move(plan_);
    }

private:
    /// That makes the same zone a member, too.
    std::string other_label_of(catalog_member const& m) const
    {
        auto const had = book_.find(m.apex);
        if (had == nullptr || had->source->catalog != catalog_->apex || had->label == m.label)
            return {};
        auto const before = read_member(zone_, had->label);
        return before && *before && (*before)->apex == m.apex ? had->label : std::string{};
    }

    void add(std::string const& apex, decltype(update::request::what) what)
    {
        plan_.requests.push_back({std::move(what), {"", text(catalog_->apex), "catalog"}});
        plan_.subjects.push_back(apex);
    }

    void remove(std::string const& apex)
    {
        add(apex, update::remove_zone{storage::name_of_octets(apex), true});
    }

    void put(catalog_member const& m)
    {
        auto const had = book_.find(m.apex);
        if (had && *had->source == *source_ && had->label == m.label)
            return;
        storage::follow_record r;
        r.apex = m.apex;
        r.source = source_;
        r.label = m.label;
        add(m.apex, update::follow_zone{std::move(r), giver_of(m, had)});
    }

    /// The catalog zone that has the member, if it says that it gives it to this one (RFC 9432 4.4.1).
    std::string giver_of(catalog_member const& m, update::follow_book::pointer const& had) const
    {
        if (had == nullptr || had->source->catalog.empty() || had->source->catalog == catalog_->apex)
            return {};
        zone::zone_version const* const giver = now_.find(storage::name_of_octets(had->source->catalog));
        if (giver == nullptr)
            return {};
        auto const there = read_member(*giver, had->label);
        bool const gives = there && *there && (*there)->apex == m.apex && (*there)->coo == catalog_->apex;
        return gives ? had->source->catalog : std::string{};
    }

    update::follow_book const& book_;
    update::follow_book::pointer catalog_;
    zone::snapshot const& now_;
    zone::zone_version const& zone_;
    std::shared_ptr<storage::follow_source const> source_;
    catalog_plan plan_;
};

catalog_plan make_plan(follow_surroundings& around, update::follow_book::pointer const& catalog, std::vector<std::string> const* touched)
{
    zone::versions::reading const now{around.reader};
    zone::zone_version const* const z = now->find(storage::name_of_octets(catalog->apex));
    if (z == nullptr || z->id() == 0)
        return {};
    planning p{around.writer.followed(), catalog, *now, *z};
    return touched != nullptr ? p.some(*touched) : p.all();
}

net::awaitable<void> carry_out(follow_surroundings& around, update::follow_book::pointer catalog, catalog_plan plan)
{
    if (!plan.fault.empty())
        log_warning(fmt::format("catalog {} is left as it was: {}", text(catalog->apex), plan.fault));
    std::size_t done = 0, refused = 0;
    auto const subjects = std::move(plan.subjects);
    std::function<void(std::size_t, update::outcome const&)> const told = [&](std::size_t i, update::outcome const& o) {
        done += o.ok() && o.changed;
        if (!o.ok() && refused++ < 20)
            log_warning(fmt::format("catalog {}: the member {} is left as it was: {}", text(catalog->apex), text(subjects[i]), o.reason));
    };
    auto requests = std::move(plan.requests);
    co_await execute_all(around, std::move(requests), told);
    if (done != 0)
        log_info(fmt::format("catalog {}: {} changes, {} members", text(catalog->apex), done,
                             around.writer.followed().member_count(catalog->apex)));
}

} // namespace

net::awaitable<void> consume_catalog(follow_surroundings& around, update::follow_book::pointer catalog)
{
    auto plan = make_plan(around, catalog, nullptr);
    co_await carry_out(around, catalog, std::move(plan));
}

net::awaitable<void> consume_catalog(follow_surroundings& around, update::follow_book::pointer catalog, std::vector<std::string> touched)
{
    auto plan = make_plan(around, catalog, &touched);
    co_await carry_out(around, catalog, std::move(plan));
}

} // namespace homing::server
