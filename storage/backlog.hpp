// The RRsets whose newest value stands in the journal and not yet in their rows.
//
// What a commit appends to the journal lies on a page or two. The RRsets that it changes lie all over the database, and to write one of
// them costs a page of the log, and later one of the database. So they wait here while the journal keeps them, and go to their rows when
// many wait, in the order of the table's key: in a zone of a million names some eight of them then share a page. What waits is known to
// the process alone; after a crash it is made again from the journal (journal_replay.hpp).
//
// Plain memory; the thread that commits. An octet kept is counted once, so memory is bounded by what `choose` takes out.
#pragma once

#include "dns/rrset.hpp"
#include "storage/backlog_limits.hpp"
#include "storage/sqlite.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>

#include <vector>

namespace homing::storage {

/// The key of an RRset's row; orders as the table does. `owner` is relative to the apex.
struct rrset_key {
    std::int64_t zone;
    octets owner;
    dns::rr_type type;

    friend bool operator<(rrset_key const&, rrset_key const&) noexcept;
};

/// The first eight octets as a number that orders as they do.
std::uint64_t leading_octets(octets) noexcept;

class backlog {
    struct sought_key {
        rrset_key key;
        std::uint64_t lead;
    };

public:
    /// An RRset that waits.
    class entry : public boost::intrusive::set_base_hook<boost::intrusive::optimize_size<true>>,
                  public boost::intrusive::list_base_hook<> {
    public:
        entry(rrset_key const&, std::uint64_t lead, std::int64_t since);

        rrset_key key() const noexcept { return {zone_, octets{octets_}.first(owner_size_), type_}; }
        std::uint32_t ttl() const noexcept { return ttl_; }
        /// As dns::rrset::packed(); empty if the RRset is no more.
        octets records() const noexcept { return octets{octets_}.subspan(owner_size_); }
        /// The number of the oldest journal row that its row lacks.
        std::int64_t since() const noexcept { return since_; }

    private:
        friend class backlog;
        sought_key sought() const noexcept { return {key(), lead_}; }
        void set(std::uint32_t ttl, octets records);

        std::int64_t zone_;
        std::uint64_t lead_; // the owner's first octets, as a number that orders as they do: mostly all that is compared
        std::int64_t since_;
        std::uint32_t ttl_ = 0;
        dns::rr_type type_;
        std::uint8_t owner_size_;
        bool is_chosen_ = false;
        std::vector<std::uint8_t> octets_; // the owner, then the records
    };

    explicit backlog(backlog_limits const& = {});
    ~backlog();
    backlog(backlog const&) = delete;
    backlog& operator=(backlog const&) = delete;

    /// The RRset has this value now, by the journal row of this number; an empty one is no more. Numbers never descend.
    void set(rrset_key const&, dns::rrset const&, std::int64_t row);
    /// Forgets the RRsets of a zone: its rows are all new, or gone.
    void drop(std::int64_t zone);
    entry const* find(rrset_key const&) const noexcept;

    /// Those whose rows are to be written now: none while few wait; `changes` is how many RRsets the commit at hand changes, and no more than
    /// twice as many are chosen (and some). Rows up to `wanted` are to leave the journal. Then follows `written` or `kept`.
    std::vector<entry const*> const& choose(std::size_t changes, std::int64_t newest_row, std::int64_t wanted);
    /// All of them, a number at a time, in the order of the key.
    std::vector<entry const*> const& choose_first(std::size_t at_most);
    /// The chosen ones have their rows: they wait no longer.
    void written();
    /// They have not, and wait as before.
    void kept() noexcept;

    /// Journal rows before this one are in their RRsets' rows once the chosen ones are written. `next_row`: if nothing waits.
    std::int64_t oldest_row(std::int64_t next_row) const noexcept;

    std::size_t size() const noexcept { return by_key_.size(); }

    /// Calls f(entry const&) for those of a zone, in order.
    template <class F>
    void for_each(std::int64_t zone, F&& f) const
    {
        for (auto e = first_of(zone); e != by_key_.end() && e->zone_ == zone; ++e)
            f(*e);
    }

private:
    struct by_key {
        bool operator()(entry const& a, entry const& b) const noexcept { return is_before(a.sought(), b.sought()); }
        bool operator()(entry const& a, sought_key const& b) const noexcept { return is_before(a.sought(), b); }
        bool operator()(sought_key const& a, entry const& b) const noexcept { return is_before(a, b.sought()); }
        static bool is_before(sought_key const& a, sought_key const& b) noexcept
        {
            if (a.key.zone != b.key.zone)
                return a.key.zone < b.key.zone;
            return a.lead != b.lead ? a.lead < b.lead : a.key < b.key;
        }
    };
    using entries = boost::intrusive::set<entry, boost::intrusive::compare<by_key>>;
    using entries_by_age = boost::intrusive::list<entry>;

    entries::const_iterator first_of(std::int64_t zone) const noexcept;
    bool has_many(std::size_t besides) const noexcept;
    void choose(entry&);
    void choose_next_ones(std::size_t at_most);
    void choose_oldest(std::size_t at_most, std::int64_t up_to);
    void remove(entry&) noexcept;

    backlog_limits const limits_;
    entries by_key_;
    entries_by_age by_age_; // by since()
    std::size_t octets_ = 0;
    std::size_t chosen_octets_ = 0;
    std::vector<entry const*> chosen_;
    entry* next_ = nullptr; // where the round over the keys goes on; null: at the first one
};

} // namespace homing::storage
