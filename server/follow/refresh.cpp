#include "server/follow/refresh.hpp"

#include "dns/serial.hpp"
#include "server/follow/primaries.hpp"
#include "server/follow/question.hpp"
#include "server/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace homing::server {

namespace {

namespace net = boost::asio;
using boost::system::error_code;
using dns::failure;
using std::chrono::seconds;
using transfer_kind = zone::incoming_transfer::kind;

constexpr std::size_t requests_at_once = 256;

std::uint64_t seconds_now()
{
    return static_cast<std::uint64_t>(time_ms_now() / 1000);
}

/// What we have of the zone.
struct held_zone {
    bool has_contents = false, is_available = false;
    std::uint32_t serial = 0;
    std::vector<std::uint8_t> soa;
};

held_zone look_at(follow_surroundings& around, std::string const& apex)
{
    zone::versions::reading const now{around.reader};
    held_zone held;
    zone::zone_version const* const z = now->find(storage::name_of_octets(apex));
    if (z == nullptr || z->id() == 0)
        return held;
    held.has_contents = true;
    held.is_available = z->is_available();
    held.serial = z->serial();
    auto const soa = z->apex_node().find(dns::rr_type::soa).front();
    held.soa.assign(soa.begin(), soa.end());
    return held;
}

/// The key that both sides sign with; null for none. A failure where it is not there, or does not count.
dns::result<std::shared_ptr<dns::tsig_key const>> find_key(update::writer& writer, std::string const& key_name)
{
    if (key_name.empty())
        return std::shared_ptr<dns::tsig_key const>{};
    auto const ring = writer.keys();
    auto const name = storage::name_of_octets(key_name);
    update::granted_key const* const key = ring->find(name);
    if (key == nullptr)
        return failure{"there is no key " + name.to_string() + " here to sign with"};
    if (key->state(seconds_now()) != update::key_state::valid)
        return failure{"the key " + name.to_string() + " is disabled or has expired"};
    return key->key;
}

std::uint16_t random_id(follow_surroundings& around)
{
    return static_cast<std::uint16_t>(around.random());
}

/// One zone's refresh, from the first question to the last transfer.
struct refresh {
    struct answer {
        socket_address from;
        dns::result<primary_soa> soa;
    };

    follow_surroundings& around;
    update::follow_book::pointer record;
    dns::name apex;
    std::shared_ptr<dns::tsig_key const> key;
    net::steady_timer arrived; // of answers
    std::vector<answer> answers;
    std::size_t due = 0; // answers
    refresh_result result;

