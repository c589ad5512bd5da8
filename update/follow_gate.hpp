// How what arrives for followed zones gets to their follower: a primary's NOTIFY, and UPDATEs that are the primary's to execute.
//
// Any thread. Nothing gets through while no follower is there.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace homing::update {

/// How forwarding ended.
struct forwarded_reply {
    std::vector<std::uint8_t> octets; ///< the primary's, as it came; empty: there is none
    std::string reason;               ///< why not
    bool is_repeated = false;         ///< the same message is under way already, and will be answered
};

struct update_to_forward {
    std::string apex;                  ///< octets
    std::vector<std::uint8_t> message; ///< as it came
    std::function<void(forwarded_reply)> done; ///< called once, on the follower's thread; must be quick and not throw
};

class follow_gate {
public:
    struct counters { ///< any thread
        std::atomic<std::uint64_t> notices{0};   ///< NOTIFYs taken from primaries
        std::atomic<std::uint64_t> asked{0};     ///< times that the primaries of some zone were asked
        std::atomic<std::uint64_t> failed{0};    ///< of them, in vain
        std::atomic<std::uint64_t> steps{0};     ///< transfers of changes (IXFR)
        std::atomic<std::uint64_t> whole{0};     ///< transfers of whole zones (AXFR)
        std::atomic<std::uint64_t> expired{0};   ///< zones that expired
        std::atomic<std::uint64_t> forwarded{0}; ///< UPDATEs sent to primaries
    };
    counters count;

    struct follower {
        std::function<void(std::string apex, std::string primary)> notice; ///< who said that the zone has changed: its address
        std::function<bool(update_to_forward)> forward;                    ///< false: too many are under way
    };

    /// Set, or taken away.
    void open(follower f)
    {
        std::lock_guard const lock{mutex_};
        follower_ = std::move(f);
    }
    void close() { open({}); }

    void notice(std::string apex, std::string primary)
    {
        std::lock_guard const lock{mutex_};
        if (follower_.notice)
            follower_.notice(std::move(apex), std::move(primary));
    }
    /// False (and `done` is never called) if it cannot be taken.
    bool forward(update_to_forward u)
    {
        std::lock_guard const lock{mutex_};
        return follower_.forward && follower_.forward(std::move(u));
    }

private:
    std::mutex mutex_; // guards follower_
    follower follower_;
};

} // namespace homing::update
