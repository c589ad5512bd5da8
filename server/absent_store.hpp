// The store of a directory that is not there: empty, and not to be changed.
//
// Commands that only look work on it, so that a misspelt --data leaves no trace. One thread at a time.
#pragma once

#include "storage/store.hpp"

namespace homing::server {

class absent_store final : public storage::store {
public:
    explicit absent_store(std::string directory) : directory_{std::move(directory)} {}

    dns::result<void> load(storage::zone_sink&) override;
    dns::result<storage::update_memory> load_seen() override { return storage::update_memory{}; }
    dns::result<std::vector<storage::key_record>> load_keys() override;
    std::int64_t next_zone_id() override;
    dns::result<void> commit(std::span<storage::operation const>) override;
    dns::result<std::vector<storage::journal_entry>> journal_since(std::int64_t zone, std::uint32_t serial,
                                                                   std::size_t limit) override;
    dns::result<std::vector<storage::journal_entry>> journal_newest(std::optional<std::int64_t> zone, std::int64_t before,
                                                                    std::size_t limit) override;

private:
    std::string directory_;
};

} // namespace homing::server
