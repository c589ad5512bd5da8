// What a look at something found: a line each, ok, warn or FAIL, with what to do. As thread safe as the console.
#pragma once

#include "server/commands/command.hpp"

#include <string_view>

namespace homing::server {

class findings {
public:
    explicit findings(console& io) : io_{io} {}

    void ok(std::string_view subject, std::string_view what);
    /// `advice`: lines; what to do.
    void warn(std::string_view subject, std::string_view what, std::string_view advice);
    void fail(std::string_view subject, std::string_view what, std::string_view advice);

    /// Failed if something was FAIL, or nobody took what was said.
    exit_code code() const noexcept { return has_failed_ ? exit_code::failed : exit_code::done; }

private:
    void print(std::string_view level, std::string_view subject, std::string_view what, std::string_view advice);

    console& io_;
    bool has_failed_ = false;
};

} // namespace homing::server
