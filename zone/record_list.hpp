// Records one after the other in one block of memory, in the order in which they came: what a transfer brings before it is judged.
//
// A plain value; one thread at a time.
#pragma once

#include "dns/name.hpp"
#include "dns/rdata.hpp"

#include <vector>

namespace homing::zone {

class record_list {
public:
    struct item {
        dns::name_view owner; ///< lower case
        dns::rr_type type;
        std::uint32_t ttl;
        dns::rdata_view rdata;
    };

    void add(dns::name_view owner, dns::rr_type type, std::uint32_t ttl, dns::rdata_view rdata)
    {
        std::size_t const at = octets_.size();
        octets_.resize(at + owner.size() + 8);
        std::uint8_t* p = octets_.data() + at;
        dns::copy_lower(p, owner.data(), owner.size());
        p += owner.size();
        auto const put16 = [&](std::size_t v) {
            *p++ = static_cast<std::uint8_t>(v >> 8U);
            *p++ = static_cast<std::uint8_t>(v);
        };
        put16(static_cast<std::uint16_t>(type));
        put16(ttl >> 16U);
        put16(ttl & 0xFFFFU);
        put16(rdata.size());
        octets_.insert(octets_.end(), rdata.begin(), rdata.end());
        ++count_;
    }

    std::size_t size() const noexcept { return count_; }
    bool empty() const noexcept { return count_ == 0; }
    std::size_t octets() const noexcept { return octets_.size(); }

    /// The record at a place, which moves on to the next; nothing behind the last. The first is at place 0.
    std::optional<item> next(std::size_t& place) const noexcept
    {
        if (place == octets_.size())
            return {};
        std::uint8_t const* const owner = octets_.data() + place;
        std::uint8_t const* p = owner;
        while (*p != 0)
            p += *p + 1U;
        ++p;
        std::size_t const owner_size = static_cast<std::size_t>(p - owner);
        auto const get16 = [&](std::size_t i) { return static_cast<std::uint32_t>(p[i] << 8U | p[i + 1]); };
        std::size_t const size = get16(6);
        place += owner_size + 8 + size;
        return item{{owner, owner_size}, static_cast<dns::rr_type>(get16(0)), get16(2) << 16U | get16(4), {p + 8, size}};
    }

private:
    std::vector<std::uint8_t> octets_;
    std::size_t count_ = 0;
};

} // namespace homing::zone
