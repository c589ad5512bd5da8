#include "server/server.hpp"

#include "server/bound_sockets.hpp"
#include "server/certificate_watch.hpp"
#include "server/client_table.hpp"
#include "server/http_service.hpp"
#include "server/log.hpp"
#include "server/notify_service.hpp"
#include "server/public_url.hpp"
#include "server/random_number.hpp"
#include "server/recent_load.hpp"
#include "server/service_notice.hpp"
#include "server/status.hpp"
#include "server/worker.hpp"
#include "server/worker_load.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <fstream>
#include <system_error>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace homing::server {

namespace {

constexpr std::size_t other_descriptors = 320; // the store's, the control socket's, the event loops', the follower's

unsigned usable_cores()
{
    cpu_set_t cores;
    return ::sched_getaffinity(0, sizeof cores, &cores) == 0 ? static_cast<unsigned>(CPU_COUNT(&cores)) : 1U;
}

/// Raises the limit of open files as far as allowed, and lowers ours to what is left for connections.
void fit_to_open_files(tcp_limits& limits, std::size_t sockets)
{
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    auto const wanted = limits.connections + sockets + other_descriptors;
    if (files.rlim_cur < wanted) {
        files.rlim_cur = std::min<rlim_t>(wanted, files.rlim_max);
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    if (files.rlim_cur >= wanted)
        return;
    auto const usable = files.rlim_cur > sockets ? files.rlim_cur - sockets : 0;
    auto const left = usable > other_descriptors ? usable - other_descriptors : 0;
    limits.connections = std::clamp<std::size_t>(std::max(left, usable / 4), 1, limits.connections); // a follower with none tries again
    log_warning(
        fmt::format("only {} files may be open (ulimit -n): at most {} TCP connections", files.rlim_cur, limits.connections));
}

std::size_t resident_octets()
{
    std::ifstream statm{"/proc/self/statm"};
    std::size_t all = 0, resident = 0;
    return statm >> all >> resident ? resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

/// Keeps the first ones by name of all that it is shown.
void keep_first(std::vector<zone_status>& kept, zone::zone_version const& z)
{
    zone_status one{z.apex().to_string(), z.serial(), z.name_count()};
    auto const by_name = [](zone_status const& a, zone_status const& b) { return a.name < b.name; };
    kept.insert(std::upper_bound(kept.begin(), kept.end(), one, by_name), std::move(one));
    if (kept.size() > server_status::most_zones)
        kept.pop_back();
}

std::vector<change_status> newest_changes(storage::journal_source& journal)
{
    std::vector<change_status> changes;
    auto page = journal.before({}, std::nullopt, {});
    if (page)
        for (auto& e : page->entries)
            if (changes.size() < server_status::most_changes)
                changes.push_back({e.number, e.time_ms, e.zone.to_string(), e.serial_to, std::move(e.origin)});
    return changes;
}

/// What a certificate of our own is for besides the names of zones.
std::set<std::string> own_names(http_options const& http)
{
    std::set<std::string> names{"localhost", "127.0.0.1", "::1"};
    for (auto const& listen : http.listen_tls)
        for (auto const& address : listen.addresses)
            if (!address.is_wildcard())
                names.insert(address.host().substr(0, address.host().find('%')));
    return names;
}

followed_status look_at(update::writer& writer)
{
    followed_status s;
    s.count = &writer.follow_gate().count;
    auto const now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    writer.followed().for_each([&](update::follow_book::pointer const& r, update::follow_progress const& p) {
        ++s.zones;
        s.without_contents += r->expires_ms == 0;
        s.expired += r->expires_ms != 0 && (r->is_expired || std::max(r->expires_ms, p.expires_ms) < now);
        s.failing += p.failures != 0;
        if (p.failures != 0 && s.failures.size() < followed_status::most_shown)
            s.failures.push_back({r, p});
    });
    return s;
}

void log_addresses(std::vector<bound_sockets> const& sockets)
{
    for (auto const& pair : sockets) {
        log_info("listening on udp " + pair.address.to_string());
        log_info("listening on tcp " + pair.address.to_string());
    }
}

} // namespace

struct server::parts {
    explicit parts(server_options o) : options{std::move(o)}, log{options.debug} {}

    dns::result<void> open();
    dns::result<void> open_http();
    void remember(char const* setting, std::string value);
    dns::result<void> start(server&);
    void watch_signals();
    void stop_services();
    void drain();
    void log_totals() const;
    recent_load::counts count() const;
    void note_load();

    server_options options;
    log_output log;
    std::unique_ptr<zone::versions> versions;
    worker_load load;
    std::unique_ptr<update::writer> writer;
    std::unique_ptr<client_table> clients;
    std::unique_ptr<journal_crew> crew;
    std::vector<std::unique_ptr<worker>> workers;
    std::vector<std::unique_ptr<side_service>> services;
    notify_service* notifier = nullptr; // one of them
    std::size_t services_running = 0;
    std::string http_url, http_pin;
    std::chrono::system_clock::time_point const began = std::chrono::system_clock::now();
    std::chrono::steady_clock::time_point const up_since = std::chrono::steady_clock::now();
    boost::asio::io_context main_loop{1};
    boost::asio::signal_set signals{main_loop};
    recent_load lately{up_since};
    boost::asio::steady_timer every_second{main_loop};
};

server::server(std::unique_ptr<parts> p) : parts_{std::move(p)} {}

server::~server() = default;

dns::result<std::unique_ptr<server>> server::open(server_options options)
{
    std::signal(SIGPIPE, SIG_IGN); // a client that went away is an error of send()
    std::signal(SIGXFSZ, SIG_IGN); // and a file that may not grow (ulimit -f) one of write(): the change fails, we stay
    auto p = std::make_unique<parts>(std::move(options));
    if (auto opened = p->open(); !opened)
        return opened.error();
    return std::unique_ptr<server>{new server{std::move(p)}};
}

dns::result<void> server::parts::open()
{
    if (options.listen.empty())
        options.listen.push_back(listen_address::everywhere());
    if (options.workers == 0)
        options.workers = usable_cores();
    auto store = storage::open_sqlite_store(options.data_directory, {.reserves_log = true});
    if (!store)
        return store.error();
    auto sockets = bind_sockets(options.listen, options.workers);
    if (!sockets)
        return sockets.error();
    auto const for_http = options.http.is_off() ? 0 : options.http.limits.connections;
    fit_to_open_files(options.tcp, sockets->size() * sockets->front().size() * 2 + for_http);
    versions = std::make_unique<zone::versions>(random_number());
    auto opened = update::writer::open(std::move(*store), *versions);
    if (!opened)
        return opened.error();
    writer = std::move(*opened);
    writer->gather_for([this] { return load.patience(); });
    clients = std::make_unique<client_table>(options.tcp.connections, options.tcp.connections_per_client);
    crew = std::make_unique<journal_crew>(writer->history());
    log_addresses(sockets->front());
    for (auto& of_worker : *sockets)
        workers.push_back(std::make_unique<worker>(*versions, *writer, *clients, options.tcp,
                                                   transfer_surroundings{*crew, options.transfers}, std::move(of_worker)));
    for (auto const& w : workers)
        writer->uses().add_source([notes = w->uses()](std::vector<update::noted_use>& out) { notes->take(out); });
    std::vector<socket_address> own;
    for (auto const& pair : workers.front()->status().sockets)
        own.push_back(pair.address);
    auto notifications = std::make_unique<notify_service>(*versions, *writer, std::move(own), options.tells_name_servers);
    notifier = notifications.get();
    services.push_back(std::move(notifications));
    return options.http.is_off() ? dns::result<void>{} : open_http();
}

dns::result<void> server::parts::open_http()
{
    std::shared_ptr<tls_contexts> tls;
    if (!options.http.listen_tls.empty()) {
        auto watch = certificate_watch::open({options.http.certificate_file, options.http.key_file,
                                              options.data_directory + "/" + certificate_watch::own_file_name,
                                              own_names(options.http), versions.get()});
        if (!watch)
            return watch.error();
        tls = (*watch)->contexts();
        http_pin = (*watch)->own_pin();
        services.push_back(std::move(*watch));
    }
    auto http = http_service::open(options.http, *writer, *versions, std::move(tls));
    if (!http)
        return http.error();
    http_url = (*http)->url();
    services.push_back(std::move(*http));
    return {};
}

/// So that `homing host show` says the right thing, also when no server runs. What cannot be stored is not worth an end.
void server::parts::remember(char const* setting, std::string value)
{
    auto const memory = writer->access();
    auto const before = memory->settings.find(setting);
    if (value == (before != memory->settings.end() ? before->second : std::string{}))
        return;
    auto const done = writer->execute({update::put_setting{setting, std::move(value)}, {}});
    if (!done.ok())
        log_warning(fmt::format("{} is not remembered: {}", setting, done.reason));
}

void server::add(std::unique_ptr<side_service> service)
{
    parts_->services.push_back(std::move(service));
}

dns::result<void> server::parts::start(server& whole)
try {
    writer->start();
    remember(url_setting, http_url);
    remember(pin_setting, http_pin);
    std::vector<clockid_t> clocks;
    for (auto const& w : workers) {
        w->start();
        clocks.push_back(w->processor_clock());
    }
    load.watch(std::move(clocks));
    for (auto const& service : services) {
        if (auto started = service->start(whole); !started)
            return started;
        ++services_running;
    }
    return {};
} catch (std::exception const& e) { // no more threads, out of memory
    return dns::failure{fmt::format("cannot start: {}", e.what())};
}

int server::run()
{
    auto& p = *parts_;
    p.watch_signals();
    auto const started = p.start(*this);
    if (started) {
        log_info(fmt::format("ready: homing {} with {} workers", HOMING_VERSION, p.workers.size()));
        tell_supervisor("READY=1");
        p.note_load();
        p.main_loop.run();
        tell_supervisor("STOPPING=1");
    } else {
        log_error(started.error().message);
    }
    p.signals.clear(); // back to their default: a second one ends the process at once
    p.drain();
    return started ? 0 : 1;
}

void server::parts::watch_signals()
{
    signals.add(SIGTERM);
    signals.add(SIGINT);
    signals.add(SIGHUP); // the terminal of a server in the foreground was closed
    signals.async_wait([&](boost::system::error_code error, int signal) {
        if (!error)
            log_info(fmt::format("stopping: {}", signal == SIGINT ? "interrupted" : signal == SIGHUP ? "hung up" : "terminated"));
        main_loop.stop();
    });
}

void server::stop()
{
    boost::asio::post(parts_->main_loop, [this] { parts_->main_loop.stop(); });
}

void server::parts::stop_services()
{
    for (; services_running != 0; --services_running)
        services[services_running - 1]->stop();
}

/// In this order nothing is lost: what was taken in gets its outcome, and each outcome its reply.
void server::parts::drain()
{
    stop_services();
    for (auto const& w : workers)
        w->stop_receiving();
    writer->stop();
    crew->stop();
    for (auto const& w : workers)
        w->finish();
    log_totals();
}

void server::parts::log_totals() const
{
    std::uint64_t udp = 0, tcp = 0, updates = 0, refused = 0;
    for (auto const& w : workers) {
        udp += w->count().udp_requests.get();
        tcp += w->count().tcp_requests.get();
        updates += w->count().updates.get();
        refused += w->count().updates_refused.get();
    }
    log_info(fmt::format("stopped after {} requests over UDP, {} over TCP; {} updates taken, {} turned away", udp, tcp, updates,
                         refused));
}

recent_load::counts server::parts::count() const
{
    recent_load::counts sum;
    std::uint64_t updates = 0;
    for (auto const& w : workers) {
        updates += w->count().updates.get() + w->count().updates_refused.get();
        sum.queries += w->count().udp_requests.get() + w->count().tcp_requests.get();
    }
    sum.queries -= std::min(updates, sum.queries);
    sum.updates = writer->count().requests;
    return sum;
}

void server::parts::note_load()
{
    lately.note(count(), std::chrono::steady_clock::now());
    every_second.expires_after(std::chrono::seconds{1});
    every_second.async_wait([this](boost::system::error_code const& error) {
        if (!error)
            note_load();
    });
}

update::writer& server::writer() noexcept
{
    return *parts_->writer;
}

zone::versions& server::versions() noexcept
{
    return *parts_->versions;
}

server_status server::status() const
{
    auto const& p = *parts_;
    auto const uptime = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - p.up_since);
    server_status s{p.options.data_directory,
                    p.began,
                    uptime,
                    0,
                    0,
                    p.versions->memory(),
                    resident_octets(),
                    p.clients->connections(),
                    p.writer->count(),
                    p.writer->unfinished(),
                    {}};
    zone::versions::reader reader{*p.versions};
    {
        zone::versions::reading const now{reader};
        s.zones = now->zone_count();
        now->for_each([&](zone::zone_version const& z) {
            s.names += z.name_count();
            keep_first(s.first_zones, z);
        });
    }
    auto const at = std::chrono::steady_clock::now();
    auto const sums = p.count();
    s.last_ten_seconds = p.lately.over(std::chrono::seconds{10}, sums, at);
    s.last_minute = p.lately.over(std::chrono::seconds{60}, sums, at);
    s.last_changes = newest_changes(p.writer->history());
    s.followed = look_at(*p.writer);
    for (auto const& w : p.workers)
        s.workers.push_back(w->status());
    return s;
}

std::vector<secondary_status> server::secondaries(std::optional<dns::name> zone) const
{
    return parts_->notifier->status(std::move(zone));
}

std::string const& server::data_directory() const noexcept
{
    return parts_->options.data_directory;
}

} // namespace homing::server
