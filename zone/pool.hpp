// Memory for the pieces of versions: blocks of eight-octet size classes without a header each, and the log of what a draft made and
// no longer needs.
//
// A block of malloc costs 8 octets more and its free lists are spread; with 1.3 million records that is 20 MB. All but the first blocks lie
// in huge pages where the kernel has them: a look-up reads memory all over a zone, and with pages of 4 KiB nearly each such read waits for
// the page tables, too (a tenth of the whole query at a million names). One thread (the writer's) allocates and frees; `in_use` may be read by
// any. Under AddressSanitizer every block is the system's own, so that a use after free is seen.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace homing::zone {

class pool {
public:
    pool() = default;
    ~pool();
    pool(pool const&) = delete;
    pool& operator=(pool const&) = delete;

    /// At least `bytes` octets, aligned to 8. Throws std::bad_alloc.
    void* allocate(std::size_t bytes);
    /// Gives back what `allocate(bytes)` returned.
    void release(void const* block, std::size_t bytes) noexcept;

    std::size_t in_use() const noexcept { return in_use_.load(std::memory_order_relaxed); }

private:
    static constexpr std::size_t largest_class = 2048;
    static constexpr std::size_t first_chunk_size = 256 * 1024, chunk_size = 2 * 1024 * 1024; // the latter is a huge page
    struct free_block {
        free_block* next;
    };
    void count(std::size_t bytes) noexcept { in_use_.store(in_use() + bytes, std::memory_order_relaxed); }
    std::uint8_t* carve(std::size_t bytes);
    void add_chunk();

    std::array<free_block*, largest_class / 8 + 1> free_{};
    struct chunk_deleter {
        void operator()(std::uint8_t* p) const noexcept;
    };
    std::vector<std::unique_ptr<std::uint8_t, chunk_deleter>> chunks_;
    std::uint8_t* next_ = nullptr;
    std::uint8_t* end_ = nullptr;
    std::atomic<std::size_t> in_use_{0};
};

class zone_version;

/// Something that versions are made of: a block of the pool, or a whole zone with all that hangs on it.
struct allocation {
    void const* block = nullptr;
    std::size_t bytes = 0; ///< 0: `block` is a zone_version, and what hangs on it is meant too
};

/// What a draft made (to be freed if it is taken back) and what it replaced (to be freed when no reader can see it any more).
class memory_log {
public:
    explicit memory_log(pool& p) noexcept : pool_{&p} {}

    pool& memory() noexcept { return *pool_; }
    void* make(std::size_t bytes)
    {
        void* const block = pool_->allocate(bytes);
        created_.push_back({block, bytes});
        return block;
    }
    void made_zone(zone_version const* z) { created_.push_back({z, 0}); }
    void retire(void const* block, std::size_t bytes) { retired_.push_back({block, bytes}); }
    void retire_zone(zone_version const* z) { retired_.push_back({z, 0}); }

    std::size_t created() const noexcept { return created_.size(); }
    std::size_t retired() const noexcept { return retired_.size(); }
    /// Frees what was made after the first `created` and forgets what was retired after the first `retired`.
    void rollback(std::size_t created, std::size_t retired) noexcept;
    /// What was made stays; returns what was retired.
    std::vector<allocation> commit() noexcept;

private:
    pool* pool_;
    std::vector<allocation> created_, retired_;
};

/// Builds with nothing to take back: what is replaced is freed at once.
class building_memory {
public:
    explicit building_memory(pool& p) noexcept : pool_{&p} {}
    void* make(std::size_t bytes) { return pool_->allocate(bytes); }
    void retire(void const* block, std::size_t bytes) noexcept { pool_->release(block, bytes); }

private:
    pool* pool_;
};

/// Frees a block, or a zone with its names and index.
void release(pool&, allocation) noexcept;

} // namespace homing::zone
