// What one batch makes of the hosts: over the book, which learns of it when the batch is stored.
//
// The writer's thread alone.
#pragma once

#include "storage/store.hpp"
#include "update/host_book.hpp"
#include "zone/diff.hpp"

#include <deque>
#include <map>

namespace homing::update {

class host_notes {
public:
    /// The book outlives this. `time_ms`: of the batch, since 1970.
    host_notes(host_book const& book, std::int64_t time_ms) : book_{book}, time_ms_{time_ms}, is_idle_{book.empty()} {}

    /// As this batch has left it so far; null if there is none.
    host_book::pointer find(dns::name_view) const;
    std::vector<host_book::pointer> with_suffix() const;

    void put(storage::host_record);
    void remove(dns::name_view);
    /// The addresses of hosts among what changed are those that they have now; `has_lapsed`: because they lost theirs to their lease.
    void changed(zone::diff const&, storage::change_origin const&, bool has_lapsed = false);
    /// Somebody who may said that the host's addresses are right.
    void confirmed(dns::name_view host, storage::change_origin const&);
    /// What is known of it is to be stored.
    void save(host_book::pointer const&);

    /// There is something for the store; what was only confirmed is not.
    bool must_be_stored() const noexcept { return must_be_stored_; }
    /// Borrowed by the operations until they are committed.
    void append_to(std::vector<storage::operation>&) const;
    /// The store has it.
    void apply_to(host_book&) const;

private:
    struct note {
        host_book::pointer host; // null: removed
        bool is_stored = false;
    };

    void set(dns::name_view name, host_book::pointer, bool is_stored);

    host_book const& book_;
    std::int64_t time_ms_;
    bool is_idle_; // there is no host, so that nobody needs to be looked for
    bool must_be_stored_ = false;
    std::map<std::string, std::size_t> index_; // by the name's octets, in lower case
    std::deque<std::pair<dns::name, note>> notes_;
};

} // namespace homing::update
