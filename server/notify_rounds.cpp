// The notify service: every zone now and then, which finds what was missed.
#include "server/notify_parts.hpp"

#include "storage/follow_record.hpp"

namespace homing::server {

namespace {

using clock = peer_progress::clock;
using std::chrono::seconds;

constexpr std::size_t most_untold = 131'072; // zones whose name servers are told after a start
constexpr std::chrono::milliseconds round_tick{100};
constexpr std::size_t asked_per_tick = 20; // 200 a second
constexpr seconds between_rounds{60}, last_answers{3};

} // namespace

void notify_service::parts::tick_rounds()
{
    is_ticking = true;
    round_timer.expires_after(round_tick);
    round_timer.async_wait([this](boost::system::error_code error) {
        if (error)
            return;
        guarded([this] {
            refresh_secondaries();
            auto const now = clock::now();
            for (auto const& p : named)
                if (!p->is_ourselves)
                    advance_round(p, now);
            if (named.empty())
                is_ticking = false;
            else
                tick_rounds();
        });
    });
}

/// A change may have been the last thing before the end: so each zone's name servers are told once after a start, a few a second.
void notify_service::parts::tell_all_name_servers()
{
    zone::versions::reading const version{reader};
    version->for_each([&](zone::zone_version const& z) {
        if (untold.size() < most_untold)
            untold.push_back(storage::name_octets(z.apex()));
    });
}

void notify_service::parts::tell_more_name_servers()
{
    {
        zone::versions::reading const now{reader};
        for (std::size_t n = 0; n < asked_per_tick && !untold.empty(); ++n, untold.pop_back())
            if (auto const* const zone = now->find(storage::name_of_octets(untold.back()));
                zone != nullptr && !zone->state().is_catalog)
                tell_name_servers(untold.back(), *now, *zone);
    }
    if (untold.empty())
        return;
    start_timer.expires_after(round_tick);
    start_timer.async_wait([this](boost::system::error_code error) {
        if (!error)
            guarded([this] { tell_more_name_servers(); });
    });
}

/// All zones but catalogs: one list for all rounds that begin within a minute.
std::shared_ptr<std::vector<std::string> const> notify_service::parts::zones_of_round(clock::time_point now)
{
    if (auto known = round_zones.lock(); known && now < round_zones_made + between_rounds)
        return known;
    auto zones = std::make_shared<std::vector<std::string>>();
    zone::versions::reading const version{reader};
    zones->reserve(version->zone_count());
    version->for_each([&](zone::zone_version const& z) {
        if (!z.state().is_catalog)
            zones->push_back(storage::name_octets(z.apex()));
    });
    round_zones = zones;
    round_zones_made = now;
    return zones;
}

void notify_service::parts::advance_round(peer_pointer const& p, clock::time_point now)
{
    if (p->round == nullptr) {
        if (now < p->next_round)
            return;
        p->round = zones_of_round(now);
        p->round_place = 0;
        p->state.begin_round();
    }
    for (std::size_t n = 0; n < asked_per_tick && p->round_place < p->round->size() && p->state.may_ask_in_round(); ++n) {
        if (!send(p, {peer_question::soa, (*p->round)[p->round_place]}, true))
            return;
        ++p->round_place;
        p->round_asked = now;
    }
    if (p->round_place == p->round->size() && now >= p->round_asked + last_answers) {
        p->state.end_round(now);
        p->round = nullptr;
        p->next_round = now + between_rounds;
    }
}

} // namespace homing::server
