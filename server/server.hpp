// The running server: the store and its versions, the writer's thread, the workers with their sockets, and whatever else this
// process offers beside DNS.
//
// `open` does everything that can go wrong because of how the machine is set up, and says what in a sentence. `run` works
// until a signal or `stop`. Shutting down stops accepting, drains the writer, delivers the replies that are due and joins
// every thread: what was acknowledged is on disk. Made, run and destroyed on one thread; what any thread may call says so.
#pragma once

#include "dns/result.hpp"
#include "server/http_options.hpp"
#include "server/listen_address.hpp"
#include "server/secondary_status.hpp"
#include "server/transfer_fence.hpp"
#include "update/writer.hpp"
#include "zone/versions.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace homing::server {

/// What TCP clients may take of us. All in total over the workers.
struct tcp_limits {
    std::size_t connections = 4096;           ///< beyond it, those that wait for their client are closed for new ones
    std::size_t connections_per_client = 256; ///< an IPv4 address, or an IPv6 /64
    std::chrono::seconds idle{10};            ///< without a whole message, or without taking any octet of our replies
    std::size_t updates_in_flight = 1024;     ///< per connection; then it is not read until some are answered
};

struct server_options {
    std::string data_directory;
    std::vector<listen_address> listen; ///< none: port 53 of all addresses of both families
    unsigned workers = 0;               ///< 0: one for each core that this process may use
    tcp_limits tcp;
    http_options http;
    transfer_fence transfers;
    bool tells_name_servers = true; ///< of changes: those in a zone's NS records
    bool debug = false; ///< log what is normal, too
};

class server;
struct server_status;

/// Something that this process offers beside DNS, such as the control socket. It brings its own threads: a worker never waits
/// for it.
class side_service {
public:
    virtual ~side_service() = default;
    /// When the zones are loaded and the writer runs, before the server says that it is ready. May keep the reference until
    /// `stop` returned. A failure ends the server.
    virtual dns::result<void> start(server&) = 0;
    /// When the server stops, while the writer still runs: takes no new request, finishes or gives up those that began, joins its
    /// threads. Called once, if start succeeded.
    virtual void stop() = 0;
};

class server {
public:
    /// Takes the data directory, binds the sockets, loads the zones. Nothing is answered yet.
    static dns::result<std::unique_ptr<server>> open(server_options);
    ~server();

    /// Before `run`.
    void add(std::unique_ptr<side_service>);

    /// Serves until SIGTERM, SIGINT or `stop`; returns the exit code of the process. A second signal while stopping ends the
    /// process at once. Call once.
    int run();

    /// Makes `run` return. Any thread.
    void stop();

    /// The one door for changes. Any thread.
    update::writer& writer() noexcept;
    /// For readers of their own (versions::reader).
    zone::versions& versions() noexcept;
    std::string const& data_directory() const noexcept;
    /// What it is doing. Any thread, while its side services may run.
    server_status status() const;
    /// How far the secondaries are; with a zone, how far with that. As above.
    std::vector<secondary_status> secondaries(std::optional<dns::name> zone) const;

private:
    struct parts;
    explicit server(std::unique_ptr<parts>);
    std::unique_ptr<parts> parts_;
};

} // namespace homing::server
