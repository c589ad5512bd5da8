#include "server/name_lookups.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

#include <netdb.h>

namespace homing::server {

namespace {

constexpr std::chrono::minutes good_for{10}, bad_for{2};

std::vector<std::string> look_up(std::string const& name)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    std::vector<std::string> addresses;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0)
        return addresses;
    for (auto const* a = found; a != nullptr && addresses.size() < 16; a = a->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(a->ai_addr, a->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0)
            addresses.emplace_back(text.data());
    }
    ::freeaddrinfo(found);
    return addresses;
}

} // namespace

bool is_reserved_name(dns::name_view name) noexcept
{
    static constexpr std::array<std::string_view, 10> reserved{"invalid.",     "test.",        "example.",  "example.com.",
                                                               "example.net.", "example.org.", "localhost.", "onion.",
                                                               "local.",       "internal."};
    return std::ranges::any_of(reserved, [&](std::string_view text) {
        auto const parent = dns::name::from_text(text);
        return parent && name.is_subdomain_of(*parent);
    });
}

struct name_lookups::shared {
    using clock = std::chrono::steady_clock;
    struct entry {
        std::vector<std::string> addresses; // numeric
        clock::time_point until;
    };

    std::mutex mutex; // guards all of this
    std::condition_variable arrived;
    std::function<void()> told;
    std::unordered_map<std::string, entry> known;
    std::deque<std::string> waiting;
    bool is_over = false, is_running = false;

    void run();
    void keep(std::string const& name, std::vector<std::string> addresses);
};

name_lookups::name_lookups(std::function<void()> told) : shared_{std::make_shared<shared>()}
{
    shared_->told = std::move(told);
}

name_lookups::~name_lookups()
{
    std::lock_guard const lock{shared_->mutex};
    shared_->is_over = true;
    shared_->arrived.notify_one();
}

std::optional<std::vector<socket_address>> name_lookups::find(dns::name_view name, std::uint16_t port)
{
    std::string const text = name.to_string();
    std::lock_guard const lock{shared_->mutex};
    auto const at = shared_->known.find(text);
    if (at != shared_->known.end() && at->second.until > shared::clock::now()) {
        std::vector<socket_address> addresses;
        for (auto const& a : at->second.addresses)
            if (auto const address = socket_address::from_text(a, port))
                addresses.push_back(*address);
        return addresses;
    }
    auto& waiting = shared_->waiting;
    if (std::ranges::find(waiting, text) != waiting.end() || waiting.size() >= most_waiting)
        return {};
    waiting.push_back(text);
    if (!std::exchange(shared_->is_running, true))
        std::thread{[s = shared_] { s->run(); }}.detach();
    shared_->arrived.notify_one();
    return {};
}

void name_lookups::shared::run()
{
    std::unique_lock lock{mutex};
    for (;;) {
        arrived.wait(lock, [this] { return is_over || !waiting.empty(); });
        if (is_over)
            return;
        std::string const name = waiting.front();
        lock.unlock();
        auto found = look_up(name);
        lock.lock();
        keep(name, std::move(found));
        if (is_over)
            return;
        told();
    }
}

void name_lookups::shared::keep(std::string const& name, std::vector<std::string> addresses)
{
    waiting.pop_front();
    if (known.size() >= most_remembered)
        known.clear();
    auto const until = clock::now() + (addresses.empty() ? bad_for : good_for);
    known.insert_or_assign(name, entry{std::move(addresses), until});
}

} // namespace homing::server
