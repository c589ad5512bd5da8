#include "server/tcp_session.hpp"

#include "server/log.hpp"

#include <cassert>
#include <cerrno>
#include <exception>

#include <sys/socket.h>

namespace homing::server {

namespace {

constexpr std::size_t octets_per_turn = 64 << 10; // of requests; then other connections get theirs
constexpr int messages_per_turn = 1;              // of a transfer, likewise
constexpr std::size_t reply_bound = 64 << 10;     // octets that one batch may answer, but for the message that crosses it
constexpr std::size_t growth = 16 << 10;          // of the buffer of a message that comes in pieces
constexpr std::size_t length_size = tcp_scratch::length_size;

std::size_t read_length(std::span<std::uint8_t const> octets) noexcept
{
    return octets[0] * 256U + octets[1];
}

bool holds_message(std::span<std::uint8_t const> octets) noexcept
{
    return octets.size() >= length_size && octets.size() - length_size >= read_length(octets);
}

bool is_one_message(std::span<std::uint8_t const> octets) noexcept
{
    return octets.size() >= length_size && octets.size() - length_size == read_length(octets);
}

bool would_block() noexcept
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

/// As ::sendmsg. A single reply, the most common, goes the way that is shorter in the kernel.
ssize_t send_parts(int socket, std::span<iovec> parts) noexcept
{
    constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    ssize_t n = 0;
    do
        n = parts.size() == 1 ? ::send(socket, parts[0].iov_base, parts[0].iov_len, flags) : ::sendmsg(socket, &message, flags);
    while (n < 0 && errno == EINTR);
    return n;
}

/// The rest of `parts` after the first `sent` octets of them all.
void append_rest(output_queue& queue, std::span<iovec const> parts, std::size_t sent)
{
    for (auto const& part : parts) {
        auto const skipped = std::min(sent, part.iov_len);
        sent -= skipped;
        queue.append({static_cast<std::uint8_t const*>(part.iov_base) + skipped, part.iov_len - skipped});
    }
}

} // namespace

tcp_session::tcp_session(tcp_surroundings const& around, file_descriptor fd, socket_address const& client)
    : around_{around}, socket_{std::move(fd)}, client_{client}
{
}

void tcp_session::start(session_table::list::iterator place)
{
    place_ = place;
    guarded([this] {
        read(); // the first request is often there already
        if (!is_closed_)
            around_.readiness.watch(socket_.get(), *this);
    });
}

void tcp_session::stop()
{
    guarded([this] {
        is_unread_ = true;
        read();
        is_stopping_ = true;
    });
}

void tcp_session::close()
{
    if (std::exchange(is_closed_, true))
        return;
    socket_.reset();
    around_.readiness.forget(*this);
    around_.sessions.remove(place_);
}

/// The client did something that counts.
void tcp_session::touch() noexcept
{
    if (!is_closed_)
        around_.sessions.touch(place_);
}

template <class F>
void tcp_session::guarded(F&& f)
{
    auto const self = shared_from_this(); // the table may let go of us
    if (is_closed_)
        return;
    try {
        f();
        settle();
    } catch (std::exception const& e) { // out of memory: this connection goes, the others stay
        log_error(e.what());
        close();
    }
}

void tcp_session::settle()
{
    take_held();
    if (is_closed_ || is_in_batch_)
        return;
    if (!output_.empty() || (transfer_ != nullptr && !transfer_->is_waiting()))
        await_room();
    else if (transfer_ != nullptr)
        return; // take_difference goes on
    else if ((is_at_end_ || is_stopping_) && updates_ == 0)
        close();
    else if (!is_at_end_ && !is_stopping_ && may_take())
        await_input();
}

void tcp_session::await_input()
{
    if (!is_unread_ && awaits_input_)
        return; // as it does most of the time
    around_.readiness.await_input(socket_.get(), *this);
    awaits_input_ = true;
}

void tcp_session::await_room()
{
    around_.readiness.await_room(socket_.get(), *this);
    awaits_input_ = false;
}

void tcp_session::on_ready(std::uint32_t events)
{
    is_unread_ |= (events & ~std::uint32_t{EPOLLOUT}) != 0;
    has_hung_up_ |= (events & EPOLLRDHUP) != 0;
    guarded([this] {
        send_waiting();
        continue_transfer();
        read();
    });
}

/// More requests may be answered: the client takes its replies, and not too many updates are in flight.
bool tcp_session::may_take() const noexcept
{
    return !is_closed_ && output_.empty() && transfer_ == nullptr && !is_in_batch_ && updates_ < around_.updates_in_flight;
}

/// What was received when we were at a bound.
void tcp_session::take_held()
{
    while (may_take() && holds_message(input_))
        took({});
}

void tcp_session::read()
{
    take_held();
    for (std::size_t octets = 0; octets < octets_per_turn && is_unread_ && !is_at_end_ && !is_stopping_ && may_take();) {
        auto const held = input_.size();
        auto const room = room_to_read();
        auto const n = ::recv(socket_.get(), room.data(), room.size(), MSG_DONTWAIT);
        auto const got = n > 0 ? static_cast<std::size_t>(n) : 0;
        if (held != 0) // the room was made in input_
            input_.resize(held + got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && !would_block())
            return close();
        is_at_end_ = n == 0;
        is_unread_ = got == room.size() || (got != 0 && has_hung_up_); // if not, a new edge will tell
        octets += got;
        if (got != 0)
            took(held != 0 ? std::span<std::uint8_t const>{} : room.first(got));
    }
}

/// Usually the worker's scratch buffer. A message that has begun is completed where it is, and nothing read beyond it.
std::span<std::uint8_t> tcp_session::room_to_read()
{
    if (input_.empty())
        return around_.scratch.input();
    auto const held = input_.size();
    assert(!holds_message(input_));
    auto const whole = held < length_size ? length_size : length_size + read_length(input_);
    input_.resize(std::min(whole, held + growth));
    return std::span{input_}.subspan(held);
}

/// Answers what is complete of the octets just read, or of input_ where there is something; keeps the rest in input_.
void tcp_session::took(std::span<std::uint8_t const> fresh)
{
    if (is_one_message(fresh)) {
        around_.batch.add(shared_from_this(), fresh.subspan(length_size));
        is_in_batch_ = true;
        return;
    }
    if (input_.empty()) {
        auto const rest = fresh.subspan(answer_from(fresh));
        input_.assign(rest.begin(), rest.end());
        return;
    }
    auto const used = answer_from(input_);
    if (used == input_.size())
        std::vector<std::uint8_t>{}.swap(input_); // a connection between requests holds no memory
    else
        input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(used));
}