    refresh(follow_surroundings& a, update::follow_book::pointer r)
        : around{a}, record{std::move(r)}, apex{storage::name_of_octets(record->apex)}, arrived{a.links.io}
    {
        arrived.expires_at(net::steady_timer::time_point::max());
    }
};

void note_refreshed(refresh& r, std::int64_t expires_ms)
{
    r.result.is_refreshed = true;
    r.result.refreshed_ms = time_ms_now();
    r.result.expires_ms = std::max(r.result.expires_ms, expires_ms);
}

net::awaitable<dns::result<primary_soa>> ask_by_tcp(refresh& r, socket_address server)
{
    auto& limits = r.around.limits;
    auto asked = ask_for_soa(r.apex, random_id(r.around), r.key, seconds_now());
    tcp_link link{r.around.links, server};
    auto const connected = co_await link.connect(limits.connect);
    if (!connected)
        co_return connected.error();
    auto const sent = co_await link.send(asked.octets, limits.connect);
    if (!sent)
        co_return sent.error();
    auto const reply = co_await link.receive(limits.connect);
    if (!reply)
        co_return reply.error();
    co_return read_soa_reply(asked, r.apex, *reply, seconds_now());
}

/// By UDP, twice; over TCP where that brings nothing, or a part.
net::awaitable<dns::result<primary_soa>> find_soa(refresh& r, socket_address server)
{
    auto const& limits = r.around.limits;
    for (auto const patience : {limits.first_datagram, limits.second_datagram}) {
        auto asked = ask_for_soa(r.apex, random_id(r.around), r.key, seconds_now());
        auto const began = std::chrono::steady_clock::now();
        auto const reply = co_await ask_by_udp(r.around.links, server, asked.octets, patience);
        if (reply && !is_truncated_reply(*reply))
            co_return read_soa_reply(asked, r.apex, *reply, seconds_now());
        bool const has_waited = std::chrono::steady_clock::now() - began >= patience / 2;
        if (reply || !has_waited) // truncated; or nobody is there
            break;
    }
    auto over_tcp = co_await ask_by_tcp(r, server);
    co_return over_tcp;
}

net::awaitable<void> ask(std::shared_ptr<refresh> r, socket_address server)
{
    auto soa = co_await find_soa(*r, server);
    r->answers.push_back({server, std::move(soa)});
    --r->due;
    r->arrived.cancel();
}

/// Counts what a transfer takes in memory, for as long as it does.
struct memory_claim {
    explicit memory_claim(std::size_t& all) : all_{all} {}
    ~memory_claim() { all_ -= mine_; }
    memory_claim(memory_claim const&) = delete;
    memory_claim& operator=(memory_claim const&) = delete;
    void set(std::size_t octets)
    {
        all_ += octets - mine_;
        mine_ = octets;
    }

private:
    std::size_t& all_;
    std::size_t mine_ = 0;
};

/// Reads a transfer to its end.
net::awaitable<dns::result<void>> receive(refresh& r, tcp_link& link, primary_question& asked, zone::incoming_transfer& transfer,
                                          memory_claim& memory)
{
    auto const& limits = r.around.limits;
    auto const began = std::chrono::steady_clock::now();
    std::size_t octets = 0;
    for (bool is_done = false; !is_done;) {
        auto const allowed = limits.grace + seconds{octets / limits.octets_per_second};
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(began + allowed - std::chrono::steady_clock::now());
        if (left.count() <= 0)
            co_return failure{"it takes too long: " + std::to_string(octets) + " octets in " + std::to_string(allowed.count()) + " seconds"};
        auto const message = co_await link.receive(std::min(left, limits.message));
        if (!message)
            co_return message.error();
        octets += message->size();
        auto const view = dns::response_view::read(*message);
        if (!view)
            co_return failure{"message " + std::to_string(transfer.messages() + 1) + ": it is no well-formed reply"};
        if (asked.verifier)
            if (auto const verified = asked.verifier->take(*message, view->tsig_at, seconds_now()); !verified)
                co_return failure{"message " + std::to_string(transfer.messages() + 1) + ": " + verified.error().message};
        auto const taken = transfer.take(*message, *view);
        if (!taken)
            co_return taken.error();
        is_done = *taken;
        memory.set(transfer.octets() + (asked.verifier ? asked.verifier->pending_octets() : 0));
        if (!is_done && r.around.octets_in_transfer > limits.all_octets)
            co_return failure{"too much is being transferred at the same time"};
    }
    if (asked.verifier && !asked.verifier->is_complete())
        co_return failure{"its last message is not signed"};
    co_return dns::result<void>{};
}

std::vector<std::string> owners_in(std::vector<zone::transfer_step> const& steps)
{
    std::vector<std::string> owners;
    for (auto const& step : steps)
        for (auto const* const list : {&step.removed, &step.added}) {
            std::size_t place = 0;
            while (auto const record = list->next(place)) {
                auto owner = storage::name_octets(record->owner);
                if (owners.empty() || owners.back() != owner)
                    owners.push_back(std::move(owner));
            }
        }
    return owners;
}

struct transfer_end {
    std::string fault;        ///< empty: done
    bool is_refused = false;  ///< another way to ask may succeed
    std::optional<std::uint32_t> serial; ///< that the primary has, where nothing newer came
};

std::int64_t expiry_of(dns::rdata_view soa, std::optional<std::uint32_t> option)
{
    seconds const expire = times_of(soa).expire; // RFC 7314 4: the option counts where a primary is itself a secondary
    return time_ms_now() + 1000 * (option ? std::min<std::int64_t>(*option, expire.count()) : expire.count());
}

/// Gives what was received to the writer.
net::awaitable<transfer_end> hand_over(refresh& r, socket_address const& server, zone::incoming_transfer& t, std::optional<std::uint32_t> expire)
{
    bool const is_whole = t.what() == transfer_kind::whole;
    update::received_zone received{r.apex, {}, {}, expiry_of(t.soa(), expire)};
    if (is_whole)
        received.whole.emplace(t.take_contents());
    else
        received.steps = t.take_steps();
    auto touched = owners_in(received.steps);
    std::int64_t const expires_ms = received.expires_ms;
    update::request request{std::move(received), {}};
    request.origin.key = r.key != nullptr ? r.key->key_name().to_string() : std::string{};
    request.origin.address = server.to_client_string();
    request.origin.via = is_whole ? "axfr" : "ixfr";
    update::outcome const o = co_await execute(r.around, std::move(request));
    transfer_end end;
    if (!o.ok()) {
        end.fault = o.reason;
        end.is_refused = o.rcode == dns::rcode::refused && !is_whole;
        co_return end;
    }
    auto& gate = r.around.writer.follow_gate().count;
    ++(is_whole ? gate.whole : gate.steps);
    r.result.is_whole = r.result.is_whole || is_whole;
    r.result.touched.insert(r.result.touched.end(), std::make_move_iterator(touched.begin()), std::make_move_iterator(touched.end()));
    note_refreshed(r, expires_ms);
    if (is_debug_logged())
        log_debug(fmt::format("zone {} has serial {} from {} ({})", r.apex.to_string(), o.serial, server.to_string(), is_whole ? "AXFR" : "IXFR"));
    co_return end;
}

/// One transfer. With a SOA of ours IXFR, else AXFR.
net::awaitable<transfer_end> transfer(refresh& r, socket_address const& server, std::vector<std::uint8_t> const& our_soa,
                                      std::optional<std::uint32_t> expire)
{
    auto const ours = our_soa.empty() ? std::nullopt : std::optional<dns::rdata_view>{our_soa};
    auto asked = ask_for_transfer(r.apex, ours, random_id(r.around), r.key, seconds_now());
    auto const serial = ours ? std::optional{dns::read_soa(*ours).serial} : std::nullopt;
    zone::incoming_transfer incoming{r.apex, serial, asked.id};
    memory_claim memory{r.around.octets_in_transfer}; // until the writer has it
    tcp_link link{r.around.links, server};
    transfer_end end;
    auto step = co_await link.connect(r.around.limits.connect);
    if (step)
        step = co_await link.send(asked.octets, r.around.limits.connect);
    bool is_connected = step.has_value();
    if (step)
        step = co_await receive(r, link, asked, incoming, memory);
    if (!step) {
        end.fault = step.error().message;
        end.is_refused = is_connected && ours.has_value();
        co_return end;
    }
    if (incoming.what() == transfer_kind::up_to_date) {
        end.serial = incoming.serial();
        co_return end;
    }
    end = co_await hand_over(r, server, incoming, expire);
    co_return end;
}

/// What changed if it can be had, else the whole.
net::awaitable<void> fetch(refresh& r, socket_address const& server, held_zone const& held, primary_soa const& soa, bool goes_back)
{
    transfer_end end;
    end.is_refused = true;
    if (held.has_contents && !goes_back)
        end = co_await transfer(r, server, held.soa, soa.expire);
    std::string const why = end.fault;
    if (end.is_refused && !r.around.links.is_stopping()) {
        std::vector<std::uint8_t> const none;
        end = co_await transfer(r, server, none, soa.expire);
    }
    if (end.serial)
        end.fault = "says that it has serial " + std::to_string(soa.serial) + ", and transfers " + std::to_string(*end.serial);
    if (!end.fault.empty())
        r.result.error = server.to_string() + ": " + end.fault + (why.empty() || why == end.fault ? "" : " (IXFR: " + why + ")");
    else if (!why.empty())
        log_debug(fmt::format("zone {}: {}: IXFR: {}", r.apex.to_string(), server.to_string(), why));
}

/// What one primary says of its serial.
net::awaitable<void> take_answer(refresh& r, refresh::answer const& a, std::vector<refresh::answer>& older)
{
    if (!a.soa) {
        r.result.error = a.from.to_string() + ": " + a.soa.error().message;
        co_return;
    }
    r.result.is_answered = true;
    held_zone const held = look_at(r.around, r.record->apex);
    primary_soa const soa = *a.soa;
    if (held.has_contents && soa.serial == held.serial) {
        auto const expires = expiry_of(held.soa, soa.expire);
        note_refreshed(r, expires);
    } else if (!held.has_contents || dns::is_newer_serial(soa.serial, held.serial)) {
        co_await fetch(r, a.from, held, soa, false);
    } else {
        older.push_back(a);
        r.result.error = a.from.to_string() + ": it has serial " + std::to_string(soa.serial) + ", older than ours, " + std::to_string(held.serial);
    }
}

/// An expired zone comes back with whatever the primaries have, the newest of it.
net::awaitable<void> go_back(refresh& r, std::vector<refresh::answer> const& older)
{
    held_zone const held = look_at(r.around, r.record->apex);
    if (held.is_available || older.empty() || r.result.is_refreshed)
        co_return;
    auto const newest = std::max_element(older.begin(), older.end(), [](auto const& a, auto const& b) {
        return dns::is_newer_serial(b.soa->serial, a.soa->serial);
    });
    primary_soa const soa = *newest->soa;
    socket_address const from = newest->from;
    co_await fetch(r, from, held, soa, true);
}

void begin_to_ask(std::shared_ptr<refresh> const& r, std::string const& notifier)
{
    auto primaries = read_primaries(r->record->source->primaries);
    std::stable_partition(primaries.begin(), primaries.end(), [&](auto const& p) { return p.host() == notifier; });
    for (auto const& server : primaries) {
        ++r->due;
        net::co_spawn(r->around.links.io, ask(r, server), net::detached);
    }
}

} // namespace

