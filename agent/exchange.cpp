#include "agent/exchange.hpp"

#include <algorithm>

namespace homing::agent {

instant with_jitter(instant time, random_source const& random)
{
    return time / 4 * 3 + time / 2 * (random() & 1023U) / 1023;
}

exchange::exchange(request r, std::shared_ptr<dns::tsig_key const> key, std::vector<endpoint> servers, random_source random)
    : request_{std::move(r)}, key_{std::move(key)}, servers_{std::move(servers)}, random_{std::move(random)}
{
}

unsigned exchange::udp_attempts() const noexcept
{
    return std::max(attempts_by_udp, static_cast<unsigned>(2 * servers_.size()));
}

instant exchange::wait_after(unsigned attempt) const
{
    auto const round = std::min(attempt / static_cast<unsigned>(servers_.size()), 3U); // each server has had it so often
    return with_jitter(std::min<instant>(first_wait * (1U << round), longest_wait), random_);
}

exchange::action exchange::next(instant now)
{
    if (result_)
        return {};
    return way_ == way::udp ? next_datagram(now) : next_stream(now);
}

exchange::action exchange::next_datagram(instant now)
{
    if (now < until_) {
        blocked_ = 0;
        return {action::kind::wait, {}, until_};
    }
    if (attempts_ == udp_attempts()) {
        way_ = way::tcp;
        attempts_ = 0;
        return next_stream(now);
    }
    auto const& server = servers_[attempts_ % servers_.size()];
    until_ = now + wait_after(attempts_);
    ++attempts_;
    was_sent_ = true;
    return {action::kind::send, server, {}};
}

exchange::action exchange::next_stream(instant now)
{
    if (is_streaming_ && now < until_)
        return {action::kind::wait, {}, until_};
    if (is_streaming_)
        stream_failed("no reply came, over TCP either");
    if (attempts_ == servers_.size()) {
        give_up();
        return {};
    }
    auto const& server = servers_[attempts_++];
    is_streaming_ = true;
    until_ = now + stream_wait;
    was_sent_ = true;
    return {action::kind::stream, server, {}};
}

void exchange::give_up()
{
    result_ = doubtful_ ? std::move(*doubtful_) : outcome{outcome::kind::unanswered, {}, {}, {}, why_};
}

void exchange::not_sent(std::string why)
{
    until_ = {};
    ++blocked_;
    was_sent_ = attempts_ > blocked_;
    if (blocked_ < servers_.size())
        return;
    result_ = outcome{outcome::kind::unreachable, {}, {}, {}, std::move(why)};
}

void exchange::stream_failed(std::string why)
{
    is_streaming_ = false;
    why_ = std::move(why);
}

std::optional<std::string_view> exchange::take(std::span<std::uint8_t const> message, endpoint const& from, bool by_stream,
                                               moment at)
{
    if (result_)
        return {};
    if (std::find(servers_.begin(), servers_.end(), from) == servers_.end())
        return "it is from somebody else";
    auto const read = read_reply(message, request_, key_.get(), at.unix_time);
    if (auto const* const fault = std::get_if<reply_fault>(&read)) {
        switch (*fault) {
        case reply_fault::malformed: return "it is malformed";
        case reply_fault::unrelated: return "it answers another question";
        case reply_fault::wrongly_signed: return "it is not signed by the server's key";
        }
    }
    outcome got{outcome::kind::answered, std::get<reply>(read), {message.begin(), message.end()}, from, {}};
    bool const is_certain = by_stream || request_.mac.empty() || got.reply.is_authentic;
    bool const is_whole = by_stream || !got.reply.is_truncated;
    if (is_certain && is_whole) {
        result_ = std::move(got);
    } else if (way_ == way::udp) { // over TCP it will be whole, and the server's own
        if (is_whole)
            doubtful_ = std::move(got);
        way_ = way::tcp;
        attempts_ = 0;
    }
    return {};
}

} // namespace homing::agent
