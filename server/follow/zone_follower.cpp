#include "server/follow/zone_follower.hpp"

#include "server/follow/catalog_consumer.hpp"
#include "server/follow/forwarding.hpp"
#include "server/follow/schedule.hpp"
#include "server/log.hpp"
#include "server/rate_limiter.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <future>
#include <thread>

namespace homing::server {

namespace {

namespace net = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds between_saves{30};
constexpr std::size_t saved_at_once = 1024, most_notices = 65536;
constexpr milliseconds first_retry{1000};
// Between two times that a NOTIFY has a zone asked for where it is not signed, so that anybody may have sent it.
constexpr seconds between_unsigned_notices{1};

std::string source_name(storage::follow_source const& s)
{
    return s.primaries + '/' + s.key;
}

} // namespace

struct zone_follower::parts {
    explicit parts(update::writer& writer, zone::versions& versions)
        : around{open_links{io}, writer, zone::versions::reader{versions}, {}, std::mt19937{std::random_device{}()}},
          forwards{around},
          alarm{io},
          save_alarm{io}
    {
    }

    void open();
    void close();
    void take_changes(std::vector<std::string> const& apexes);
    void take_notices();
    void begin_with_all();
    void look();
    void put(update::follow_book::pointer const&, bool is_start);
    void pump();
    void start(schedule::task&);
    net::awaitable<void> run(schedule::task&);
    net::awaitable<void> follow_once(schedule::task&, update::follow_book::pointer, std::string notifier, refresh_result&);
    void finish(schedule::task&, update::follow_book::pointer const&, refresh_result const&);
    milliseconds wait_after(schedule::task const&, storage::follow_record const&, bool is_refreshed);
    std::optional<soa_times> times(std::string const& apex);
    net::awaitable<void> expire_if_due(schedule::task&, update::follow_book::pointer);
    std::int64_t expires_ms(schedule::task const&, storage::follow_record const&) const;
    void log_result(schedule::task const&, refresh_result const&);
    void save_later();
    net::awaitable<void> save();
    milliseconds jitter(milliseconds);

    event_loop io{1};
    net::executor_work_guard<event_loop::executor_type> open_end{io.get_executor()};
    follow_surroundings around;
    forwarding forwards;
    schedule tasks;
    loop_timer alarm, save_alarm;
    std::unordered_map<std::string, update::zones_refreshed::item> unsaved;
    bool is_saving_later = false;
    rate_limiter lines{20, 100};
    std::set<std::string> new_catalogs; // not looked at since the start

