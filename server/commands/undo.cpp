// undo: takes back a change, as a new one.
#include "server/commands/change_text.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/speech.hpp"
#include "server/commands/time_text.hpp"
#include "update/undo_plan.hpp"

#include "dns/presentation.hpp"

#include <nlohmann/json.hpp>

namespace homing::server {

namespace {

using update::undo_plan;

/// How often it is tried anew when the zone was changed between the look at it and the undoing.
constexpr int attempts = 5;
constexpr std::size_t max_obstacles_named = 20;

std::string in_words(update::later_change const& c)
{
    return fmt::format("{} ({}, {})", c.number, to_time(c.time_ms), to_text(c.origin));
}

std::string in_words(std::vector<update::later_change> const& changes, std::size_t count)
{
    std::string text;
    for (auto const& c : changes)
        text += (text.empty() ? "" : ", ") + in_words(c);
    return count > changes.size() ? fmt::format("{}, and {} before", text, count - changes.size()) : text;
}

class undoing {
public:
    undoing(console& io, open_store& store, std::int64_t number, bool only_try, bool partial, bool as_json)
        : io_{io}, store_{store}, number_{number}, only_try_{only_try}, partial_{partial}, as_json_{as_json}
    {
    }

    exit_code run()
    {
        auto found = store_.writer.history().find(number_);
        if (!found)
            return fail(io_, "{}", found.error().message);
        if (!*found)
            return no_such_change(io_, number_);
        if (!(*found)->is_incremental())
            return cannot_take_back(**found);
        for (int i = 0; i < attempts; ++i)
            if (auto const ended = try_once(**found))
                return *ended;
        return fail(io_, "change {} is not undone: what it changed changes all the time; try again", number_);
    }

private:
    exit_code cannot_take_back(storage::journal_entry const& e)
    {
        std::string const zone = e.zone.to_string();
        switch (e.kind) {
        case storage::journal_kind::created:
            return fail(io_, "change {} added the zone {}: 'homing zone remove {}' takes it away", number_, zone, zone);
        case storage::journal_kind::removed:
            return fail(io_,
                        "change {} removed the zone {}, and the journal does not have what it held: 'homing zone import {} FILE' "
                        "brings it back from a zone file",
                        number_, zone, zone);
        default:
            return fail(io_,
                        "change {} replaced the zone {} whole, and the journal does not have what it held before: 'homing zone "
                        "import {} FILE' brings that back from a zone file",
                        number_, zone, zone);
        }
    }

    /// Nothing if the zone was changed meanwhile.
    std::optional<exit_code> try_once(storage::journal_entry const& change)
    {
        undo_plan plan{change};
        if (auto const ended = look(plan))
            return ended;
        auto const obstacles = plan.obstacles();
        update::undo request = plan.request();
        if (!obstacles.empty() && (!partial_ || request.items.empty()))
            return explain(plan, obstacles, !request.items.empty());
        auto const outcome = only_try_ ? rehearse(request) : store_.writer.execute({request, {"", store_.user, via()}});
        if (outcome.rcode == dns::rcode::nxrrset)
            return std::nullopt;
        if (!outcome.ok())
            return explain(plan, outcome);
        return report(request, outcome, obstacles);
    }

    std::string via() const { return fmt::format("undo {}", number_); }

    /// Lets the plan see the zone and all that happened to it since.
    std::optional<exit_code> look(undo_plan& plan)
    {
        storage::journal_entry const& change = plan.change();
        {
            zone::versions::reader reader{store_.versions};
            zone::versions::reading const now{reader};
            if (!plan.look_at(*now))
                return fail(io_, "change {} cannot be undone: its zone {} was removed since", number_, change.zone.to_string());
        }
        for (std::int64_t next = change.sequence + 1; io_.is_heard();) {
            auto const entries = store_.writer.history().from(change.zone_id, next);
            if (!entries)
                return fail(io_, "{}", entries.error().message);
            if (entries->empty())
                return std::nullopt;
            if (entries->front().sequence != next)
                return fail(io_, "change {} cannot be undone: the journal after it is no longer kept", number_);
            for (auto const& e : *entries)
                plan.see(e);
            next = entries->back().sequence + 1;
        }
        return exit_code::failed;
    }

