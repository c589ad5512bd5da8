// The console of a command that runs in the server, for a person at the other end of a control connection.
//
// Safe to call from several threads at once.
#pragma once

#include "server/commands/command.hpp"
#include "server/control_channel.hpp"

#include <chrono>
#include <deque>

namespace homing::server {

class remote_console final : public console {
public:
    /// The channel is borrowed.
    explicit remote_console(control_channel& to) : channel_{to} {}

    bool out(std::string_view) override;
    void err(std::string_view line) override;
    void progress(std::uint64_t done, std::uint64_t total) override;
    bool is_heard() override { return channel_.is_open(); }
    std::optional<input_file> next_file() override;
    std::size_t file_count() const override;

    /// The last word of the conversation.
    void end(exit_code);

private:
    void ask_for_files();
    std::optional<input_file> read_entry(nlohmann::json const&);

    control_channel& channel_;
    mutable std::mutex mutex_; // guards what follows
    std::deque<input_file> files_;
    std::size_t file_count_ = 0;
    bool files_ended_ = false;
    std::chrono::steady_clock::time_point progress_sent_{};
};

} // namespace homing::server
