#include "server/dns_asker.hpp"

#include "dns/rdata.hpp"
#include "dns/request_start.hpp"
#include "server/file_descriptor.hpp"
#include "server/random_number.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace homing::server {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::uint16_t udp_size = 1232;

dns::failure failed(int error)
{
    if (error == ETIMEDOUT || error == EAGAIN)
        return {"no answer"};
    return {std::generic_category().message(error)};
}

std::vector<std::uint8_t> write_question(std::uint16_t id, question const& q)
{
    std::vector<std::uint8_t> octets(512);
    dns::wire_writer out{octets, 0, octets.size()};
    dns::write_request_start(out, id, q.wants_recursion ? dns::header_bits::rd : 0, q.qname, q.type, {0, 0, 1});
    out.plain(dns::name_view{}); // OPT
    out.u16(static_cast<std::uint16_t>(dns::rr_type::opt));
    out.u16(udp_size);
    out.u32(0);
    out.u16(0);
    octets.resize(out.written().size());
    return octets;
}

/// Waits until the socket can be read or written. 0, or an errno.
int wait(int socket, short event, clock::time_point until)
{
    for (;;) {
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
        if (left <= 0)
            return ETIMEDOUT;
        pollfd waits{socket, event, 0};
        int const n = ::poll(&waits, 1, static_cast<int>(left));
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return errno;
    }
}

int connect_to(int socket, socket_address const& server, clock::time_point until)
{
    if (::connect(socket, server.data(), server.size()) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    if (int const error = wait(socket, POLLOUT, until))
        return error;
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0 ? errno : error;
}

dns::result<file_descriptor> open_socket(socket_address const& server, int type, clock::time_point until)
{
    file_descriptor socket{::socket(server.data()->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket)
        return failed(errno);
    if (int const error = connect_to(socket.get(), server, until))
        return failed(error);
    return socket;
}

/// Datagrams that are not the answer are passed over.
dns::result<dns_reply> take_datagram(int socket, std::uint16_t id, question const& q, clock::time_point until)
{
    std::array<std::uint8_t, 4096> octets;
    for (;;) {
        if (int const error = wait(socket, POLLIN, until))
            return failed(error);
        ssize_t const n = ::recv(socket, octets.data(), octets.size(), 0);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return failed(errno);
        if (n > 0)
            if (auto reply = read_reply({octets.data(), static_cast<std::size_t>(n)}, id, q))
                return std::move(*reply);
    }
}

dns::result<dns_reply> ask_by_udp(socket_address const& server, question const& q, std::chrono::milliseconds patience)
{
    auto const began = clock::now();
    auto socket = open_socket(server, SOCK_DGRAM, began + patience);
    if (!socket)
        return socket.error();
    auto const id = static_cast<std::uint16_t>(random_number());
    auto const octets = write_question(id, q);
    for (auto const until : {began + patience / 3, began + patience}) {
        if (::send(socket->get(), octets.data(), octets.size(), MSG_NOSIGNAL) < 0)
            return failed(errno);
        auto reply = take_datagram(socket->get(), id, q, until);
        if (reply || clock::now() < until)
            return reply;
    }
    return failed(ETIMEDOUT);
}

int send_all(int socket, std::span<std::uint8_t const> octets, clock::time_point until)
{
    while (!octets.empty()) {
        if (int const error = wait(socket, POLLOUT, until))
            return error;
        ssize_t const n = ::send(socket, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return errno;
        octets = octets.subspan(static_cast<std::size_t>(n < 0 ? 0 : n));
    }
    return 0;
}

int receive_all(int socket, std::span<std::uint8_t> octets, clock::time_point until)
{
    while (!octets.empty()) {
        if (int const error = wait(socket, POLLIN, until))
            return error;
        ssize_t const n = ::recv(socket, octets.data(), octets.size(), 0);
        if (n == 0)
            return ECONNRESET;
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return errno;
        octets = octets.subspan(static_cast<std::size_t>(n < 0 ? 0 : n));
    }
    return 0;
}

dns::result<dns_reply> ask_by_tcp(socket_address const& server, question const& q, std::chrono::milliseconds patience)
{
    auto const until = clock::now() + patience;
    auto socket = open_socket(server, SOCK_STREAM, until);
    if (!socket)
        return socket.error();
    auto const id = static_cast<std::uint16_t>(random_number());
    auto octets = write_question(id, q);
    std::array<std::uint8_t, 2> size{static_cast<std::uint8_t>(octets.size() >> 8), static_cast<std::uint8_t>(octets.size())};
    octets.insert(octets.begin(), size.begin(), size.end());
    int error = send_all(socket->get(), octets, until);
    if (error == 0)
        error = receive_all(socket->get(), size, until);
    std::vector<std::uint8_t> message(static_cast<std::size_t>(size[0] << 8 | size[1]));
    if (error == 0)
        error = receive_all(socket->get(), message, until);
    if (error != 0)
        return failed(error);
    if (auto reply = read_reply(message, id, q))
        return std::move(*reply);
    return dns::failure{"an answer that is none to the question"};
}

bool read_section(dns::wire_reader& in, std::uint16_t count, std::vector<answered_record>& out)
{
    for (; count > 0; --count) {
        dns::record_view v;
        dns::read_record(in, v);
        if (!in.ok())
            return false;
        if (v.klass != dns::rr_class::in || dns::is_meta_type(v.type)) // of an OPT the class is a size
            continue;
        answered_record record{v.owner, v.type, {}};
        dns::wire_reader rdata{in.message(), v.rdata_at};
        dns::read_rdata(rdata, v.type, v.rdata_size, record.rdata);
        if (!rdata.ok())
            return false;
        out.push_back(std::move(record));
    }
    return true;
}

} // namespace

std::optional<dns_reply> read_reply(std::span<std::uint8_t const> message, std::uint16_t id, question const& q)
{
    auto const header = dns::header::read(message);
    if (!header || header->id != id || !header->is_response() || header->opcode() != dns::opcode::query || header->counts[0] > 1)
        return std::nullopt;
    dns_reply reply{*header, {}, {}, {}};
    dns::wire_reader in{message, dns::header_size};
    if (header->counts[0] == 1) {
        dns::name qname;
        in.read(qname);
        bool const is_ours = qname == q.qname && in.u16() == static_cast<std::uint16_t>(q.type);
        in.u16();
        if (!is_ours || !in.ok())
            return std::nullopt;
    } else if (reply.rcode() == dns::rcode::noerror) {
        return std::nullopt;
    }
    if (reply.is_truncated())
        return reply;
    if (!read_section(in, header->counts[1], reply.answer) || !read_section(in, header->counts[2], reply.authority) ||
        !read_section(in, header->counts[3], reply.additional))
        return std::nullopt;
    return reply;
}

dns::result<dns_reply> ask(socket_address const& server, question const& q, transport by, std::chrono::milliseconds patience)
{
    return by == transport::udp ? ask_by_udp(server, q, patience) : ask_by_tcp(server, q, patience);
}

dns::result<dns_reply> ask(socket_address const& server, question const& q, std::chrono::milliseconds patience)
{
    auto reply = ask_by_udp(server, q, patience);
    return reply && reply->is_truncated() ? ask_by_tcp(server, q, patience) : reply;
}

} // namespace homing::server
