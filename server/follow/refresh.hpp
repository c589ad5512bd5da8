// Following one zone once: its primaries are asked for their SOA, and what is newer is transferred and given to the writer.
//
// The follower's thread alone.
#pragma once

#include "server/follow/links.hpp"
#include "update/writer.hpp"

#include <chrono>
#include <random>

namespace homing::server {

struct refresh_limits {
    std::chrono::milliseconds first_datagram{1500}, second_datagram{2500}; ///< for a reply to the first and the second question by UDP
    std::chrono::milliseconds connect{4000};
    std::chrono::milliseconds message{15000}; ///< until a message of a transfer is here
    std::chrono::seconds grace{60};           ///< a transfer may take so long, and as long again as its octets need at that speed
    std::size_t octets_per_second = 16 << 10;
    std::size_t all_octets = std::size_t{1} << 30; ///< of all transfers that are under way, in memory
};

/// What all of it shares; outlives it.
struct follow_surroundings {
    open_links links;
    update::writer& writer;
    zone::versions::reader reader;
    refresh_limits limits{};
    std::mt19937 random;
    std::size_t octets_in_transfer = 0;
};

/// What became of it.
struct refresh_result {
    bool is_answered = false;  ///< some primary answered
    bool is_refreshed = false; ///< we have what some primary has
    bool is_whole = false;     ///< it was transferred whole
    std::int64_t refreshed_ms = 0, expires_ms = 0;
    std::vector<std::string> touched; ///< owners (octets) of what steps changed
    std::string error;                ///< what went wrong last, even where all ended well
};

std::int64_t time_ms_now();

/// The SOA's times that count for a followed zone, within bounds.
struct soa_times {
    std::chrono::seconds refresh{3600}, retry{600}, expire{1209600};
};
soa_times times_of(dns::rdata_view soa);

/// As `notifier` said, if it is not empty: that primary is asked first. Nothing is thrown but what cannot be helped.
boost::asio::awaitable<refresh_result> refresh_zone(follow_surroundings&, update::follow_book::pointer, std::string notifier);

/// Puts a request to the writer and waits without holding up the thread.
boost::asio::awaitable<update::outcome> execute(follow_surroundings&, update::request);
/// Many, a slice at a time; f(request number, outcome) for each.
boost::asio::awaitable<void> execute_all(follow_surroundings&, std::vector<update::request>,
                                         std::function<void(std::size_t, update::outcome const&)>);

} // namespace homing::server