std::int64_t time_ms_now()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

soa_times times_of(dns::rdata_view soa)
{
    constexpr seconds day{86400};
    auto const f = dns::read_soa(soa);
    soa_times t;
    t.refresh = std::clamp(seconds{f.refresh}, seconds{1}, 28 * day);
    t.retry = std::clamp(seconds{f.retry}, seconds{1}, 14 * day);
    t.expire = std::clamp(seconds{f.expire}, t.refresh + t.retry, 336 * day);
    return t;
}

net::awaitable<refresh_result> refresh_zone(follow_surroundings& around, update::follow_book::pointer record, std::string notifier)
{
    auto const r = std::make_shared<refresh>(around, record);
    auto key = find_key(around.writer, record->source->key);
    if (!key) {
        r->result.error = key.error().message;
        co_return r->result;
    }
    r->key = std::move(*key);
    begin_to_ask(r, notifier);
    std::vector<refresh::answer> older;
    while (r->due != 0 || !r->answers.empty()) {
        if (r->answers.empty()) {
            error_code ignored;
            co_await r->arrived.async_wait(net::redirect_error(net::use_awaitable, ignored));
            continue;
        }
        refresh::answer const a = std::move(r->answers.front());
        r->answers.erase(r->answers.begin());
        co_await take_answer(*r, a, older);
    }
    co_await go_back(*r, older);
    co_return std::move(r->result);
}

