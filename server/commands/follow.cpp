// follow, unfollow: the catalog of a primary, with all its members.
#include "server/commands/commands.hpp"
#include "server/commands/follow_words.hpp"
#include "server/commands/speech.hpp"

#include <condition_variable>
#include <mutex>

namespace homing::server {

namespace {

constexpr char const* usual_catalog = "catalog.homing.invalid";
constexpr std::size_t removed_at_once = 512;

std::optional<dns::name> read_catalog(console& io, std::string_view parameter, std::string const& given)
{
    return read_name(io, parameter, given.empty() ? usual_catalog : given);
}

/// Removes zones, so many with one sync; returns how many were.
std::size_t remove_all(open_store& store, std::vector<std::string> const& apexes)
{
    std::mutex mutex;
    std::condition_variable told;
    std::size_t due = 0, removed = 0;
    std::unique_lock lock{mutex};
    for (auto const& apex : apexes) {
        told.wait(lock, [&] { return due < removed_at_once; });
        ++due;
        lock.unlock();
        update::request request{update::remove_zone{storage::name_of_octets(apex), true}, {"", store.user, "cli"}};
        bool const taken = store.writer.submit(std::move(request), [&](update::outcome const& o) {
            std::lock_guard const guard{mutex};
            --due;
            removed += o.ok();
            told.notify_one();
        });
        lock.lock();
        due -= taken ? 0 : 1;
    }
    told.wait(lock, [&] { return due == 0; });
    return removed;
}

} // namespace

exit_code follow(console& io, arguments const& given, open_store& store)
{
    auto const catalog = read_catalog(io, "--catalog", given.one("--catalog"));
    auto const primaries = read_primary_words(io, "ADDR", given.all("ADDR"));
    if (!catalog || !primaries)
        return exit_code::misused;
    exit_code code = exit_code::failed;
    auto const key = read_shared_key(io, given, store, code);
    if (!key)
        return code;
    storage::follow_record record;
    record.apex = storage::name_octets(*catalog);
    record.source = std::make_shared<storage::follow_source const>(storage::follow_source{*primaries, *key, {}});
    record.is_catalog = true;
    auto const outcome = execute(io, store, update::follow_zone{std::move(record), {}});
    if (!outcome.ok())
        return exit_code::failed;
    say(io, "{} is followed from {}: the zones that it lists will be here, and those that leave it will go", catalog->to_string(), *primaries);
    return exit_code::done;
}

exit_code unfollow(console& io, arguments const& given, open_store& store)
{
    auto const catalog = read_catalog(io, "CATALOG", given.one("CATALOG"));
    if (!catalog)
        return exit_code::misused;
    std::string const apex = storage::name_octets(*catalog);
    auto const& book = store.writer.followed();
    auto const record = book.find(apex);
    if ((record == nullptr || !record->is_catalog) && book.member_count(apex) == 0)
        return fail(io, "no catalog zone {} is followed; 'homing zone list' shows what is", catalog->to_string());
    if (record != nullptr && !execute(io, store, update::remove_zone{*catalog, true}).ok()) // first, so that no member comes anew
        return exit_code::failed;
    std::vector<std::string> members;
    for (auto const& label : book.labels(apex))
        if (auto const member = book.member(apex, label))
            members.push_back(member->apex);
    auto const removed = remove_all(store, members);
    say(io, "{} is not followed any more; {} {} removed", catalog->to_string(), removed, removed == 1 ? "zone" : "zones");
    if (removed != members.size())
        return fail(io, "{} zones are left; try again", members.size() - removed);
    return exit_code::done;
}

} // namespace homing::server
