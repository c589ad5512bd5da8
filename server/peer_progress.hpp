// One address of a server that follows this one: what it has been told, what it has answered, and how far it is.
//
// Decides what is to be sent and when; knows no socket, and time is a parameter. A zone that changed is told at once, then at most once in
// `spacing` however often it changes; again with growing pauses until there is an answer; then the peer is asked for its SOA until that is as new as ours.
// Only zones that are on their way are remembered, so that a hundred thousand that are not cost nothing. One thread.
#pragma once

#include "server/peer_message.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace homing::server {

class peer_progress {
public:
    using clock = std::chrono::steady_clock;
    using time = clock::time_point;

    static constexpr std::chrono::milliseconds spacing{150}; ///< between two NOTIFY for a zone
    static constexpr std::size_t most_zones = 131'072;       ///< on their way; what is beyond is found by the rounds
    static constexpr std::size_t window = 128, round_window = 64,
                                 narrow_window = 4;       ///< questions without an answer; narrow while it is silent
    static constexpr int most_notifies = 6;               ///< for one change
    static constexpr std::chrono::seconds first_pause{1}; ///< without an answer; it doubles

    /// `is_asked`: for its SOA. A server that only stands in an NS record is told, and that is all.
    explicit peer_progress(bool is_asked) : is_asked_{is_asked} {}

    /// The zone is at this serial now. `apex`: octets of its name. `is_asked`: for its SOA; a secondary shows its catalog to nobody.
    void changed(std::string const& apex, std::uint32_t serial, time now, bool is_asked = true);
    /// The zone is gone: its peer need not be asked any more.
    void removed(std::string const& apex);

    struct question {
        peer_question kind;
        std::string apex;
    };
    /// What is to be sent now; nothing if nothing is, or too much is without an answer.
    std::optional<question> next(time now);
    /// When to call `next` again.
    std::optional<time> next_time() const;

    void answered(question const&, peer_answer const&, time now);
    /// What `next` gave could not be sent: it comes again.
    void not_sent(question const&, time now);

    /// A question of a round (one for each zone now and then) got its answer; `serial`: ours.
    void answered_in_round(std::string const& apex, peer_answer const&, std::uint32_t serial, time now);
    /// A round begins: what is counted anew.
    void begin_round() noexcept { round_ = {}; }
    /// A question of a round was sent, and, with an answer or without one, is over: they are bounded like the others.
    void asked_in_round() noexcept { ++round_in_flight_; }
    void round_question_over(bool is_answered) noexcept;
    bool may_ask_in_round() const noexcept { return round_in_flight_ < (is_silent() ? narrow_window : round_window); }
    void end_round(time now) noexcept { last_round_ = round_, last_round_end_ = now; }

    bool may_ask() const noexcept { return in_flight_ < (is_silent() ? narrow_window : window); }

    struct behind {
        std::string apex;
        std::uint32_t serial_here;
        std::optional<std::uint32_t> serial_there; ///< unset: not known
        time since;
    };
    struct counts {
        std::size_t same = 0, absent = 0; ///< zones found as new as here, and not there, in a round
    };
    struct summary {
        std::size_t behind = 0;
        std::optional<time> behind_since; ///< of the zone that has been so for the longest
        std::optional<time> last_heard, last_round_end;
        counts round;
        std::uint64_t notifies = 0, answers = 0, unanswered = 0, dropped = 0;
        std::optional<dns::rcode> last_refusal;
    };
    summary state() const;
    /// Those that are behind, at most `limit`.
    std::vector<behind> behind_zones(std::size_t limit) const;
    std::optional<behind> find(std::string const& apex) const;
    bool is_idle() const noexcept { return zones_.empty(); }

private:
    using schedule = std::multimap<time, std::string const*>; // keys of zones_
    enum class stage : std::uint8_t { notify, ask, rest };
    struct zone {
        std::uint32_t serial = 0;
        std::optional<std::uint32_t> serial_there;
        time since, last_notify;
        stage next = stage::notify;
        std::uint8_t tries = 0;
        bool in_flight = false;
        bool changed_since_sent = false;
        bool is_behind = true;
        bool is_asked = true;
        bool is_deadline = false; // `due` is one of deadlines_
        schedule::iterator due;
    };
    using map = std::unordered_map<std::string, zone>;

    bool is_silent() const noexcept { return silence_ >= 16; }
    void set_due(map::iterator, time);
    void unschedule(zone&);
    void set_in_flight(zone&, bool) noexcept;
    void forget(map::iterator);
    void timed_out(map::iterator, time now);
    void told(map::iterator, time now);
    void is_there(map::iterator, peer_answer const&, time now);
    void notify_again(map::iterator, time now);

    bool is_asked_;
    map zones_;
    schedule due_;       // when something is to be sent
    schedule deadlines_; // until when an answer is awaited
    std::size_t in_flight_ = 0, round_in_flight_ = 0;
    time blocked_until_{};    // too much is without an answer
    std::size_t silence_ = 0; // questions without an answer in a row
    counts round_, last_round_;
    std::optional<time> last_heard_, last_round_end_;
    std::optional<dns::rcode> last_refusal_;
    std::uint64_t notifies_ = 0, answers_ = 0, unanswered_ = 0, dropped_ = 0;
};

} // namespace homing::server