    std::mutex mutex; // guards the next two
    std::unordered_map<std::string, std::string> notices;
    bool has_notices = false;
    std::thread thread;
};

zone_follower::zone_follower() = default;

zone_follower::~zone_follower() = default;

dns::result<void> zone_follower::start(server& whole)
{
    parts_ = std::make_unique<parts>(whole.writer(), whole.versions());
    auto& p = *parts_;
    net::post(p.io, [&p] { p.begin_with_all(); });
    p.open();
    p.thread = std::thread{[&p] { run_to_the_end(p.io); }};
    return {};
}

void zone_follower::stop()
{
    auto& p = *parts_;
    p.close();
    net::post(p.io, [&p] {
        p.around.links.stop();
        p.alarm.cancel();
        p.save_alarm.cancel();
        net::co_spawn(p.io, p.save(), net::detached);
        p.open_end.reset();
    });
    p.thread.join();
}

void zone_follower::parts::open()
{
    around.writer.followed().observe([this](std::vector<std::string> apexes) {
        net::post(io, [this, apexes = std::move(apexes)] { take_changes(apexes); });
    });
    around.writer.follow_gate().open({[this](std::string apex, std::string primary) {
                                          std::lock_guard const lock{mutex};
                                          if (notices.size() < most_notices)
                                              notices[std::move(apex)] = std::move(primary);
                                          if (!std::exchange(has_notices, true))
                                              net::post(io, [this] { take_notices(); });
                                      },
                                      [this](update::update_to_forward u) {
                                          net::post(io, [this, u = std::move(u)]() mutable { forwards.take(std::move(u)); });
                                          return true;
                                      }});
}

void zone_follower::parts::close()
{
    around.writer.follow_gate().close();
    around.writer.followed().observe(nullptr);
}

void zone_follower::parts::begin_with_all()
{
    for (auto const& record : around.writer.followed().all())
        put(record, true);
    pump();
}

/// The writer has put or removed them.
void zone_follower::parts::take_changes(std::vector<std::string> const& apexes)
{
    for (auto const& apex : apexes) {
        if (auto const record = around.writer.followed().find(apex))
            put(record, false);
        else
            tasks.remove(apex);
    }
    pump();
}

void zone_follower::parts::take_notices()
{
    std::unordered_map<std::string, std::string> all;
    {
        std::lock_guard const lock{mutex};
        all.swap(notices);
        has_notices = false;
    }
    for (auto& [apex, primary] : all)
        if (auto* const t = tasks.find(apex))
            tasks.hurry(*t, std::move(primary), schedule::clock::now());
    pump();
}

void zone_follower::parts::put(update::follow_book::pointer const& record, bool is_start)
{
    auto const now = schedule::clock::now();
    auto due = now;
    if (is_start && record->refreshed_ms != 0) {
        auto const refresh = times(record->apex).value_or(soa_times{}).refresh;
        auto const left = milliseconds{record->refreshed_ms - time_ms_now()} + jitter(refresh);
        due = now + std::clamp<milliseconds>(left, milliseconds{0}, refresh);
        if (!record->is_expired && record->expires_ms != 0)
            due = std::min(due, now + std::max(milliseconds{record->expires_ms - time_ms_now()}, milliseconds{0}));
    }
    if (is_start && record->is_catalog) {
        new_catalogs.insert(record->apex);
        due = now; // its members are looked at, too
    }
    auto& t = tasks.put(record->apex, source_name(*record->source), due);
    if (record->expires_ms == 0 && t.expires_ms != 0) { // it begins anew
        t.expires_ms = t.refreshed_ms = 0;
        tasks.hurry(t, {}, now);
    }
}

void zone_follower::parts::pump()
{
    if (around.links.is_stopping())
        return;
    tasks.advance(schedule::clock::now());
    while (auto* const t = tasks.next())
        start(*t);
    auto const due = tasks.next_due();
    if (!due)
        return;
    alarm.expires_at(*due);
    alarm.async_wait([this](boost::system::error_code const& error) {
        if (!error)
            pump();
    });
}

void zone_follower::parts::start(schedule::task& t)
{
    net::co_spawn(io, run(t), [this](std::exception_ptr const& thrown) {
        if (!thrown)
            return;
        try {
            std::rethrow_exception(thrown);
        } catch (std::exception const& e) {
            log_error(e.what());
        }
    });
}

net::awaitable<void> zone_follower::parts::run(schedule::task& t)
{
    std::string const apex = t.apex, notifier = std::exchange(t.notifier, {});
    auto const record = around.writer.followed().find(apex);
    refresh_result result;
    if (record != nullptr && record->source->key.empty())
        t.not_before = schedule::clock::now() + between_unsigned_notices;
    try { // whatever happens, it has its next turn
        if (record != nullptr)
            co_await follow_once(t, record, notifier, result);
    } catch (std::exception const& e) {
        result.error = e.what();
    }
    finish(t, record, result);
    net::post(io, [this] { pump(); });
}

net::awaitable<void> zone_follower::parts::follow_once(schedule::task& t, update::follow_book::pointer record, std::string notifier,
                                                       refresh_result& result)
{
    ++around.writer.follow_gate().count.asked;
    co_await expire_if_due(t, record);
    result = co_await refresh_zone(around, record, notifier);
    bool const is_new = result.is_answered && new_catalogs.erase(t.apex) != 0;
    if (record->is_catalog && (result.is_whole || is_new))
        co_await consume_catalog(around, record);
    else if (record->is_catalog && !result.touched.empty())
        co_await consume_catalog(around, record, result.touched);
    if (!result.is_refreshed)
        co_await expire_if_due(t, record);
}

std::int64_t zone_follower::parts::expires_ms(schedule::task const& t, storage::follow_record const& r) const
{
    return t.expires_ms != 0 ? t.expires_ms : r.expires_ms;
}

net::awaitable<void> zone_follower::parts::expire_if_due(schedule::task& t, update::follow_book::pointer record)
{
    auto const now = around.writer.followed().find(t.apex);
    auto const when = expires_ms(t, *record);
    if (now == nullptr || now->is_expired || when == 0 || time_ms_now() < when)
        co_return;
    unsaved.erase(t.apex);
    update::request request{update::expire_zone{t.apex}, {}};
    auto const o = co_await execute(around, std::move(request));
    if (!o.ok() || !o.changed)
        co_return;
    ++around.writer.follow_gate().count.expired;
    log_warning(fmt::format("zone {} has expired: none of its primaries was to be reached; it is answered SERVFAIL until one is",
                            storage::name_of_octets(t.apex).to_string()));
}

void zone_follower::parts::finish(schedule::task& t, update::follow_book::pointer const& record, refresh_result const& result)
{
    if (record == nullptr) {
        tasks.finished(t, schedule::clock::now(), true, schedule::clock::now());
        return;
    }
    log_result(t, result);
    t.failures = result.is_refreshed ? 0 : t.failures + 1;
    if (!result.is_refreshed)
        ++around.writer.follow_gate().count.failed;
    if (result.is_refreshed) {
        t.refreshed_ms = result.refreshed_ms;
        t.expires_ms = result.expires_ms;
        if (auto const now = around.writer.followed().find(t.apex); now != nullptr && now->refreshed_ms < result.refreshed_ms) {
            unsaved[t.apex] = {t.apex, result.refreshed_ms, result.expires_ms};
            save_later();
            if (now->is_expired) // it counts again at once
                net::co_spawn(io, save(), net::detached);
        }
    }
    auto wait = wait_after(t, *record, result.is_refreshed);
    if (auto const when = expires_ms(t, *record); when > time_ms_now())
        wait = std::min(wait, milliseconds{when - time_ms_now()});
    update::follow_progress progress;
    progress.next_ms = time_ms_now() + wait.count();
    progress.refreshed_ms = t.refreshed_ms;
    progress.expires_ms = t.expires_ms;
    progress.failures = t.failures;
    progress.error = result.error;
    around.writer.followed().note(t.apex, std::move(progress));
    tasks.finished(t, schedule::clock::now() + wait, result.is_answered || result.is_refreshed, schedule::clock::now());
}

milliseconds zone_follower::parts::jitter(milliseconds most)
{
    std::uniform_int_distribution<std::int64_t> distribution{most.count() * 3 / 4, most.count()};
    return milliseconds{distribution(around.random)};
}

std::optional<soa_times> zone_follower::parts::times(std::string const& apex)
{
    zone::versions::reading const now{around.reader};
    zone::zone_version const* const z = now->find(storage::name_of_octets(apex));
    if (z == nullptr || z->id() == 0)
        return {};
    return times_of(z->apex_node().find(dns::rr_type::soa).front());
}

/// RFC 1035 3.3.13, with a first few attempts that follow each other quickly: most failures are short.
milliseconds zone_follower::parts::wait_after(schedule::task const& t, storage::follow_record const& record, bool is_refreshed)
{
    auto const soa = times(record.apex).value_or(soa_times{});
    if (is_refreshed)
        return jitter(soa.refresh);
    auto const backing_off = first_retry * (std::int64_t{1} << std::min<std::uint32_t>(t.failures - 1, 20));
    return jitter(std::min<milliseconds>(backing_off, soa.retry));
}

/// The first failure, another one, and the end of failures.
void zone_follower::parts::log_result(schedule::task const& t, refresh_result const& result)
{
    auto const before = around.writer.followed().look_up(t.apex);
    bool const is_news = !before || before->progress.error != result.error;
    if (around.links.is_stopping() || !is_news || !lines.allow(static_cast<std::uint64_t>(time_ms_now() / 1000)))
        return;
    auto const zone = storage::name_of_octets(t.apex).to_string();
    if (!result.error.empty())
        log_warning(fmt::format("zone {}: {}", zone, result.error));
    else if (t.failures != 0 && result.is_refreshed)
        log_info(fmt::format("zone {}: followed again", zone));
}

void zone_follower::parts::save_later()
{
    if (std::exchange(is_saving_later, true))
        return;
    save_alarm.expires_after(between_saves);
    save_alarm.async_wait([this](boost::system::error_code const& error) {
        is_saving_later = false;
        if (!error)
            net::co_spawn(io, save(), net::detached);
    });
}

net::awaitable<void> zone_follower::parts::save()
{
    while (!unsaved.empty()) {
        update::zones_refreshed some;
        while (!unsaved.empty() && some.items.size() < saved_at_once) {
            some.items.push_back(std::move(unsaved.begin()->second));
            unsaved.erase(unsaved.begin());
        }
        update::request request{std::move(some), {}};
        co_await execute(around, std::move(request));
    }
}

} // namespace homing::server
