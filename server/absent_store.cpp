#include "server/absent_store.hpp"

namespace homing::server {

dns::result<void> absent_store::load(storage::zone_sink&)
{
    return {};
}

dns::result<std::vector<storage::key_record>> absent_store::load_keys()
{
    return std::vector<storage::key_record>{};
}

std::int64_t absent_store::next_zone_id()
{
    return 1;
}

dns::result<void> absent_store::commit(std::span<storage::operation const>)
{
    return dns::failure{"There is no store in " + directory_ + "."};
}

dns::result<std::vector<storage::journal_entry>> absent_store::journal_since(std::int64_t, std::uint32_t, std::size_t)
{
    return std::vector<storage::journal_entry>{};
}

dns::result<std::vector<storage::journal_entry>> absent_store::journal_newest(std::optional<std::int64_t>, std::int64_t,
                                                                              std::size_t)
{
    return std::vector<storage::journal_entry>{};
}

} // namespace homing::server