/// Answers the messages at the start of `octets` until there is no whole one or a bound is reached. Returns how many octets
/// that were.
std::size_t tcp_session::answer_from(std::span<std::uint8_t const> octets)
{
    std::size_t used = 0;
    around_.batch.answer(); // it is in the buffers that we need
    while (may_take()) {
        auto const count = fill_batch(octets.subspan(used), batch_);
        if (count == 0)
            break;
        auto const answered = answer_batch(count);
        for (std::size_t i = 0; i < answered; ++i)
            used += length_size + around_.scratch.exchanges[i].request_size;
        touch();
    }
    return used;
}

std::size_t tcp_session::fill_batch(std::span<std::uint8_t const> octets, std::size_t limit)
{
    std::size_t count = 0;
    for (; count < limit && holds_message(octets); ++count) {
        auto const size = read_length(octets);
        around_.scratch.put(count, octets.subspan(length_size, size), client_);
        octets = octets.subspan(length_size + size);
    }
    return count;
}

/// Answers the first `count` messages in the scratch buffers, or as many as make a bounded amount of replies, or up to one that begins a
/// transfer: the others stay for later, when the client has taken these. Returns how many.
std::size_t tcp_session::answer_batch(std::size_t count)
{
    auto& scratch = around_.scratch;
    around_.requests.answer(std::span{scratch.exchanges}.first(count));
    std::size_t octets = 0, replies = 0, i = 0;
    for (; i < count && octets < reply_bound && transfer_ == nullptr; ++i)
        if (auto const size = reply_size(scratch.exchanges[i])) {
            scratch.replies[replies++] = scratch.framed(i, size);
            octets += size;
        }
    batch_ = i < count ? i : std::min(batch_ * 2, tcp_scratch::capacity);
    around_.count.tcp_requests.add(i);
    send(std::span{scratch.replies}.first(replies));
    around_.requests.batch_ended();
    return i;
}

void tcp_session::take_answer(std::size_t i)
{
    is_in_batch_ = false;
    guarded([&] {
        around_.count.tcp_requests.add();
        if (auto const size = reply_size(around_.scratch.exchanges[i])) {
            auto reply = around_.scratch.framed(i, size);
            send({&reply, 1});
        }
        touch();
    });
}

/// 0 where no reply is due, or it comes later.
std::size_t tcp_session::reply_size(exchange const& e)
{
    if (e.result == exchange::verdict::transfer)
        return begin_transfer(e);
    if (e.result != exchange::verdict::update)
        return e.result == exchange::verdict::reply ? e.reply_size : 0;
    auto const size = around_.requests.take_update(e, client_, weak_from_this());
    updates_ += size == 0;
    return size;
}

std::size_t tcp_session::begin_transfer(exchange const& e)
{
    auto opening = around_.requests.open_transfer(e, client_, weak_from_this());
    transfer_ = std::move(opening.stream);
    return opening.reply_size;
}

/// Sends messages while the client takes them; a few, then it is the turn of others.
void tcp_session::continue_transfer()
{
    if (transfer_ != nullptr && !around_.requests.may_hold_versions()) // it is too slow for so many updates: it must begin again
        return close();
    for (int i = 0; i < messages_per_turn && !is_closed_ && output_.empty() && transfer_ != nullptr && !transfer_->is_waiting(); ++i) {
        output_.append(around_.requests.next_message(*transfer_));
        if (transfer_->is_done())
            transfer_.reset();
        send_waiting();
    }
}

void tcp_session::take_difference(journal_crew::answer difference)
{
    guarded([&] {
        if (transfer_ == nullptr)
            return;
        transfer_->take(std::move(difference));
        touch();
        continue_transfer();
    });
}

void tcp_session::look_at_versions()
{
    if (transfer_ != nullptr && transfer_->is_waiting() && !around_.requests.may_hold_versions())
        close();
}

void tcp_session::send(std::span<iovec> parts)
{
    if (parts.empty())
        return;
    auto const n = send_parts(socket_.get(), parts);
    if (n < 0 && !would_block())
        return close();
    append_rest(output_, parts, n < 0 ? 0 : static_cast<std::size_t>(n));
}

void tcp_session::send_waiting()
{
    while (!output_.empty()) {
        auto const waiting = output_.waiting();
        auto const n = ::send(socket_.get(), waiting.data(), waiting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && !would_block())
            return close();
        if (n <= 0)
            return;
        output_.sent(static_cast<std::size_t>(n));
        touch();
    }
}

void tcp_session::deliver(std::span<std::uint8_t const> reply)
{
    --updates_;
    if (!is_closed_)
        output_.append_message(reply);
}

void tcp_session::flush()
{
    guarded([this] { send_waiting(); });
}

} // namespace homing::server
