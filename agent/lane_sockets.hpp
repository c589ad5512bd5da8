// The sockets of one lane of a session: what its exchange wants sent is sent from a port of its own, and what comes back is given to it. One
// thread.
#pragma once

#include "agent/descriptor.hpp"
#include "agent/session.hpp"

#include <poll.h>

namespace homing::agent {

class lane_sockets {
public:
    /// Does what the exchange wants done, which is another one than before where its number is. Returns when it wants to be asked again;
    /// nothing: it has its result.
    std::optional<instant> drive(session::running&, moment);
    /// There is no exchange.
    void close() noexcept;

    /// Appends what to wait for.
    void add_to(std::vector<pollfd>&) const;
    /// `ready`: what add_to appended, with the kernel's answer.
    void take(std::span<pollfd const> ready, session::running&, session&, moment);

private:
    void send(exchange&, endpoint const&);
    void open_stream(exchange&, endpoint const&);
    void take_datagrams(int fd, exchange&, session&, moment);
    void take_stream(short events, exchange&, session&, moment);
    /// False with errno.
    bool write_stream(std::span<std::uint8_t const> message);
    bool read_stream();

    std::uint64_t number_ = 0;
    descriptor udp_[2]; // by family: a socket of its own for each exchange, so that a NAT takes it for something new
    descriptor tcp_;
    endpoint peer_;           // of tcp_
    bool is_written_ = false; // the message, to tcp_
    std::vector<std::uint8_t> received_;
};

} // namespace homing::agent
