// diff: what is different in a zone between two of its serials.
#include "dns/serial.hpp"
#include "server/commands/change_text.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/speech.hpp"
#include "server/commands/time_text.hpp"
#include "zone/condensation.hpp"

#include <algorithm>
#include <charconv>

namespace homing::server {

namespace {

constexpr std::size_t max_octets = 256U << 20; // of memory; far more than a zone's journal has by default
constexpr std::size_t print_at = 32768;

struct served_zone {
    dns::name name;
    std::int64_t id;
    std::uint32_t serial;
};

std::optional<served_zone> find_zone(open_store& store, dns::name_view origin)
{
    zone::versions::reader reader{store.versions};
    zone::versions::reading const now{reader};
    zone::zone_version const* const zone = now->find(origin);
    if (zone == nullptr)
        return std::nullopt;
    return served_zone{dns::name{zone->apex()}, zone->id(), zone->serial()};
}

std::optional<std::uint32_t> read_serial(console& io, std::string const& text)
{
    std::uint32_t serial = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), serial);
    if (error == std::errc{} && end == text.data() + text.size())
        return serial;
    reject(io, "'{}' is not a serial: a number up to 4294967295", text);
    return std::nullopt;
}

/// Reads what lies between two serials of a zone; what cannot be done is a sentence.
class difference {
public:
    difference(console& io, storage::journal_source& journal, served_zone zone)
        : io_{io}, journal_{journal}, zone_{std::move(zone)}
    {
    }

    /// What left and what came on the way from one serial to the other, in whichever order the zone had them.
    dns::result<std::vector<zone::rrset_change>> between(std::uint32_t from, std::uint32_t to)
    {
        auto const start = place_of(from), end = place_of(to);
        if (!start)
            return start.error();
        if (!end)
            return end.error();
        if (auto read = condense(std::min(*start, *end), std::max(*start, *end)); !read)
            return read.error();
        return *start <= *end ? net_.take() : zone::inverse(net_.take());
    }

private:
    dns::result<std::int64_t> place_of(std::uint32_t serial)
    {
        auto const place = journal_.place_of(zone_.id, serial);
        if (!place)
            return place.error();
        if (*place)
            return **place;
        return dns::failure{why_not(serial)};
    }

    std::string why_not(std::uint32_t serial)
    {
        std::string const name = zone_.name.to_string();
        if (dns::is_newer_serial(serial, zone_.serial))
            return fmt::format("{} has not come to serial {} yet: it is at {}", name, serial, zone_.serial);
        auto const oldest = journal_.from(zone_.id, 0);
        if (!oldest)
            return oldest.error().message;
        if (oldest->empty())
            return fmt::format("the journal has nothing of {} left", name);
        auto const& first = oldest->front();
        std::uint32_t const begin = first.is_incremental() ? first.serial_from : first.serial_to;
        if (dns::is_newer_serial(begin, serial))
            return fmt::format("the journal of {} does not reach back to serial {}: it begins at {}, on {}", name, serial, begin,
                               to_time(first.time_ms));
        return fmt::format("{} never had serial {}: 'homing history {}' shows those it had", name, serial, name);
    }

    dns::result<void> condense(std::int64_t next, std::int64_t end)
    {
        while (next < end && io_.is_heard()) {
            auto const entries = journal_.from(zone_.id, next);
            if (!entries)
                return entries.error();
            for (auto const& e : *entries)
                if (next < end)
                    if (auto added = add(e, next++); !added)
                        return added;
            if (entries->empty())
                return dns::failure{gone()};
        }
        return {};
    }

    dns::result<void> add(storage::journal_entry const& e, std::int64_t sequence)
    {
        if (e.sequence != sequence)
            return dns::failure{gone()};
        if (!e.is_incremental())
            return dns::failure{
                fmt::format("the zone was replaced whole on the way, by change {} on {}, and the journal does not have what it "
                            "held before: it reaches back to serial {}",
                            e.number, to_time(e.time_ms), e.serial_to)};
        net_.add(e.changes);
        if (net_.octets() > max_octets)
            return dns::failure{"too much is different to be put together; take serials that lie nearer to each other"};
        return {};
    }

    std::string gone() const
    {
        return fmt::format("what the journal of {} had of this was removed meanwhile, because it was old",
                           zone_.name.to_string());
    }

    console& io_;
    storage::journal_source& journal_;
    served_zone zone_;
    zone::condensation net_;
};

/// As a zone file has it: the SOA first.
void put_soa_first(std::vector<zone::rrset_change>& changes)
{
    std::ranges::stable_partition(changes, [](zone::rrset_change const& c) { return c.type() == dns::rr_type::soa; });
}

exit_code print(console& io, std::string text, std::span<zone::rrset_change const> changes)
{
    for (auto const& c : changes) {
        text += to_lines({&c, 1}, "", "", {.serials = true});
        if (text.size() >= print_at && !io.out(std::exchange(text, {})))
            return exit_code::failed;
    }
    return io.out(text) ? exit_code::done : exit_code::failed;
}

} // namespace

exit_code diff(console& io, arguments const& given, open_store& store)
{
    auto const origin = read_name(io, given, "ZONE");
    auto const from = origin ? read_serial(io, given.one("SERIAL")) : std::nullopt;
    if (!from)
        return exit_code::misused;
    auto const zone = find_zone(store, *origin);
    if (!zone)
        return no_such_zone(io, *origin);
    auto const to = given.has("TO-SERIAL") ? read_serial(io, given.one("TO-SERIAL")) : zone->serial;
    if (!to)
        return exit_code::misused;
    auto changes = difference{io, store.writer.history(), *zone}.between(*from, *to);
    if (!changes)
        return fail(io, "{}", changes.error().message);
    if (changes->empty())
        return exit_code::done;
    put_soa_first(*changes);
    std::string const name = zone->name.to_string();
    return print(io, fmt::format("--- {} serial {}\n+++ {} serial {}\n", name, *from, name, *to), *changes);
}

} // namespace homing::server
