#include "server/worker.hpp"

#include "server/log.hpp"
#include "server/tcp_listener.hpp"
#include "server/udp_listener.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <future>
#include <thread>

namespace homing::server {

namespace {

/// How long a client may take to receive the replies that are due when the server ends.
constexpr auto last_patience = std::chrono::seconds{2};

} // namespace

struct worker::parts {
    parts(zone::versions& versions, update::writer& writer, client_table& clients, tcp_limits const& limits,
          transfer_surroundings const& transfers, std::vector<bound_sockets> sockets)
        : finished{[this] { boost::asio::post(io, [this] { deliver(); }); }},
          requests{io, versions, writer, finished, transfers, count},
          together{requests, scratch},
          readiness{io, [this] { together.answer(); }},
          sessions{io, clients, count, limits.idle},
          around{io, requests, scratch, together, readiness, sessions, count, limits.updates_in_flight}
    {
        writer.after_telling([this] { finished.batch_ended(); });
        for (auto& pair : sockets) {
            addresses.push_back(pair.address);
            udp.push_back(std::make_unique<udp_listener>(io, std::move(pair.udp), requests, datagrams, count));
            tcp.push_back(std::make_unique<tcp_listener>(std::move(pair.tcp), around, clients));
        }
    }

    void deliver();
    void stop_receiving();

    counters count;
    event_loop io{1};
    boost::asio::executor_work_guard<event_loop::executor_type> open_end{io.get_executor()};
    outbox finished;
    dispatch requests;
    udp_batch datagrams;
    tcp_scratch scratch;
    tcp_batch together;
    tcp_readiness readiness;
    session_table sessions;
    tcp_surroundings around;
    std::vector<socket_address> addresses; // of the listeners
    std::vector<std::unique_ptr<udp_listener>> udp;
    std::vector<std::unique_ptr<tcp_listener>> tcp;
    std::thread thread;
};

worker::worker(zone::versions& versions, update::writer& writer, client_table& clients, tcp_limits const& limits,
               transfer_surroundings const& transfers, std::vector<bound_sockets> sockets)
    : parts_{std::make_unique<parts>(versions, writer, clients, limits, transfers, std::move(sockets))}
{
}

worker::~worker() = default;

void worker::start()
{
    for (auto const& listener : parts_->udp)
        listener->start();
    for (auto const& listener : parts_->tcp)
        listener->start();
    parts_->readiness.start();
    parts_->thread = std::thread{[this] { run_to_the_end(parts_->io); }};
}

void worker::parts::deliver()
{
    auto const outcomes = finished.take();
    requests.deliver(outcomes);
}

void worker::parts::stop_receiving()
{
    for (auto const& listener : udp)
        listener->stop();
    for (auto const& listener : tcp)
        listener->stop();
    sessions.stop([this] { readiness.stop(); });
    together.answer();
}

void worker::stop_receiving()
{
    if (!parts_->thread.joinable())
        return;
    std::promise<void> done;
    boost::asio::post(parts_->io, [&] {
        try {
            parts_->stop_receiving();
        } catch (std::exception const& e) {
            log_error(e.what());
        }
        done.set_value();
    });
    done.get_future().wait();
}

void worker::finish()
{
    if (!parts_->thread.joinable())
        return;
    // Outcomes are posted before this is: they come first. What keeps the loop running after it is sessions with replies to send.
    boost::asio::post(parts_->io, [this] {
        parts_->sessions.close_after(last_patience);
        parts_->open_end.reset();
    });
    parts_->thread.join();
}

clockid_t worker::processor_clock() const
{
    clockid_t clock = CLOCK_THREAD_CPUTIME_ID;
    ::pthread_getcpuclockid(parts_->thread.native_handle(), &clock);
    return clock;
}

std::shared_ptr<use_notes> worker::uses() const noexcept
{
    return parts_->requests.uses();
}

counters const& worker::count() const noexcept
{
    return parts_->count;
}

worker_status worker::status() const
{
    worker_status s{parts_->count, {}};
    for (std::size_t i = 0; i < parts_->addresses.size(); ++i)
        s.sockets.push_back({parts_->addresses[i], parts_->udp[i]->queue(), parts_->tcp[i]->queue()});
    return s;
}

} // namespace homing::server
