// The console of this process: standard output and error, a progress bar if standard error is a terminal.
//
// Safe to call from several threads at once.
#pragma once

#include "server/commands/input_files.hpp"

#include <chrono>
#include <mutex>

namespace homing::server {

class terminal final : public console {
public:
    explicit terminal(input_files = {});
    ~terminal() override;

    bool out(std::string_view) override;
    void err(std::string_view line) override;
    void progress(std::uint64_t done, std::uint64_t total) override;
    std::optional<input_file> next_file() override;
    std::size_t file_count() const override;

    /// Everything printed so far arrived where it was meant to go. Call at the end.
    bool flush();

private:
    void clear_bar() noexcept;

    mutable std::mutex mutex_;
    input_files files_;
    bool has_bar_;
    bool bar_shown_ = false;
    std::chrono::steady_clock::time_point bar_drawn_{};
};

/// The files that the arguments name, ready to be opened.
class arguments;
struct command;
input_files files_of(command const&, arguments const&);

/// "[#####     ]  50 %", of so many columns; without a total the number alone.
std::string to_bar(std::uint64_t done, std::uint64_t total, std::size_t width);

} // namespace homing::server
