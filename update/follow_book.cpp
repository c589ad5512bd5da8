#include "update/follow_book.hpp"

namespace homing::update {

follow_book::follow_book(std::vector<storage::follow_record> records)
{
    for (auto& r : records) {
        std::string const apex = r.apex;
        put(apex, std::make_shared<storage::follow_record const>(std::move(r)));
    }
}

follow_book::pointer follow_book::find(std::string const& apex) const
{
    std::lock_guard const lock{mutex_};
    auto const at = by_apex_.find(apex);
    return at != by_apex_.end() ? at->second.record : nullptr;
}

std::optional<follow_book::entry> follow_book::look_up(std::string const& apex) const
{
    std::lock_guard const lock{mutex_};
    auto const at = by_apex_.find(apex);
    return at != by_apex_.end() ? std::optional{at->second} : std::nullopt;
}

std::size_t follow_book::size() const
{
    std::lock_guard const lock{mutex_};
    return by_apex_.size();
}

std::vector<follow_book::pointer> follow_book::all() const
{
    std::lock_guard const lock{mutex_};
    std::vector<pointer> records;
    records.reserve(by_apex_.size());
    for (auto const& [apex, e] : by_apex_)
        records.push_back(e.record);
    return records;
}

follow_book::pointer follow_book::member(std::string const& catalog, std::string const& label) const
{
    std::lock_guard const lock{mutex_};
    auto const of = members_.find(catalog);
    if (of == members_.end())
        return nullptr;
    auto const at = of->second.find(label);
    return at != of->second.end() ? by_apex_.at(at->second).record : nullptr;
}

std::vector<std::string> follow_book::labels(std::string const& catalog) const
{
    std::lock_guard const lock{mutex_};
    std::vector<std::string> all;
    if (auto const of = members_.find(catalog); of != members_.end())
        for (auto const& [label, apex] : of->second)
            all.push_back(label);
    return all;
}

std::size_t follow_book::member_count(std::string const& catalog) const
{
    std::lock_guard const lock{mutex_};
    auto const of = members_.find(catalog);
    return of != members_.end() ? of->second.size() : 0;
}

void follow_book::leave_catalog(storage::follow_record const& r)
{
    auto const of = members_.find(r.source->catalog);
    if (of == members_.end())
        return;
    if (auto const at = of->second.find(r.label); at != of->second.end() && at->second == r.apex)
        of->second.erase(at);
    if (of->second.empty())
        members_.erase(of);
}

void follow_book::put(std::string const& apex, pointer record)
{
    std::lock_guard const lock{mutex_};
    auto const at = by_apex_.find(apex);
    if (at != by_apex_.end() && !at->second.record->source->catalog.empty())
        leave_catalog(*at->second.record);
    if (record == nullptr) {
        if (at != by_apex_.end())
            by_apex_.erase(at);
        return;
    }
    if (!record->source->catalog.empty())
        members_[record->source->catalog][record->label] = apex;
    by_apex_[apex].record = std::move(record);
}

void follow_book::observe(std::function<void(std::vector<std::string>)> f)
{
    std::lock_guard const lock{mutex_};
    observer_ = std::move(f);
}

void follow_book::tell(std::vector<std::string> apexes) const
{
    std::lock_guard const lock{mutex_};
    if (observer_ && !apexes.empty())
        observer_(std::move(apexes));
}

void follow_book::note(std::string const& apex, follow_progress p)
{
    std::lock_guard const lock{mutex_};
    if (auto const at = by_apex_.find(apex); at != by_apex_.end())
        at->second.progress = std::move(p);
}

} // namespace homing::update