namespace {

/// Requests between their submission and their outcome.
struct pending_requests {
    explicit pending_requests(event_loop& io) : done{io} { done.expires_at(net::steady_timer::time_point::max()); }
    net::steady_timer done;
    std::vector<std::pair<std::size_t, update::outcome>> outcomes;
    std::size_t due = 0;
};

void submit(follow_surroundings& around, std::shared_ptr<pending_requests> const& pending, std::size_t number, update::request&& request)
{
    ++pending->due;
    bool const taken = around.writer.submit(
        std::move(request), [pending, number, &io = around.links.io](update::outcome&& o, update::request&& spent) {
            net::post(io, [pending, number, o = std::move(o), spent = std::move(spent)]() mutable {
                pending->outcomes.emplace_back(number, std::move(o));
                --pending->due;
                pending->done.cancel();
            });
        });
    if (taken)
        return;
    --pending->due;
    pending->outcomes.emplace_back(number, update::decline(dns::rcode::servfail, "too many changes wait, or the server stops"));
}

net::awaitable<void> wait_for(std::shared_ptr<pending_requests> pending)
{
    error_code ignored;
    while (pending->due != 0)
        co_await pending->done.async_wait(net::redirect_error(net::use_awaitable, ignored));
}

} // namespace

net::awaitable<update::outcome> execute(follow_surroundings& around, update::request request)
{
    auto const pending = std::make_shared<pending_requests>(around.links.io);
    submit(around, pending, 0, std::move(request));
    co_await wait_for(pending);
    co_return std::move(pending->outcomes.front().second);
}

net::awaitable<void> execute_all(follow_surroundings& around, std::vector<update::request> requests,
                                 std::function<void(std::size_t, update::outcome const&)> told)
{
    for (std::size_t first = 0; first < requests.size() && !around.links.is_stopping(); first += requests_at_once) {
        auto const pending = std::make_shared<pending_requests>(around.links.io);
        for (std::size_t i = first; i < std::min(requests.size(), first + requests_at_once); ++i)
            submit(around, pending, i, std::move(requests[i]));
        co_await wait_for(pending);
        for (auto const& [number, o] : pending->outcomes)
            told(number, o);
    }
}

} // namespace homing::server
