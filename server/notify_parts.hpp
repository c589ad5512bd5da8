// The notify service from within: what it knows of each address, and what its thread does. Its sources: notify_changes.cpp (what is to be told),
// notify_exchange.cpp (out and in), notify_rounds.cpp (who is asked how far it is), notify_service.cpp (the thread).
//
// Everything runs on the service's thread, under `mutex`, but for `feed`.
#pragma once

#include "server/event_loop.hpp"
#include "server/log.hpp"
#include "server/name_lookups.hpp"
#include "server/notify_service.hpp"
#include "server/own_addresses.hpp"
#include "server/peer_progress.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace homing::server {

struct notify_service::parts {
    /// An address that is told of changes.
    struct peer {
        peer(socket_address const& a, bool is_asked) : address{a}, state{is_asked} {}

        socket_address address;
        peer_progress state;
        dns::name secondary; // its name, for one that the operator named
        std::string text;    // its address, the same
        bool is_ourselves = false;
        bool is_gone = false;
        std::shared_ptr<dns::tsig_key const> key;
        std::shared_ptr<std::vector<std::string> const> round; // zones to be asked for; null between rounds
        std::size_t round_place = 0;
        peer_progress::time round_asked{}, next_round{};
    };
    using peer_pointer = std::shared_ptr<peer>;
    struct unanswered {
        peer_pointer who;
        asked_peer what;
        peer_progress::question asked;
        bool is_of_round;
        peer_progress::time since;
    };

    parts(zone::versions& v, update::writer& w, std::vector<socket_address> at, bool tells_ns)
        : versions{v}, writer{w}, listening{std::move(at)}, tells_name_servers{tells_ns}, reader{v}, lookups{[this] {
              boost::asio::post(io, [this] { names_are_known(); });
          }}
    {
    }

    void feed(std::span<dns::name const>);
    void take_fed();
    void refresh_secondaries();
    void tell_of(std::string const& apex, zone::snapshot const&);
    void tell_name_servers(std::string const& apex, zone::snapshot const&, zone::zone_version const&);
    void tell_name_server(std::string const& apex, socket_address const&, std::uint32_t serial);
    std::optional<std::vector<socket_address>> addresses_of(dns::name_view server, zone::snapshot const&);
    void names_are_known();

    void pump();
    bool send(peer_pointer const&, peer_progress::question const&, bool is_of_round);
    void set_timer();
    void tick_rounds();
    void tell_all_name_servers();
    void tell_more_name_servers();
    void advance_round(peer_pointer const&, peer_progress::time now);
    std::shared_ptr<std::vector<std::string> const> zones_of_round(peer_progress::time now);
    void receive(watched_descriptor&);
    void take_answer(std::span<std::uint8_t const>, socket_address const& from);
    void forget_unanswered(peer_progress::time now);

    void open_sockets();
    void wait(watched_descriptor&);
    template <class F>
    void guarded(F&&);

    zone::versions& versions;
    update::writer& writer;
    std::vector<socket_address> const listening;
    bool const tells_name_servers;
    zone::versions::reader reader;

    std::mutex feed_mutex; // guards the next two
    std::unordered_set<std::string> fed;
    bool is_fed = false;

    event_loop io{1};
    boost::asio::executor_work_guard<event_loop::executor_type> open_end{io.get_executor()};
    watched_descriptor v4{io}, v6{io};
    loop_timer timer{io}, round_timer{io}, start_timer{io};
    bool is_ticking = false;
    std::thread thread;

    mutable std::mutex mutex; // guards what follows, for those who ask how things are
    std::uint64_t keys_version = 0;
    std::shared_ptr<update::secondary_list const> secondaries;
    std::vector<peer_pointer> named;
    std::map<std::string, peer_pointer> in_records; // by address
    std::unordered_map<std::uint16_t, unanswered> waiting;
    std::deque<std::pair<peer_progress::time, std::uint16_t>> order; // in which they were asked
    std::weak_ptr<std::vector<std::string> const> round_zones;       // of rounds under way
    peer_progress::time round_zones_made{};
    std::vector<std::string> untold;                               // zones whose name servers were not told since the start
    std::unordered_map<std::string, std::uint32_t> wait_for_names; // zones whose name servers' addresses are not known yet
    own_addresses own;
    name_lookups lookups;
};

template <class F>
void notify_service::parts::guarded(F&& f)
{
    std::lock_guard const lock{mutex};
    try {
        f();
        pump();
    } catch (std::exception const& e) { // out of memory: the rounds find what was lost
        log_error(e.what());
    }
}

} // namespace homing::server
