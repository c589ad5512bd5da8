#include "storage/checkpointer.hpp"

namespace homing::storage {

namespace {

constexpr int max_passes = 5;
constexpr std::size_t few_pages = 64; // what a commit may copy by itself

} // namespace

checkpointer::checkpointer(std::string const& path, std::size_t threshold)
    : connection_{path}, threshold_{threshold}, next_{threshold}
{
    connection_.use_write_ahead_log();
    connection_.execute("PRAGMA cache_size = -256");
    thread_ = std::thread{[this] { run(); }};
}

checkpointer::~checkpointer()
{
    stop();
}

void checkpointer::stop()
{
    {
        std::lock_guard const lock{mutex_};
        stopping_ = true;
    }
    connection_.interrupt();
    changed_.notify_one();
    if (thread_.joinable())
        thread_.join();
}

void checkpointer::before_commit(connection& writer)
{
    if (phase_.load(std::memory_order_acquire) != phase::nearly_done)
        return;
    phase_.store(phase::idle, std::memory_order_relaxed);
    try {
        writer.checkpoint();
    } catch (sqlite_error const&) {
        // The log stays as it is and grows on; the next round tries again. What ails the disk will fail a commit, which tells.
    }
}

void checkpointer::committed(std::size_t log_pages)
{
    log_pages_.store(log_pages, std::memory_order_relaxed);
    if (log_pages < threshold_)
        next_ = threshold_;
    if (log_pages < next_ || phase_.load(std::memory_order_acquire) != phase::idle)
        return;
    // Should a reader keep the log from starting again, then the next round comes when it has grown as much again.
    next_ = log_pages + threshold_;
    {
        std::lock_guard const lock{mutex_};
        phase_.store(phase::copying, std::memory_order_relaxed);
    }
    changed_.notify_one();
}

void checkpointer::run()
{
    std::unique_lock lock{mutex_};
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || phase_.load(std::memory_order_relaxed) == phase::copying; });
        if (stopping_)
            return;
        lock.unlock();
        copy();
        phase_.store(phase::nearly_done, std::memory_order_release);
        lock.lock();
    }
}

void checkpointer::copy()
{
    try {
        for (int pass = 0; pass < max_passes; ++pass) {
            std::size_t const copied = connection_.checkpoint();
            if (log_pages_.load(std::memory_order_relaxed) < copied + few_pages)
                return;
        }
    } catch (sqlite_error const&) {
        // As in before_commit.
    }
}

} // namespace homing::storage
