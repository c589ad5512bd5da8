#include "server/commands/findings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace homing::server {

void findings::ok(std::string_view subject, std::string_view what)
{
    print("ok", subject, what, {});
}

void findings::warn(std::string_view subject, std::string_view what, std::string_view advice)
{
    print("warn", subject, what, advice);
}

void findings::fail(std::string_view subject, std::string_view what, std::string_view advice)
{
    has_failed_ = true;
    print("FAIL", subject, what, advice);
}

void findings::print(std::string_view level, std::string_view subject, std::string_view what, std::string_view advice)
{
    std::string text = fmt::format("{:<4}  {}: {}\n", level, subject, what);
    while (!advice.empty()) {
        auto const end = std::min(advice.find('\n'), advice.size());
        text += fmt::format("        {}\n", advice.substr(0, end));
        advice.remove_prefix(std::min(end + 1, advice.size()));
    }
    has_failed_ = !io_.out(text) || has_failed_;
}

} // namespace homing::server
