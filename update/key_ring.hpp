// The TSIG keys and what they may do, as one immutable version.
//
// Shared by pointer; any thread may read. A change makes a new ring (writer.hpp), which shares the keys that stayed: it copies a few hundred
// pointers, however many keys there are.
#pragma once

#include "storage/store.hpp"
#include "update/grant_set.hpp"

#include <array>
#include <memory>
#include <vector>

namespace homing::update {

/// Whether a key counts at all.
enum class key_state : std::uint8_t { valid, disabled, expired };

/// A key with its grants.
struct granted_key {
    std::shared_ptr<dns::tsig_key const> key;     ///< its newest secret
    std::shared_ptr<dns::tsig_key const> retired; ///< the one that this replaced, good until `retired_until`; null: none
    std::int64_t retired_until = 0;               // all times: seconds since 1970
    std::int64_t secret_time = 0;
    std::int64_t expires = 0; ///< 0: never
    bool is_disabled = false;
    std::uint32_t grants_made = 0;
    std::shared_ptr<grant_set const> grants; ///< never null
    storage::key_use last_use;               ///< as it was stored when this homing started

    /// Prepares the secrets, but for those that `before` has prepared.
    explicit granted_key(storage::key_record const&, granted_key const* before = nullptr);

    dns::name_view key_name() const noexcept { return key->key_name(); }
    key_state state(std::uint64_t now) const noexcept;
    bool has_retired(std::uint64_t now) const noexcept
    {
        return retired != nullptr && now <= static_cast<std::uint64_t>(retired_until);
    }
    /// It is one of those that are good now; null is not looked at.
    bool has_secret(dns::tsig_key const* secret, std::uint64_t now) const noexcept
    {
        return secret == nullptr || secret == key.get() || (secret == retired.get() && has_retired(now));
    }
    /// As it is stored, without its grants.
    storage::key_record bare_record() const;
    storage::key_record record() const;
};

class key_ring {
public:
    key_ring() = default;
    /// Of several keys with one name the last one counts.
    explicit key_ring(std::vector<storage::key_record> const&);

    /// By name, any case; null if unknown. Lives as long as the ring.
    granted_key const* find(dns::name_view key_name) const noexcept;
    std::size_t size() const noexcept { return size_; }
    /// By name, in canonical order.
    std::vector<granted_key const*> sorted() const;

    template <class F>
    void for_each(F&& f) const
    {
        for (auto const& g : groups_)
            if (g != nullptr)
                for (auto const& e : *g)
                    f(*e.key);
    }

    /// The ring with this key added, or in the place of the one with its name.
    key_ring with(storage::key_record const&) const;
    key_ring with(granted_key) const;
    /// The ring without the key of this name.
    key_ring without(dns::name_view key_name) const;

private:
    struct entry {
        std::uint64_t hash; // of the name
        std::shared_ptr<granted_key const> key;
    };
    using group = std::vector<entry>; // by hash

    std::shared_ptr<group const>& group_of(std::uint64_t hash) noexcept { return groups_[hash >> 56U]; }
    group const* find_group(std::uint64_t hash) const noexcept { return groups_[hash >> 56U].get(); }
    void put(granted_key);

    std::array<std::shared_ptr<group const>, 256> groups_; // by the first octet of the hash; null: empty
    std::size_t size_ = 0;
};

} // namespace homing::update