    update::outcome rehearse(update::undo const& request)
    {
        zone::versions::reader reader{store_.versions};
        zone::versions::reading const now{reader};
        zone::zone_version const* const zone = now->find(request.zone);
        if (zone == nullptr || zone->id() != request.zone_id)
            return update::decline(dns::rcode::nxrrset, {});
        update::zone_change change{*zone, now->seed()};
        auto outcome = update::apply_undo(change, request);
        outcome.changed = outcome.ok() && std::move(change).finish().has_value();
        return outcome;
    }

    exit_code explain(undo_plan const& plan, std::vector<undo_plan::obstacle> const& obstacles, bool is_rest_possible)
    {
        if (auto const& by = plan.replaced_by())
            return fail(io_,
                        "change {} is not undone: the zone was replaced whole since, by change {}, and the journal does not have "
                        "what that changed; 'homing history --change {}' shows the records to put back by hand",
                        number_, in_words(*by), number_);
        fail(io_, "change {} is not undone, because later changes conflict with it:", number_);
        name_obstacles(obstacles);
        if (is_rest_possible)
            io_.err("homing: --partial undoes the rest and leaves these as they are");
        io_.err(fmt::format("homing: 'homing history --change {}' shows the records, to be put back by hand where they should be",
                            number_));
        return exit_code::failed;
    }

    void name_obstacles(std::vector<undo_plan::obstacle> const& obstacles)
    {
        std::size_t left = max_obstacles_named;
        for (auto const& o : obstacles) {
            if (left-- == 0)
                return io_.err(fmt::format("  and {} more", obstacles.size() - max_obstacles_named));
            std::string const what = o.owner.to_string() + ' ' + dns::to_string(o.type);
            io_.err(o.count == 0 ? fmt::format("  {} is not as its journal says", what)
                                 : fmt::format("  {} was changed by {}", what, in_words(o.by, o.count)));
        }
    }

    exit_code explain(undo_plan const& plan, update::outcome const& outcome)
    {
        fail(io_, "change {} is not undone: {}", number_,
             outcome.reason.empty() ? std::string{dns::mnemonic(outcome.rcode)} : outcome.reason);
        if (auto const others = plan.neighbours(); !others.empty() && outcome.rcode == dns::rcode::refused)
            io_.err("homing: other records at its names were changed by " + in_words(others, others.size()));
        return exit_code::failed;
    }

    exit_code report(update::undo const& request, update::outcome const& outcome,
                     std::vector<undo_plan::obstacle> const& left_alone)
    {
        std::string const zone = request.zone.to_string();
        if (as_json_) {
            nlohmann::ordered_json const object{{"change", number_},      {"zone", zone},
                                                {"dry_run", only_try_},   {"changed", outcome.changed},
                                                {"serial", outcome.serial}, {"left_alone", left_alone.size()}};
            return io_.out(object.dump() + '\n') ? exit_code::done : exit_code::failed;
        }
        if (!outcome.changed) {
            warn(io_, "there is nothing to undo: {} holds what it held before change {}", zone, number_);
            return exit_code::done;
        }
        zone::condensation differences;
        for (auto const& i : request.items)
            differences.add({i.owner, i.expected, i.wanted});
        std::string const lines = to_lines(differences.take(), "  ", " ");
        if (only_try_)
            io_.out(fmt::format("change {} can be undone:\n{}", number_, lines));
        else
            io_.out(fmt::format("change {} is undone{}; {} is at serial {}\n{}", number_, by_which(request, outcome), zone,
                                outcome.serial, lines));
        if (!left_alone.empty())
            warn(io_, "left as they are, because later changes conflict:");
        name_obstacles(left_alone);
        return exit_code::done;
    }

    /// The number of the change that undoes, as far as it is among the newest of its zone.
    std::string by_which(update::undo const& request, update::outcome const& outcome)
    {
        auto const newest = store_.writer.history().before({}, request.zone_id, {});
        if (newest)
            for (auto const& e : newest->entries)
                if (e.serial_to == outcome.serial && e.origin.via == via())
                    return fmt::format(" by change {}", e.number);
        return {};
    }

    console& io_;
    open_store& store_;
    std::int64_t const number_;
    bool const only_try_, partial_, as_json_;
};

} // namespace

exit_code undo(console& io, arguments const& given, open_store& store)
{
    auto const number = read_change(io, given.one("CHANGE"));
    if (!number)
        return exit_code::misused;
    return undoing{io, store, *number, given.has("--dry-run"), given.has("--partial"), given.has("--json")}.run();
}

} // namespace homing::server
