// history: what the journal says, newest change first.
#include "server/commands/change_text.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/speech.hpp"
#include "server/commands/time_text.hpp"
#include "storage/journal_walk.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace homing::server {

namespace {

using storage::journal_walk;

constexpr std::size_t default_limit = 20, no_limit = static_cast<std::size_t>(-1);
/// The clock may have been wrong for a while, so that an entry older than asked for does not mean that all before it are. So many do.
constexpr std::size_t old_ones_in_a_row = 1000;

std::int64_t now_ms()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/// How the entries are shown, and how many.
struct form {
    bool json, whole;
    std::int64_t since = std::numeric_limits<std::int64_t>::min();
    std::size_t limit = default_limit;
    bool is_limit_given = false;
    std::int64_t before = std::numeric_limits<std::int64_t>::max();
    /// Of this name alone (and those below it) in the form for people; unset: everything.
    std::optional<dns::name> name = {};
    bool and_below = false;
};

std::optional<std::size_t> read_limit(console& io, std::string const& text)
{
    std::size_t limit = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (text == "all" || (error == std::errc{} && end == text.data() + text.size() && limit == 0 && !text.empty()))
        return no_limit;
    if (error == std::errc{} && end == text.data() + text.size())
        return limit;
    reject(io, "--limit {}: a number of changes, or all", text);
    return std::nullopt;
}

std::optional<form> read_form(console& io, arguments const& given)
{
    form f{given.has("--json"), given.has("--full") || given.has("--change")};
    if (given.has("--since")) {
        auto const since = read_time(given.one("--since"), now_ms());
        if (!since) {
            reject(io, "--since: {}", since.error().message);
            return std::nullopt;
        }
        f.since = *since;
    }
    if (given.has("--before")) {
        auto const before = read_change(io, given.one("--before"));
        if (!before)
            return std::nullopt;
        f.before = *before;
    }
    f.is_limit_given = f.json || given.has("--since") || given.has("--limit");
    if (f.is_limit_given)
        f.limit = no_limit;
    if (given.has("--limit")) {
        auto const limit = read_limit(io, given.one("--limit"));
        if (!limit)
            return std::nullopt;
        f.limit = *limit;
    }
    return f;
}

/// Who the changes are by, as the journal has it. Nothing and a word about it if it is no key's name.
std::optional<storage::journal_filter> read_filter(console& io, arguments const& given)
{
    storage::journal_filter filter;
    if (!given.has("--key"))
        return filter;
    auto const key = read_name(io, given, "--key");
    if (!key)
        return std::nullopt;
    filter.key = key->to_lower().to_string();
    return filter;
}

bool is_apex(open_store& store, dns::name_view name)
{
    zone::versions::reader reader{store.versions};
    zone::versions::reading const now{reader};
    return now->find(name) != nullptr;
}

/// Adds the entries that concern a name: of a zone's name the zone's, of any other those that touched it, in whichever zone above, and those of a
/// zone that once had this name. False if there is no such zone.
dns::result<bool> add_name(journal_walk& walk, open_store& store, dns::name const& name, storage::journal_filter filter, form& f)
{
    bool const only_zone = is_apex(store, name);
    if (!only_zone)
        f.name = name;
    bool found = false;
    std::int64_t after = 0;
    for (;;) {
        auto const zones = store.writer.history().zones_after(after);
        if (!zones)
            return zones.error();
        if (zones->empty())
            return found;
        after = zones->back().id;
        for (auto const& z : *zones) {
            bool const is_this = z.name == name;
            if (!is_this && (only_zone || !name.view().is_subdomain_of(z.name)))
                continue;
            filter.name = is_this ? std::nullopt : std::optional{name};
            walk.add(z, filter);
            found = true;
        }
    }
}

/// The part of an entry that concerns the name asked for, and how many records are left out.
std::size_t narrow(storage::journal_entry& e, form const& f)
{
    if (!f.name)
        return 0;
    std::size_t left_out = 0;
    std::erase_if(e.changes, [&](zone::rrset_change const& c) {
        bool const is_wanted = f.and_below ? c.owner.view().is_subdomain_of(*f.name) : c.owner == *f.name;
        if (!is_wanted && !zone::is_serial_only(c))
            left_out += c.before.size() + c.after.size();
        return !is_wanted;
    });
    return left_out;
}

bool print(console& io, storage::journal_entry e, form const& f, bool is_first = true)
{
    if (f.json)
        return io.out(to_json_line(e));
    std::size_t const elsewhere = narrow(e, f);
    std::string text = is_first ? "" : "\n";
    text += to_text(e, f.whole ? text_bounds{} : text_bounds::short_form());
    if (elsewhere != 0)
        text += fmt::format("  ({} more at other names)\n", elsewhere);
    return io.out(text);
}

exit_code print_all(console& io, storage::journal_walk& walk, form const& f)
{
    std::size_t printed = 0, old_ones = 0;
    while (printed < f.limit && old_ones < old_ones_in_a_row) {
        auto entry = walk.next();
        if (!entry)
            return fail(io, "{}", entry.error().message);
        if (!*entry)
            break;
        if ((*entry)->number >= f.before)
            continue;
        bool const is_old = (*entry)->time_ms < f.since;
        old_ones = is_old ? old_ones + 1 : 0;
        if (!is_old && !print(io, std::move(**entry), f, printed++ == 0))
            return exit_code::failed;
    }
    if (printed == 0 && !f.json)
        warn(io, "the journal has no such change");
    else if (!f.is_limit_given && !walk.has_ended())
        io.err("homing: there are older changes: --limit N shows more, --limit all shows all");
    return exit_code::done;
}

exit_code print_one(console& io, open_store& store, std::string const& number, form const& f)
{
    auto const n = read_change(io, number);
    if (!n)
        return exit_code::misused;
    auto entry = store.writer.history().find(*n);
    if (!entry)
        return fail(io, "{}", entry.error().message);
    if (!*entry)
        return no_such_change(io, *n);
    return print(io, std::move(**entry), f) ? exit_code::done : exit_code::failed;
}

/// What to walk through. A failure is said.
std::optional<exit_code> prepare(console& io, arguments const& given, open_store& store, journal_walk& walk, form& f)
{
    auto filter = read_filter(io, given);
    if (!filter)
        return exit_code::misused;
    if (!given.has("NAME")) {
        walk.add(*filter);
        return std::nullopt;
    }
    auto const name = read_name(io, given, "NAME");
    if (!name)
        return exit_code::misused;
    f.and_below = given.has("--below");
    if (f.and_below) {
        f.name = filter->name = name->to_lower();
        filter->and_below = true;
        walk.add(*filter);
        return std::nullopt;
    }
    auto const found = add_name(walk, store, name->to_lower(), *filter, f);
    if (!found)
        return fail(io, "{}", found.error().message);
    if (!*found)
        return io.note(fault::not_found), fail(io, "no zone of this server holds {0}, or did so far back as the journal reaches", name->to_string());
    return std::nullopt;
}

} // namespace

exit_code history(console& io, arguments const& given, open_store& store)
{
    auto f = read_form(io, given);
    if (!f)
        return exit_code::misused;
    if (given.has("--change"))
        return print_one(io, store, given.one("--change"), *f);
    journal_walk walk{store.writer.history(), [&io] { return io.is_heard(); }};
    if (auto const ended = prepare(io, given, store, walk, *f))
        return *ended;
    return print_all(io, walk, *f);
}

} // namespace homing::server
