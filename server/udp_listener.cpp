#include "server/udp_listener.hpp"

#include "server/log.hpp"

#include <exception>

namespace homing::server {

namespace {

/// After so many full batches the worker's other sockets get their turn.
constexpr int batches_per_turn = 16;

/// The reply to a request of which only the beginning is known: its header with FORMERR, nothing else. Returns its size; 0
/// where none is due.
std::size_t write_formerr(std::span<std::uint8_t> message) noexcept
{
    if ((message[2] & 0x80) != 0) // a response
        return 0;
    message[2] = static_cast<std::uint8_t>(0x80 | (message[2] & 0x79)); // QR, the opcode and RD as they were
    message[3] = static_cast<std::uint8_t>(dns::rcode::formerr);
    std::fill(message.begin() + 4, message.begin() + dns::header_size, std::uint8_t{0});
    return dns::header_size;
}

} // namespace

udp_listener::udp_listener(event_loop& io, file_descriptor fd, dispatch& d, udp_batch& batch, counters& c)
    : socket_{io}, dispatch_{d}, batch_{batch}, counters_{c}
{
    socket_.assign(fd.get());
    fd.release();
}

void udp_listener::start()
{
    wait();
}

void udp_listener::stop()
{
    if (is_stopped_)
        return;
    is_stopped_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
    drain();
}

void udp_listener::wait()
{
    socket_.async_wait(watched_descriptor::wait_read, [this](boost::system::error_code) {
        if (is_stopped_)
            return;
        try {
            drain();
        } catch (std::exception const& e) { // out of memory: those datagrams are lost, the next may be answered
            log_error(e.what());
        }
        wait();
    });
}

void udp_listener::drain()
{
    for (int i = 0; i < batches_per_turn; ++i) {
        auto const received = batch_.receive(socket_.native_handle());
        if (received == 0)
            return;
        answer(received);
        if (received < udp_batch::capacity)
            return;
    }
}

void udp_listener::answer(std::size_t received)
{
    counters_.udp_requests.add(received);
    counters_.clients.see(batch_.address(0));
    std::size_t count = 0;
    for (std::size_t i = 0; i < received; ++i) {
        if (batch_.is_truncated(i)) {
            counters_.truncated_in.add();
            if (auto const size = write_formerr(batch_.slot(i)))
                batch_.queue_reply(i, size);
            continue;
        }
        exchanges_[count] = {.buffer = batch_.slot(i), .request_size = batch_.size(i), .client = &batch_.address(i)};
        origin_[count++] = static_cast<std::uint8_t>(i);
    }
    auto const exchanges = std::span{exchanges_}.first(count);
    dispatch_.answer(exchanges);
    for (std::size_t i = 0; i < count; ++i) {
        auto const& e = exchanges[i];
        auto const slot = origin_[i];
        if (e.result == exchange::verdict::reply)
            batch_.queue_reply(slot, e.reply_size);
        else if (e.result == exchange::verdict::update)
            if (auto const size = dispatch_.take_update(e, batch_.address(slot), udp_route{this, batch_.peer(slot)}))
                batch_.queue_reply(slot, size);
        if (e.result == exchange::verdict::transfer)
            if (auto const size = dispatch_.take_transfer(e, udp_route{this, batch_.peer(slot)}))
                batch_.queue_reply(slot, size);
    }
    counters_.send_drops.add(batch_.send(socket_.native_handle()));
    dispatch_.batch_ended(); // when the replies are gone, because the writer may take this thread's processor
}

void udp_listener::deliver(udp_peer const& peer, std::span<std::uint8_t const> reply)
{
    replies_.push_back({peer, {reply.begin(), reply.end()}});
}

void udp_listener::flush()
{
    std::array<iovec, udp_batch::capacity> data;
    std::array<mmsghdr, udp_batch::capacity> messages;
    for (std::size_t first = 0; first < replies_.size(); first += udp_batch::capacity) {
        auto const count = std::min(replies_.size() - first, udp_batch::capacity);
        for (std::size_t i = 0; i < count; ++i) {
            auto& reply = replies_[first + i];
            data[i] = {reply.octets.data(), reply.octets.size()};
            messages[i] = header_to(reply.peer, data[i]);
        }
        counters_.send_drops.add(send_all(socket_.native_handle(), std::span{messages}.first(count)));
    }
    replies_.clear();
}

} // namespace homing::server
