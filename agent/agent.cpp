#include "agent/agent.hpp"

#include "agent/address_watch.hpp"
#include "agent/lane_sockets.hpp"
#include "agent/memory_file.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <system_error>

#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

namespace homing::agent {

namespace {

[[noreturn]] void fail(char const* what)
{
    throw std::system_error{errno, std::generic_category(), what};
}

instant now_since_boot()
{
    timespec t{};
    ::clock_gettime(CLOCK_BOOTTIME, &t);
    return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
}

moment present()
{
    return {now_since_boot(), static_cast<std::uint64_t>(std::time(nullptr))};
}

std::uint32_t random_number()
{
    std::uint32_t n = 0;
    while (::getrandom(&n, sizeof n, 0) != sizeof n)
        if (errno != EINTR)
            fail("getrandom");
    return n;
}

descriptor ending_signals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    descriptor fd{::sigprocmask(SIG_BLOCK, &set, nullptr) == 0 ? ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK) : -1};
    if (!fd)
        fail("signalfd");
    return fd;
}

/// Rings at an instant, also when the machine was suspended meanwhile.
class alarm {
public:
    alarm() : fd_{::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)}
    {
        if (!fd_)
            fail("timerfd_create");
    }

    int get() const noexcept { return fd_.get(); }

    void set(std::optional<instant> at)
    {
        if (at == set_to_)
            return;
        set_to_ = at;
        itimerspec when{}; // zeros: never
        if (at) {
            auto const ns = std::max<std::int64_t>(at->count(), 1);
            when.it_value = {static_cast<std::time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
        }
        if (::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &when, nullptr) != 0)
            fail("timerfd_settime");
    }
    /// It rang.
    void quiet() noexcept
    {
        std::uint64_t times = 0;
        if (::read(fd_.get(), &times, sizeof times) > 0)
            set_to_.reset();
    }

private:
    descriptor fd_;
    std::optional<instant> set_to_;
};

class loop {
public:
    loop(settings s, session::log l)
        : interface_{s.interface},
          state_file_{s.state_file},
          host_{s.host},
          log_{l},
          session_{s, s.state_file.empty() ? std::nullopt : load_memory(s.state_file, s.host), random_number, std::move(l)}
    {
    }

    int run()
    {
        while (!is_ended_) {
            session_.advance(present());
            if (auto const time = session_.take_confirmed())
                remember(*time);
            if (auto const code = session_.exit_code())
                return *code;
            if (drive())
                wait();
        }
        return 0;
    }

private:
    void remember(std::uint64_t confirmed)
    {
        if (state_file_.empty())
            return;
        if (auto const why = store_memory(state_file_, confirmed, host_); !why.empty() && !std::exchange(has_complained_, true))
            log_("cannot remember when it was told: " + why);
    }

    /// Lets all exchanges go on, and sets the alarm. False if one has ended.
    bool drive()
    {
        auto const at = present();
        auto next = session_.wake_at();
        for (std::size_t i = 0; i < session::lanes; ++i) {
            auto* const running = session_.in(static_cast<session::lane>(i));
            if (running == nullptr) {
                lanes_[i].close();
                continue;
            }
            auto const until = lanes_[i].drive(*running, at);
            if (!until)
                return false;
            next = next ? std::min(*next, *until) : *until;
        }
        alarm_.set(next);
        return true;
    }

    void wait()
    {
        std::vector<pollfd> all{{watch_.socket(), POLLIN, 0}, {signals_.get(), POLLIN, 0}, {alarm_.get(), POLLIN, 0}};
        std::array<std::size_t, session::lanes + 1> places{};
        for (std::size_t i = 0; i < session::lanes; ++i) {
            places[i] = all.size();
            lanes_[i].add_to(all);
        }
        places[session::lanes] = all.size();
        if (::poll(all.data(), all.size(), -1) < 0) {
            if (errno != EINTR)
                fail("poll");
            return;
        }
        auto const at = present();
        is_ended_ = all[1].revents != 0;
        if (all[2].revents != 0)
            alarm_.quiet();
        for (std::size_t i = 0; i < session::lanes; ++i)
            if (auto* const running = session_.in(static_cast<session::lane>(i)))
                lanes_[i].take(std::span{all}.subspan(places[i], places[i + 1] - places[i]), *running, session_, at);
        if (all[0].revents != 0)
            take_news(at);
    }

    void take_news(moment at)
    {
        auto const news = watch_.take();
        if (news.network)
            session_.network_changed(at);
        if (news.addresses)
            session_.addresses(watch_.table().usable(), watch_.table().interface_of(interface_), at);
    }

    std::string interface_, state_file_;
    dns::name host_;
    session::log log_;
    address_watch watch_;
    session session_;
    descriptor signals_ = ending_signals();
    alarm alarm_;
    std::array<lane_sockets, session::lanes> lanes_;
    bool is_ended_ = false, has_complained_ = false;
};

} // namespace

int run(settings s, session::log l)
{
    return loop{std::move(s), std::move(l)}.run();
}

int run(std::variant<given_options, fault> given, std::string_view program)
{
    std::string const prefix = std::string{program} + ": ";
    auto const say = [&](std::string const& text) { std::fputs((prefix + text + '\n').c_str(), stderr); };
    if (auto const* const f = std::get_if<fault>(&given))
        return say(f->why), misused;
    auto read = read_settings(std::get<given_options>(given));
    if (auto const* const f = std::get_if<fault>(&read))
        return say(f->why), misused;
    return run(std::get<settings>(std::move(read)), say);
}

} // namespace homing::agent
