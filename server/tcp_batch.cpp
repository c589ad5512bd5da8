#include "server/tcp_batch.hpp"

#include "server/log.hpp"
#include "server/tcp_session.hpp"

#include <exception>

namespace homing::server {

void tcp_batch::add(std::shared_ptr<tcp_session> session, std::span<std::uint8_t const> message)
{
    if (count_ == sessions_.size())
        answer();
    scratch_.put(count_, message, session->client());
    sessions_[count_++] = std::move(session);
}

void tcp_batch::answer()
{
    auto const count = std::exchange(count_, 0);
    if (count == 0)
        return;
    bool is_answered = false;
    try {
        requests_.answer(std::span{scratch_.exchanges}.first(count));
        is_answered = true;
    } catch (std::exception const& e) { // out of memory: these connections go, the others stay
        log_error(e.what());
    }
    for (std::size_t i = 0; i < count; ++i) {
        auto const session = std::move(sessions_[i]);
        if (is_answered)
            session->take_answer(i);
        else
            session->close();
    }
    requests_.batch_ended();
}

} // namespace homing::server
