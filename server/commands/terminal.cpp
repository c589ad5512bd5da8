#include "server/commands/terminal.hpp"

#include "server/commands/command.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace homing::server {

namespace {

constexpr std::size_t bar_width = 40;
constexpr std::chrono::milliseconds between_bars{100};

} // namespace

terminal::terminal(input_files files) : files_{std::move(files)}, has_bar_{::isatty(STDERR_FILENO) == 1} {}

terminal::~terminal()
{
    clear_bar();
}

void terminal::clear_bar() noexcept
{
    if (std::exchange(bar_shown_, false))
        std::fputs("\r\033[K", stderr);
}

bool terminal::out(std::string_view text)
{
    std::lock_guard const lock{mutex_};
    clear_bar();
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
}

void terminal::err(std::string_view line)
{
    std::lock_guard const lock{mutex_};
    clear_bar();
    std::fflush(stdout);
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

void terminal::progress(std::uint64_t done, std::uint64_t total)
{
    if (!has_bar_)
        return;
    std::lock_guard const lock{mutex_};
    auto const now = std::chrono::steady_clock::now();
    if (bar_shown_ && now - bar_drawn_ < between_bars)
        return;
    bar_drawn_ = now;
    bar_shown_ = true;
    std::fprintf(stderr, "\r%s\033[K", to_bar(done, total, bar_width).c_str());
}

std::optional<input_file> terminal::next_file()
{
    std::lock_guard const lock{mutex_};
    return files_.next();
}

std::size_t terminal::file_count() const
{
    std::lock_guard const lock{mutex_};
    return files_.count();
}

bool terminal::flush()
{
    std::lock_guard const lock{mutex_};
    return std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

input_files files_of(command const& c, arguments const& given)
{
    for (auto const& p : c.parameters) {
        if (p.what == parameter::kind::file && given.has(p.name))
            return input_files::single(given.one(p.name));
        if (p.what == parameter::kind::zone_directory && given.has(p.name))
            return input_files::zones_in(given.one(p.name));
    }
    return {};
}

std::string to_bar(std::uint64_t done, std::uint64_t total, std::size_t width)
{
    if (total == 0)
        return fmt::format("{}", done);
    double const share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    auto const full = static_cast<std::size_t>(share * static_cast<double>(width));
    return fmt::format("[{:<{}}] {:3.0f} %", std::string(full, '#'), width, share * 100);
}

} // namespace homing::server
