// The writer's part in when keys were last used: storing it, without that anybody waits for it.
#include "update/writer.hpp"

#include <exception>

namespace homing::update {

namespace {

// With another change, so many.
constexpr std::size_t uses_with_a_commit = 64;
constexpr std::int64_t between_looks_ms = 60'000;

} // namespace

void writer::look_at_uses(std::int64_t time_ms)
{
    has_unsaved_uses_ = uses_.collect();
    next_look_at_uses_ms_ = time_ms + between_looks_ms;
}

/// On their own. What fails is tried again with the next ones.
void writer::save_uses(std::size_t most)
{
    if (!has_unsaved_uses_)
        return;
    auto const uses = uses_.take_unsaved(most);
    has_unsaved_uses_ = !uses.empty();
    std::vector<storage::operation> operations;
    for (auto const& u : uses)
        operations.push_back(to_operation(u));
    try {
        if (operations.empty() || store_->commit(operations))
            return;
    } catch (std::exception const&) {
        // As when the store fails: nobody waits for it.
    }
    has_unsaved_uses_ = false; // until the next look: not again and again while the disk is full
    uses_.put_back(uses);
}

/// What may go with a commit.
std::vector<noted_use> writer::due_uses(std::int64_t time_ms)
{
    if (time_ms >= next_look_at_uses_ms_)
        look_at_uses(time_ms);
    if (!has_unsaved_uses_)
        return {};
    auto uses = uses_.take_unsaved(uses_with_a_commit);
    has_unsaved_uses_ = !uses.empty();
    return uses;
}

storage::key_use writer::last_use(granted_key const& key)
{
    auto const now = uses_.find(key.key_name());
    return now ? *now : key.last_use;
}

} // namespace homing::update
