#include "zone/pool.hpp"

#include "zone/zone_version.hpp"

#include <new>
#include <sys/mman.h>

namespace homing::zone {

#if defined(__SANITIZE_ADDRESS__)
#define HOMING_PLAIN_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HOMING_PLAIN_MEMORY 1
#endif
#endif

namespace {
#ifdef HOMING_PLAIN_MEMORY
constexpr bool plain = true;
#else
constexpr bool plain = false;
#endif
constexpr std::align_val_t chunk_alignment{2 * 1024 * 1024};
constexpr std::size_t rounded(std::size_t bytes)
{
    return (bytes + 7) & ~std::size_t{7};
}
} // namespace

pool::~pool() = default;

void* pool::allocate(std::size_t bytes)
{
    bytes = rounded(bytes);
    void* block = nullptr;
    if (plain || bytes > largest_class)
        block = ::operator new(bytes);
    else if (free_block*& head = free_[bytes / 8]; head != nullptr) {
        block = head;
        head = head->next;
        __builtin_prefetch(head, 1); // the next one of this size: it was freed long ago and is in no cache
    } else
        block = carve(bytes);
    count(bytes);
    return block;
}

std::uint8_t* pool::carve(std::size_t bytes)
{
    if (static_cast<std::size_t>(end_ - next_) < bytes)
        add_chunk();
    std::uint8_t* const block = next_;
    next_ += bytes;
    return block;
}

void pool::add_chunk()
{
    std::size_t const size = chunks_.empty() ? first_chunk_size : chunk_size;
    chunks_.reserve(chunks_.size() + 1);
    auto* const chunk = static_cast<std::uint8_t*>(::operator new(size, chunk_alignment));
    chunks_.emplace_back(chunk);
    if (size == chunk_size)
        ::madvise(chunk, size, MADV_HUGEPAGE); // without huge pages it is memory like any other
    next_ = chunk;
    end_ = chunk + size;
}

void pool::chunk_deleter::operator()(std::uint8_t* p) const noexcept
{
    ::operator delete(p, chunk_alignment);
}

void pool::release(void const* block, std::size_t bytes) noexcept
{
    bytes = rounded(bytes);
    auto* const p = const_cast<void*>(block);
    if (plain || bytes > largest_class)
        ::operator delete(p);
    else
        free_[bytes / 8] = ::new (p) free_block{free_[bytes / 8]};
    count(std::size_t{0} - bytes);
}

void memory_log::rollback(std::size_t created, std::size_t retired) noexcept
{
    for (; created_.size() > created; created_.pop_back())
        release(*pool_, created_.back());
    retired_.resize(retired);
}

std::vector<allocation> memory_log::commit() noexcept
{
    created_.clear();
    return std::move(retired_);
}

void release(pool& p, allocation a) noexcept
{
    if (a.bytes == 0)
        zone_version::release(p, static_cast<zone_version const*>(a.block));
    else
        p.release(a.block, a.bytes);
}

} // namespace homing::zone
