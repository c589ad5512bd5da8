// The console of a command that runs for the API: keeps what it prints, which is JSON, and why it failed.
//
// Bounded: output beyond `max_octets`, or longer than `patience`, ends the command. Safe to call from several threads at once.
#pragma once

#include "server/commands/console.hpp"

#include <atomic>
#include <chrono>
#include <mutex>

namespace homing::server {

class api_console final : public console {
public:
    static constexpr std::size_t max_octets = 8U << 20;
    static constexpr std::chrono::seconds patience{30}; ///< for a command that looks through much

    /// `is_over`: true once nobody waits for any answer.
    explicit api_console(std::atomic<bool> const& is_over) : is_over_{is_over} {}

    bool out(std::string_view) override;
    void err(std::string_view line) override;
    void progress(std::uint64_t, std::uint64_t) override {}
    void note(fault) override;
    bool is_heard() override;
    std::optional<input_file> next_file() override { return std::nullopt; }
    std::size_t file_count() const override { return 0; }

    // When the command has ended.
    std::string const& text() const noexcept { return text_; }
    /// The sentences that it said, without the program's name.
    std::string const& complaint() const noexcept { return complaint_; }
    fault why() const noexcept { return why_; }
    bool is_too_long() const noexcept { return is_too_long_; }
    bool is_too_slow() const noexcept { return is_too_slow_; }

private:
    std::atomic<bool> const& is_over_;
    std::mutex mutex_; // guards what follows
    std::string text_, complaint_;
    fault why_ = fault::unknown;
    bool is_too_long_ = false;
    std::atomic<bool> is_too_slow_{false};
    std::chrono::steady_clock::time_point const until_ = std::chrono::steady_clock::now() + patience;
};

} // namespace homing::server
