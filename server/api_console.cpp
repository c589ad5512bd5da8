#include "server/api_console.hpp"

namespace homing::server {

bool api_console::out(std::string_view text)
{
    std::lock_guard const lock{mutex_};
    is_too_long_ = is_too_long_ || text_.size() + text.size() > max_octets;
    if (!is_too_long_)
        text_ += text;
    return !is_too_long_;
}

void api_console::err(std::string_view line)
{
    constexpr std::string_view program = "homing: ";
    std::lock_guard const lock{mutex_};
    if (line.starts_with(program))
        line.remove_prefix(program.size());
    if (line.starts_with("warning: ") || complaint_.size() > 4096)
        return;
    complaint_ += (complaint_.empty() ? "" : " ") + std::string{line};
}

void api_console::note(fault why)
{
    std::lock_guard const lock{mutex_};
    why_ = why;
}

bool api_console::is_heard()
{
    if (is_over_ || std::chrono::steady_clock::now() > until_)
        is_too_slow_ = true;
    return !is_too_slow_;
}

} // namespace homing::server
