#include "storage/journal_replay.hpp"

namespace homing::storage {

namespace {

constexpr std::size_t rows_at_once = 1024;

[[noreturn]] void refuse(std::string const& path, journal_entry const& e)
{
    throw refusal{path + " is damaged: journal entry " + std::to_string(e.number) + " does not fit the zone " +
                  e.zone.to_string() + "; restore it from a backup"};
}

class replay {
public:
    replay(zone_table& zones, std::string const& path, backlog& waiting) : zones_{zones}, path_{path}, waiting_{waiting} {}

    void add(journal_entry const& e)
    {
        if (!e.is_incremental())
            return waiting_.drop(e.zone_id); // all its rows were written with this entry
        for (zone::rrset_change const& change : e.changes)
            add(e, change);
    }

private:
    void add(journal_entry const& e, zone::rrset_change const& change)
    {
        rrset_key const key{e.zone_id, relative_to(e.zone, change.owner), change.type()};
        auto value = current(key);
        if (!value)
            refuse(path_, e);
        if (*value == change.before) // most often
            return waiting_.set(key, change.after, e.number);
        change.before.for_each([&](dns::rdata_view r) { value->remove(r); });
        if (!change.after.empty())
            value->ttl(change.after.ttl());
        change.after.for_each([&](dns::rdata_view r) { value->add(r); });
        waiting_.set(key, *value, e.number);
    }

    std::optional<dns::rrset> current(rrset_key const& key)
    {
        if (auto const* const e = waiting_.find(key))
            return e->records().empty() ? dns::rrset{key.type, 0} : dns::rrset::from_packed(key.type, e->ttl(), e->records());
        return zones_.find(key);
    }

    zone_table& zones_;
    std::string const& path_;
    backlog& waiting_;
};

} // namespace

void replay_journal(journal_reader& journal, std::int64_t written, zone_table& zones, std::string const& path, backlog& waiting)
{
    replay r{zones, path, waiting};
    for (auto entries = journal.after(written, rows_at_once); !entries.empty();
         entries = journal.after(entries.back().number, rows_at_once))
        for (journal_entry const& e : entries)
            r.add(e);
}

} // namespace homing::storage
