#include "zone/node.hpp"

#include "zone/node_maker.hpp"

#include <algorithm>

namespace homing::zone {

std::uint32_t rrset_view::ttl() const noexcept
{
    std::uint8_t const* const p = records.data() + 6;
    return std::uint32_t{p[0]} << 24U | std::uint32_t{p[1]} << 16U | std::uint32_t{p[2]} << 8U | p[3];
}

dns::rrset rrset_view::copy() const
{
    dns::rrset out{type, count != 0 ? ttl() : 0};
    out.reserve(records.size());
    for_each([&](dns::rdata_view r) { out.append(r); });
    return out;
}

dns::name node::owner(dns::name_view apex) const noexcept
{
    std::uint8_t bytes[dns::max_name_size];
    std::memcpy(bytes, body(), name_size_);
    std::memcpy(bytes + name_size_, apex.data(), apex.size());
    return dns::name_view{bytes, name_size_ + apex.size()};
}

rrset_view node::find(dns::rr_type type) const noexcept
{
    std::uint8_t const* p = body() + name_size_;
    for (unsigned i = 0; i < rrsets_; ++i) {
        head const h = head_at(p);
        if (h.type == type)
            return {h.type, h.count, {p + sizeof(head), h.size}};
        p += sizeof(head) + h.size;
    }
    return {};
}

void node_maker::begin(std::span<std::uint8_t const> relative_name)
{
    bytes_.assign(relative_name.begin(), relative_name.end());
    name_size_ = static_cast<std::uint8_t>(relative_name.size());
    rrsets_ = 0;
    flags_ = 0;
}

namespace {

std::uint8_t flag_of(dns::rr_type t) noexcept
{
    switch (t) {
    case dns::rr_type::ns: return node::has_ns;
    case dns::rr_type::cname: return node::has_cname;
    case dns::rr_type::dname: return node::has_dname;
    case dns::rr_type::ds: return node::has_ds;
    default: return 0;
    }
}

} // namespace

void node_maker::add(dns::rr_type type, std::uint32_t ttl, std::span<std::uint8_t const> packed)
{
    std::size_t const at = bytes_.size();
    auto const t = static_cast<std::uint16_t>(type);
    std::uint8_t const prefix[10] = {0xC0,
                                     dns::header_size,
                                     static_cast<std::uint8_t>(t >> 8U),
                                     static_cast<std::uint8_t>(t),
                                     0,
                                     1,
                                     static_cast<std::uint8_t>(ttl >> 24U),
                                     static_cast<std::uint8_t>(ttl >> 16U),
                                     static_cast<std::uint8_t>(ttl >> 8U),
                                     static_cast<std::uint8_t>(ttl)};
    node::head h{type, 0, 0};
    bytes_.resize(at + sizeof h);
    for (std::size_t i = 0; i < packed.size(); ++h.count) {
        std::size_t const n = 2 + packed[i] * 256U + packed[i + 1];
        bytes_.insert(bytes_.end(), prefix, prefix + sizeof prefix);
        bytes_.insert(bytes_.end(), packed.begin() + static_cast<std::ptrdiff_t>(i),
                      packed.begin() + static_cast<std::ptrdiff_t>(i + n));
        i += n;
    }
    h.size = static_cast<std::uint32_t>(bytes_.size() - at - sizeof h);
    std::memcpy(&bytes_[at], &h, sizeof h);
    ++rrsets_;
    flags_ |= flag_of(type);
}

void node_maker::add(rrset_view set)
{
    node::head const h{set.type, set.count, static_cast<std::uint32_t>(set.records.size())};
    std::size_t const at = bytes_.size();
    bytes_.resize(at + sizeof h);
    std::memcpy(&bytes_[at], &h, sizeof h);
    bytes_.insert(bytes_.end(), set.records.begin(), set.records.end());
    ++rrsets_;
    flags_ |= flag_of(set.type);
}

node* node_maker::fill(void* block, std::uint32_t children) const noexcept
{
    node* const n = ::new (block) node;
    n->bytes_ = static_cast<std::uint32_t>(size());
    n->children_ = children;
    n->rrsets_ = rrsets_;
    n->name_size_ = name_size_;
    n->flags_ = flags_;
    std::memcpy(static_cast<std::uint8_t*>(block) + sizeof(node), bytes_.data(), bytes_.size());
    return n;
}

} // namespace homing::zone
