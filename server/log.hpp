// The log: lines on stderr, written by a thread of its own.
//
// A line costs its caller a copy into a bounded queue. When the queue is full the oldest line is dropped and counted: nobody
// ever waits for whoever reads stderr. Any thread, between the construction and the destruction of `log_output`; otherwise
// lines go nowhere.
#pragma once

#include <cstdint>
#include <string_view>

namespace homing::server {

/// The log exists as long as this does; the destructor writes what is queued. One at a time.
class log_output {
public:
    explicit log_output(bool debug);
    ~log_output();
    log_output(log_output const&) = delete;
    log_output& operator=(log_output const&) = delete;
};

void log_error(std::string_view line);
void log_warning(std::string_view line);
void log_info(std::string_view line);
void log_debug(std::string_view line);
/// To ask before a debug line is put together.
bool is_debug_logged() noexcept;
/// Lines dropped since the log began.
std::uint64_t log_lines_dropped();

} // namespace homing::server
