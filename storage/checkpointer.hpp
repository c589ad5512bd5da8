// Keeps the write-ahead log short without holding up commits.
//
// When the log has grown past a threshold, a thread of its own copies it into the database, in several passes, because commits go on and
// lengthen the log meanwhile; each pass has less to do than the one before. What then is still missing, a few dozen pages, the
// committing thread copies before its next transaction: at that moment nothing is missing, and SQLite lets that transaction
// write from the start of the log again. Without this last step a log under constant load would grow without end; with it one commit in
// some thousand takes two syncs more. After a few passes the last step comes however much is left, so the log is bounded on any disk.
#pragma once

#include "storage/sqlite.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace homing::storage {

class checkpointer {
public:
    /// Precondition: the database at `path` is ours and in WAL mode.
    checkpointer(std::string const& path, std::size_t threshold);
    ~checkpointer();

    /// Ends the thread; what is not yet copied stays in the log. Idempotent.
    void stop();

    /// The committing thread calls these: before a transaction, and after it with the pages then in the log.
    void before_commit(connection& writer);
    void committed(std::size_t log_pages);

private:
    enum class phase { idle, copying, nearly_done };

    void run();
    void copy();

    connection connection_;
    std::size_t const threshold_;
    std::size_t next_; // the length of the log that starts the next round; the committing thread's
    std::atomic<phase> phase_{phase::idle};
    std::atomic<std::size_t> log_pages_{0}; // after the newest commit
    std::mutex mutex_;                      // guards stopping_, and phase_'s change to copying
    std::condition_variable changed_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace homing::storage
