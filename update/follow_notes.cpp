#include "update/follow_notes.hpp"

namespace homing::update {

follow_book::pointer follow_notes::find(std::string const& apex) const
{
    auto const at = notes_.find(apex);
    return at != notes_.end() ? at->second : book_.find(apex);
}

void follow_notes::put(storage::follow_record r)
{
    std::string const apex = r.apex;
    set(apex, std::make_shared<storage::follow_record const>(std::move(r)));
}

void follow_notes::remove(std::string const& apex)
{
    set(apex, nullptr);
}

void follow_notes::set(std::string const& apex, follow_book::pointer record)
{
    auto const at = notes_.find(apex);
    before_.push_back({apex, at != notes_.end() ? std::optional{at->second} : std::nullopt});
    notes_[apex] = std::move(record);
}

void follow_notes::rewind(std::size_t place)
{
    for (; before_.size() > place; before_.pop_back()) {
        auto& [apex, note] = before_.back();
        if (note)
            notes_[apex] = std::move(*note);
        else
            notes_.erase(apex);
    }
}

void follow_notes::append_to(std::vector<storage::operation>& operations) const
{
    for (auto const& [apex, record] : notes_)
        if (record != nullptr)
            operations.push_back(storage::follow_put{record.get()});
        else
            operations.push_back(storage::follow_removed{&apex});
}

void follow_notes::apply_to(follow_book& book) const
{
    if (notes_.empty())
        return;
    std::vector<std::string> changed;
    for (auto const& [apex, record] : notes_) {
        book.put(apex, record);
        changed.push_back(apex);
    }
    book.tell(std::move(changed));
}

} // namespace homing::update
