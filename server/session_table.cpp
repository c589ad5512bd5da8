#include "server/session_table.hpp"

#include "server/tcp_session.hpp"

namespace homing::server {

namespace {

constexpr auto tick_length = std::chrono::milliseconds{500};
constexpr int spared_at_most = 16; // sessions looked at to find one to close

} // namespace

session_table::session_table(event_loop& io, client_table& clients, counters& c, std::chrono::seconds idle)
    : timer_{io}, clients_{clients}, counters_{c}, idle_{idle}
{
}

void session_table::add(std::shared_ptr<tcp_session> session)
{
    if (!is_ticking_) {
        now_ = clock::now();
        tick();
    }
    session->last_active = now_;
    sessions_.push_back(std::move(session));
    sessions_.back()->start(std::prev(sessions_.end()));
}

void session_table::touch(list::iterator place) noexcept
{
    (*place)->last_active = now_;
    sessions_.splice(sessions_.end(), sessions_, place);
}

void session_table::remove(list::iterator place)
{
    clients_.leave((*place)->client());
    sessions_.erase(place);
    end_if_empty();
}

bool session_table::evict()
{
    int looked_at = 0;
    for (auto const& session : sessions_) {
        if (session->waits_for_client()) {
            counters_.tcp_cut_off.add();
            session->close();
            return true;
        }
        if (++looked_at == spared_at_most)
            break;
    }
    return false;
}

/// Runs only while there are sessions: an idle server does not wake up.
void session_table::tick()
{
    is_ticking_ = true;
    timer_.expires_after(tick_length);
    timer_.async_wait([this](boost::system::error_code error) {
        is_ticking_ = false;
        if (error || is_stopping_)
            return;
        now_ = clock::now();
        cut_off_idle();
        for (auto at = sessions_.begin(); at != sessions_.end();) {
            auto const session = *at++; // it may leave the list
            session->look_at_versions();
        }
        if (!sessions_.empty())
            tick();
    });
}

void session_table::cut_off_idle()
{
    while (!sessions_.empty() && sessions_.front()->last_active + idle_ <= now_) {
        auto const session = sessions_.front();
        if (session->awaits_outcome()) { // it waits for us
            touch(sessions_.begin());
            continue;
        }
        counters_.tcp_cut_off.add();
        session->close();
    }
}

void session_table::stop(std::function<void()> ended)
{
    is_stopping_ = true;
    ended_ = std::move(ended);
    timer_.cancel();
    for (auto const& session : std::vector<std::shared_ptr<tcp_session>>{sessions_.begin(), sessions_.end()})
        session->stop();
    end_if_empty();
}

void session_table::end_if_empty()
{
    if (!is_stopping_ || !sessions_.empty())
        return;
    timer_.cancel();
    if (ended_)
        std::exchange(ended_, {})();
}

void session_table::close_after(std::chrono::milliseconds patience)
{
    if (sessions_.empty())
        return;
    timer_.expires_after(patience);
    timer_.async_wait([this](boost::system::error_code error) {
        while (!error && !sessions_.empty()) {
            auto const session = sessions_.front();
            session->close();
        }
    });
}

} // namespace homing::server
