#include "server/journal_crew.hpp"

#include "server/log.hpp"
#include "storage/journal_steps.hpp"

#include <exception>

namespace homing::server {

journal_crew::journal_crew(storage::journal_source& journal, unsigned threads) : journal_{journal}
{
    for (unsigned i = 0; i < threads; ++i)
        threads_.emplace_back([this] { run(); });
}

journal_crew::~journal_crew()
{
    stop();
}

void journal_crew::stop()
{
    {
        std::lock_guard const lock{mutex_};
        is_stopping_ = true;
    }
    arrived_.notify_all();
    for (auto& t : threads_)
        t.join();
    threads_.clear();
    queue_.clear();
}

bool journal_crew::ask(task t, std::function<void(answer)> done)
{
    {
        std::lock_guard const lock{mutex_};
        if (is_stopping_ || queue_.size() >= most_waiting || *held_ >= most_held)
            return false;
        queue_.push_back({std::move(t), std::move(done)});
    }
    arrived_.notify_one();
    return true;
}

void journal_crew::run()
{
    for (;;) {
        std::unique_lock lock{mutex_};
        arrived_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
        if (is_stopping_)
            return;
        auto const next = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        answer found;
        try {
            found = read(next.what);
        } catch (std::exception const& e) { // out of memory
            log_error(e.what());
        }
        next.done(std::move(found));
    }
}

journal_crew::answer journal_crew::read(task const& t)
{
    storage::step_limits limits;
    limits.steps = t.most_steps;
    auto steps = storage::read_steps(journal_, t.zone, t.from, t.to, limits, [this] { return !is_stopping_; });
    if (!steps) {
        log_error("the journal of " + t.apex.to_string() +
                  " cannot be read, so the whole zone is sent: " + steps.error().message);
        return {};
    }
    if (!*steps || (*steps)->empty() || zone::transfer_octets(**steps) > t.most_octets)
        return {};
    auto made = std::make_unique<zone::outgoing_difference>(t.apex, std::move(**steps));
    auto const octets = made->octets();
    if (held_->fetch_add(octets) + octets > most_held) {
        held_->fetch_sub(octets);
        return {};
    }
    return {made.release(), [held = held_, octets](zone::outgoing_difference* d) {
                delete d;
                held->fetch_sub(octets);
            }};
}

} // namespace homing::server
