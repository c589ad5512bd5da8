// What an agent does, without a socket and without a clock: it hears of addresses, of the network and of what became of its exchanges, and
// decides what to ask and to say next.
//
// In order: find the server, then the zone, then what the server has for the host; from then on the server is told whatever differs. Behind a NAT
// each family's address is asked for besides, in an exchange of its own. What fails is tried again, later each time; news of the network or
// another address make it be tried at once. One thread.
#pragma once

#include "agent/exchange.hpp"
#include "agent/server_search.hpp"
#include "agent/settings.hpp"

#include <set>
#include <utility>

namespace homing::agent {

class session {
public:
    using log = std::function<void(std::string const&)>;

    static constexpr std::chrono::seconds lost_after{10};  ///< that a family must be gone for before it is removed
    static constexpr std::chrono::seconds once_within{60}; ///< that --once is given
    static constexpr std::chrono::seconds first_pause{5}, longest_pause{600};
    static constexpr std::chrono::milliseconds first_pause_unreachable{
        250}; ///< nothing was sent, and a route may be about to come
    static constexpr std::chrono::seconds first_pause_refused{60}, longest_pause_refused{3600};
    static constexpr std::chrono::seconds least_after_refusal{30}; ///< even where there is news
    static constexpr std::chrono::seconds request_life{240}; ///< for which the same octets may be sent again: within TSIG's 300 s

    /// `confirmed`: when the server last confirmed the addresses, by an agent before this one; seconds since 1970.
    session(settings, std::optional<std::uint64_t> confirmed, random_source, log);
    session(session const&) = delete;
    session& operator=(session const&) = delete;

    // ---- what happens

    /// The addresses that this machine has now, as address_table::usable gives them. `interface`: the number of the one in the settings, 0
    /// if it is not there.
    void addresses(std::vector<own_address> usable, unsigned interface, moment);
    /// A link came, or went and came; or the routes changed.
    void network_changed(moment);

    // ---- what is to be done

    /// The exchanges that run: at most one of each lane.
    enum class lane : std::uint8_t { main, ask_ipv4, ask_ipv6 };
    static constexpr std::size_t lanes = 3;
    struct running {
        exchange what;
        std::uint64_t number; ///< another one for each exchange
    };
    running* in(lane) noexcept;

    /// Call after anything happened and when `wake_at` is reached: takes results, and begins exchanges.
    void advance(moment);
    /// When `advance` wants to be called although nothing happens; nothing: never.
    std::optional<instant> wake_at() const noexcept;

    /// Of --once: what the process ends with, once it is known.
    std::optional<int> exit_code() const noexcept { return exit_code_; }
    /// When the server confirmed the addresses, seconds since 1970: what is to outlive the process. Once after each time.
    std::optional<std::uint64_t> take_confirmed() noexcept { return std::exchange(to_remember_, std::nullopt); }

    /// Says once, whatever how often it is called for, that a message was ignored.
    void ignored(endpoint const& from, std::string_view why);

private:
    using address_set = std::vector<ip_address>; ///< sorted

    struct family_state {
        std::vector<own_address> usable;   ///< what this machine has
        std::optional<ip_address> own;     ///< to be told
        bool is_known = false;             ///< `own` is what it is, be it nothing
        std::optional<instant> lost_at;    ///< since when there is none
        std::optional<address_set> served; ///< what the server has; nothing: not known
        bool is_looked_up = false;
        std::vector<instant> look_ups;  ///< to come, sorted
        std::vector<instant> questions; ///< behind a NAT: to come, sorted
        unsigned unanswered = 0;        ///< of them, in a row
    };

    enum class purpose : std::uint8_t { search, look_up, update, ask };
    struct task {
        purpose what = purpose::search;
        address_family family = address_family::ipv4;
        std::vector<replacement> told; ///< by an update
        instant begun{};
    };
    struct sent_update {
        request what;
        task by;
        bool was_sent = false; ///< a server may have taken it
    };

    family_state& of(address_family f) noexcept { return families_[index_of(f)]; }
    family_state const& of(address_family f) const noexcept { return families_[index_of(f)]; }
    bool is_wanted(address_family f) const noexcept { return settings_.is_wanted[index_of(f)]; }
    std::uint64_t time_at(moment) const noexcept;
    std::string host() const;
    void say_once(std::string const&);
    void begin(lane, request, std::vector<endpoint>, task);

    // what there is to be told (session_plan.cpp)
    using goal = std::optional<std::optional<ip_address>>; ///< nothing: leave it alone; an empty address: remove it
    goal goal_of(address_family, instant) const noexcept;
    bool is_settled(address_family, instant) const noexcept;
    bool is_refresh_due(instant now) const noexcept { return refresh_at_ && now >= *refresh_at_; }
    std::vector<replacement> to_tell(instant) const;
    void choose_own(address_family, instant);
    void set_own(address_family, std::optional<ip_address>, instant);

    // what begins (session_plan.cpp)
    void start(moment);
    void begin_asking(address_family, moment);
    void begin_main(moment);
    bool begin_look_up(instant);
    void begin_update(moment);
    void drop_overtaken(instant);
    void note_sent(lane) noexcept;
    void give_up_unanswered(instant);
    void note_once(instant);
    void hurry(instant) noexcept;

    // what ended (session.cpp)
    void take_results(moment);
    void search_ended(outcome const&, instant);
    void looked_up(task const&, outcome const&, instant);
    void updated(task const&, outcome const&, moment);
    void confirmed(task const&, outcome const&, moment);
    void asked(task const&, outcome const&, moment);
    bool learn_time(reply const&, moment);
    void failed(std::string const& why, instant, instant first = first_pause);
    void refused(std::string const& why, instant);

    settings settings_;
    random_source random_;
    log log_;
    family_state families_[2];
    server_search search_{settings_};
    server_search::question asked_of_search_{};
    std::optional<running> lanes_[lanes];
    task tasks_[lanes];
    std::uint64_t next_number_ = 0;

    std::optional<instant> not_before_; ///< nothing new in the main lane
    std::optional<instant> last_refusal_;
    unsigned failures_ = 0, refusals_ = 0, wrong_times_ = 0;
    std::optional<sent_update> unanswered_; ///< its fate is not known: the same octets again, while they are good
    std::optional<instant> refresh_at_;
    std::optional<std::pair<instant, std::uint64_t>> clock_; ///< the server's, where ours was wrong
    std::optional<instant> begun_;
    instant advanced_{}; ///< when `advance` was called last
    std::optional<int> exit_code_;
    std::optional<std::uint64_t> confirmed_before_, to_remember_;
    std::set<std::string, std::less<>> said_; ///< since the last success, and ignored messages for ever
};

} // namespace homing::agent
