#include "zone/canonical_order.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace homing::zone {

namespace {

constexpr std::size_t chunk_size = 8;

/// The key of a name: its labels from the right, each octet as it is (0 as 1 1 and 1 as 1 2) and a 0 behind each label; beyond the end
/// there are zeros. Two keys order as their names do. Only the octets from `skip` on are kept.
class key_chunk {
public:
    key_chunk(std::span<std::uint8_t const> labels, std::size_t skip) : skip_{skip}
    {
        std::array<std::uint8_t, 128> starts;
        std::size_t count = 0;
        for (std::size_t i = 0; i < labels.size(); i += labels[i] + 1U)
            starts[count++] = static_cast<std::uint8_t>(i);
        while (count != 0 && !full())
            add_label(labels.data() + starts[--count]);
    }

    std::uint64_t value() const noexcept { return value_ << (8 * (chunk_size - kept_)) % 64; }
    bool empty() const noexcept { return kept_ == 0; }

private:
    bool full() const noexcept { return kept_ == chunk_size; }

    void add_label(std::uint8_t const* label)
    {
        for (std::size_t i = 1; i <= label[0] && !full(); ++i) {
            if (label[i] <= 1)
                add(1);
            add(label[i] <= 1 ? label[i] + 1U : label[i]);
        }
        add(0);
    }

    void add(std::uint64_t octet)
    {
        if (skip_ != 0) {
            --skip_;
        } else if (!full()) {
            value_ = value_ << 8 | octet;
            ++kept_;
        }
    }

    std::size_t skip_;
    std::size_t kept_ = 0;
    std::uint64_t value_ = 0;
};

struct item {
    std::uint64_t key;
    std::uint32_t index;
    std::uint32_t repeats;

    friend bool operator<(item const& a, item const& b) noexcept { return a.key != b.key ? a.key < b.key : a.index < b.index; }
};

class sorter {
public:
    explicit sorter(name_list const& names) : names_{names} {}

    /// Precondition: the names of the items are equal in the first `depth` chunks of their keys.
    void sort(std::span<item> items, std::size_t depth) const
    {
        for (item& i : items) {
            key_chunk const chunk{names_.labels(names_.names, i.index), depth * chunk_size};
            i.key = chunk.empty() ? 0 : chunk.value();
        }
        if (!std::is_sorted(items.begin(), items.end()))
            std::sort(items.begin(), items.end());
        for (std::size_t i = 0; i < items.size();) {
            std::size_t const begin = i;
            while (i < items.size() && items[i].key == items[begin].key)
                ++i;
            if (i - begin > 1)
                sort_equal(items.subspan(begin, i - begin), depth + 1);
        }
    }

private:
    /// A key that is zero from here on belongs to names that have ended: they are the same name.
    void sort_equal(std::span<item> items, std::size_t depth) const
    {
        if (items[0].key != 0)
            return sort(items, depth);
        for (item& i : items.subspan(1))
            i.repeats = 1;
    }

    name_list names_;
};

} // namespace

std::vector<ordered_name> canonical_order(std::size_t count, name_list const& names)
{
    std::vector<item> items(count);
    for (std::uint32_t i = 0; i < count; ++i)
        items[i] = {0, i, 0};
    sorter{names}.sort(items, 0);
    std::vector<ordered_name> order(count);
    std::transform(items.begin(), items.end(), order.begin(), [](item const& i) {
        return ordered_name{i.index & 0x7FFFFFFF, i.repeats & 1};
    });
    return order;
}

} // namespace homing::zone
