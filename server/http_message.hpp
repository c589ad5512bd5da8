// HTTP messages without a socket: one request read from octets as they come, and the heads of answers.
//
// Strict and bounded. One thread at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace homing::server {

struct http_answer {
    unsigned status;
    std::string body;
    std::string_view content_type = "text/plain"; ///< static
    std::string headers = {};                     ///< more of them, each with its line end
};

class http_request_reader {
public:
    enum class progress : std::uint8_t {
        more,   ///< it is not here yet
        done,   ///< it is here
        faulty, ///< `fault` says what to answer; then the connection ends
        ended   ///< it never will be, and there is nothing to say about it
    };
    struct limits {
        std::size_t header_octets, body_octets;
    };

    /// `body_limit`: for a request whose header is here, when it may be larger than usual.
    explicit http_request_reader(limits, std::function<std::size_t(http_request_reader const&)> body_limit = nullptr);
    ~http_request_reader();
    http_request_reader(http_request_reader const&) = delete;
    http_request_reader& operator=(http_request_reader const&) = delete;

    /// Takes what belongs to the request from the front of `in`.
    progress take(std::string& in);
    /// A request began and has not come to its end.
    bool has_begun() const noexcept;
    http_answer const& fault() const noexcept;

    // When it is done, or in `body_limit` all but the body.
    std::string_view method() const noexcept;
    std::string_view target() const noexcept;
    /// The value of a header; the last one where there are several.
    std::string_view header(std::string_view name) const;
    std::string_view body() const noexcept;
    unsigned version() const noexcept; ///< 10 or 11
    bool keeps_alive() const noexcept;

private:
    struct parts;
    progress refuse(unsigned status, char const* why);

    std::unique_ptr<parts> parts_;
};

/// The status line and the header of an answer, with the empty line behind it.
std::string http_head(http_answer const&, unsigned version, bool keeps_alive);

/// The path and the query of "/path?query", or of the whole URL that a proxy is asked with.
std::pair<std::string_view, std::string_view> split_target(std::string_view target);

} // namespace homing::server
