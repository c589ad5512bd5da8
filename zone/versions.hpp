// Publishes snapshots, lets threads read the newest without a lock or a reference count, and frees what no version needs.
//
// Guarantees: a reader that enters after `publish` returned sees that version or a newer one. What a version consists of lives until
// no reader that entered before its successor was published is inside. The writer's side (begin, publish, reclaim) belongs to
// one thread; a `reader` to one thread each; constructing and destroying readers is safe on any.
#pragma once

#include "zone/draft.hpp"
#include "zone/pool.hpp"

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>

namespace homing::zone {

class versions {
public:
    /// An empty first version. `seed` keys the hashes of names: random in production, so that nobody can choose colliding names.
    explicit versions(std::uint64_t seed);
    ~versions(); ///< Precondition: no reader inside, no draft.

    /// Where one thread reads. Costs one store and two loads to enter; writes only its own cache line.
    class reader {
    public:
        explicit reader(versions&);
        ~reader();
        reader(reader const&) = delete;
        reader& operator=(reader const&) = delete;

        /// The newest version; it and all in it stay until `leave`. Precondition: not inside.
        snapshot const& enter() noexcept;
        void leave() noexcept;
        /// The number of the newest version, to see whether it is worth leaving and entering again.
        std::uint64_t newest() const noexcept;

    private:
        friend class versions;
        versions& owner_;
        struct slot;
        slot* slot_;
    };

    /// Enters for a scope.
    class reading {
    public:
        explicit reading(reader& r) noexcept : reader_{r}, snapshot_{r.enter()} {}
        ~reading() { reader_.leave(); }
        reading(reading const&) = delete;
        reading& operator=(reading const&) = delete;
        snapshot const& operator*() const noexcept { return snapshot_; }
        snapshot const* operator->() const noexcept { return &snapshot_; }

    private:
        reader& reader_;
        snapshot const& snapshot_;
    };

    /// The newest version. Writer's thread.
    snapshot const& newest() const noexcept;
    /// A successor of the newest version. Writer's thread; one at a time.
    draft begin();
    /// Makes the draft the newest version, whole, for every reader at once; frees what no reader can see any more.
    void publish(draft&&);

    /// Octets taken for names, records and indexes, and those waiting to be freed. Any thread, approximate.
    struct memory_use {
        std::size_t in_use, retired;
    };
    memory_use memory() const noexcept;

private:
    friend class draft;
    friend class loader;

    void reclaim();

    pool pool_;
    std::uint64_t seed_;
    std::atomic<snapshot const*> current_;
    std::atomic<std::uint64_t> number_;
    struct generation { // what version `number` had and its successor has not
        std::uint64_t number;
        snapshot const* state;
        std::vector<allocation> retired;
    };
    std::deque<generation> waiting_;
    std::mutex slots_mutex_; // guards slots_'s shape, not the slots
    std::vector<std::unique_ptr<reader::slot>> slots_;
    std::atomic<std::size_t> retired_{0};
};

} // namespace homing::zone
