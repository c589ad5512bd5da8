// One request on its way until it is answered: over UDP, the same octets again with back-off and jitter, in turn to each of the servers;
// then over TCP. Without a socket and without a clock: whoever has them asks `next` what to do, and tells what became of it.
//
// What comes from elsewhere, is malformed or wrongly signed is ignored. An error without a signature can be the server's (it does not know the
// key) or anybody's: it is believed over TCP only, where nobody but the server can answer, or when nothing better comes. One thread.
#pragma once

#include "agent/messages.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace homing::agent {

/// Since the machine was started, suspended or not (CLOCK_BOOTTIME).
using instant = std::chrono::nanoseconds;

/// Both clocks, read at the same time.
struct moment {
    instant now{};
    std::uint64_t unix_time = 0; ///< seconds since 1970; may be wrong
};

/// Anything from 0 to 2^32 - 1, unpredictably.
using random_source = std::function<std::uint32_t()>;

/// From 3/4 of the time to 5/4 of it.
instant with_jitter(instant, random_source const&);

struct outcome {
    enum class kind : std::uint8_t {
        answered,    ///< `reply` says how
        unanswered,  ///< `why`
        unreachable, ///< there is no way to any server; `why`
    } what = kind::unanswered;
    agent::reply reply;
    std::vector<std::uint8_t> message; ///< of an answer
    endpoint server;                   ///< whose answer
    std::string why;
};

class exchange {
public:
    static constexpr unsigned attempts_by_udp = 5; ///< at least; each server gets two
    static constexpr std::chrono::milliseconds first_wait{500}, longest_wait{4000};
    static constexpr std::chrono::seconds stream_wait{8};

    /// Precondition: there are servers. `key`: of a signed request, else null.
    exchange(request, std::shared_ptr<dns::tsig_key const> key, std::vector<endpoint> servers, random_source);

    struct action {
        enum class kind : std::uint8_t {
            send,   ///< a datagram to `server`; then ask again
            stream, ///< open a connection to `server` and send the message; then ask again
            wait,   ///< until `until`
            done    ///< see result()
        } what = kind::done;
        endpoint server;
        instant until{};
    };
    action next(instant);

    /// The datagram that was to be sent could not be: there is no way.
    void not_sent(std::string why);
    /// The connection could not be made, or ended without a reply.
    void stream_failed(std::string why);

    /// Why what came is no reply; nothing if it was one.
    std::optional<std::string_view> take(std::span<std::uint8_t const> message, endpoint const& from, bool by_stream, moment);

    std::vector<std::uint8_t> const& message() const noexcept { return request_.message; }
    std::optional<outcome> const& result() const noexcept { return result_; }
    /// Something has been sent that a server may have taken.
    bool was_sent() const noexcept { return was_sent_; }

private:
    enum class way : std::uint8_t { udp, tcp };

    unsigned udp_attempts() const noexcept;
    instant wait_after(unsigned attempt) const;
    action next_datagram(instant);
    action next_stream(instant);
    void give_up();

    request request_;
    std::shared_ptr<dns::tsig_key const> key_;
    std::vector<endpoint> servers_;
    random_source random_;
    way way_ = way::udp;
    unsigned attempts_ = 0;   ///< on this way
    std::size_t blocked_ = 0; ///< datagrams in a row that could not be sent
    bool was_sent_ = false, is_streaming_ = false;
    instant until_{};                 ///< of the wait
    std::optional<outcome> doubtful_; ///< an error without a signature
    std::optional<outcome> result_;
    std::string why_ = "no reply came";
};

} // namespace homing::agent
