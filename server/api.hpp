// The JSON API: a call becomes a command of the command line, and what that prints the answer.
//
// Without a socket: the HTTP endpoint and the control socket both come here. `answer` may wait (for the writer, for the journal), so it belongs on
// threads that may. Any thread.
#pragma once

#include "server/api_routes.hpp"
#include "server/commands/command.hpp"
#include "server/http_message.hpp"
#include "storage/token_record.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

namespace homing::server {

inline constexpr std::string_view api_prefix = "/api/v1";
inline constexpr std::size_t max_api_body = 256U << 10;

struct api_call {
    std::string method, path, query, content_type, body; ///< `path` begins with api_prefix
};

struct api_answer {
    unsigned status = 200;
    std::string body = {}; ///< JSON; empty with 204
    bool is_problem = false;
    std::string allow = {}; ///< methods, with 405
};

/// Who asks.
struct api_caller {
    std::string name;                           ///< as the journal has it: "token:backup from 192.0.2.1#53124", "user:root"
    std::optional<storage::token_record> token; ///< unset: the operator, who may everything
};

/// RFC 9457.
api_answer api_problem(unsigned status, std::string_view detail);

http_answer to_http(api_answer&&);

/// True for what the API answers, rightly or with an error.
bool is_api_path(std::string_view path) noexcept;

class api {
public:
    /// Both outlive this.
    api(update::writer& w, zone::versions& v) noexcept : writer_{w}, versions_{v} {}
    /// Before the first call. Without a server around it some routes are not there.
    void attach(server const& whole) noexcept { server_ = &whole; }

    /// Does not throw, but for want of memory.
    api_answer answer(api_call const&, api_caller const&) const;
    /// Calls that look through much end soon. Any thread.
    void give_up() noexcept { is_over_ = true; }

private:
    struct job;

    api_answer carry_out(job&) const;
    std::optional<api_answer> check_right(job&) const;
    std::optional<api_answer> check_change(job&) const;
    api_answer show(job&) const;
    exit_code run(std::string_view command, arguments const&, class api_console&, api_caller const&) const;

    update::writer& writer_;
    zone::versions& versions_;
    server const* server_ = nullptr;
    std::atomic<bool> is_over_{false};
};

} // namespace homing::server
