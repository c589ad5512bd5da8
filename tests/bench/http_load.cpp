// Updates a host over HTTP as fast as the server answers: so many keep-alive connections, one request at a time on each, each a new address.
//
//   http_load PORT CONNECTIONS SECONDS HOST PASSWORD...
//
// With several HOST PASSWORD pairs the connections take them in turn. Prints updates a second, and how long they took; fails on any answer but
// "good". Pin it to another core than the server's.
#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

std::string to_base64(std::string const& text)
{
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 3) {
        auto const octet = [&](std::size_t n) { return n < text.size() ? static_cast<unsigned char>(text[n]) : 0U; };
        unsigned const bits = octet(i) << 16U | octet(i + 1) << 8U | octet(i + 2);
        for (unsigned k = 0; k < 4; ++k)
            out += i + k > text.size() ? '=' : letters[bits >> (18 - 6 * k) & 63U];
    }
    return out;
}

struct connection {
    int socket = -1;
    std::string host, credentials;
    unsigned sent = 0, id = 0;
    clock_type::time_point since;

    void send()
    {
        ++sent;
        std::string const request =
            fmt::format("GET /nic/update?hostname={}&myip=10.{}.{}.{} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {}\r\n\r\n", host,
                        id % 250, sent / 250 % 250, sent % 250 + 1, credentials);
        since = clock_type::now();
        if (::write(socket, request.data(), request.size()) != static_cast<ssize_t>(request.size()))
            throw std::runtime_error{"a request was not taken whole"};
    }
};

connection dial(std::uint16_t port)
{
    connection c;
    c.socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int const on = 1;
    ::setsockopt(c.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(c.socket, reinterpret_cast<sockaddr const*>(&to), sizeof to) != 0)
        throw std::runtime_error{"cannot connect"};
    return c;
}

void run(std::vector<connection>& all, std::chrono::seconds time)
{
    int const poll = ::epoll_create1(0);
    for (auto& c : all) {
        epoll_event wanted{};
        wanted.events = EPOLLIN;
        wanted.data.ptr = &c;
        ::epoll_ctl(poll, EPOLL_CTL_ADD, c.socket, &wanted);
        c.send();
    }
    auto const begin = clock_type::now();
    std::vector<float> took;
    while (clock_type::now() - begin < time) {
        std::array<epoll_event, 128> ready{};
        int const n = ::epoll_wait(poll, ready.data(), ready.size(), 1000);
        for (int i = 0; i < n; ++i) {
            auto& c = *static_cast<connection*>(ready[static_cast<std::size_t>(i)].data.ptr);
            std::array<char, 2048> answer{};
            auto const size = ::read(c.socket, answer.data(), answer.size());
            std::string_view const text{answer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
            if (text.find("\r\n\r\ngood ") == text.npos)
                throw std::runtime_error{"the answer was: " + std::string{text}};
            took.push_back(std::chrono::duration<float, std::milli>(clock_type::now() - c.since).count());
            c.send();
        }
    }
    std::chrono::duration<double> const passed = clock_type::now() - begin;
    std::sort(took.begin(), took.end());
    auto const at = [&](double part) { return took[static_cast<std::size_t>(part * static_cast<double>(took.size() - 1))]; };
    fmt::print("{:.0f} updates/s over {} connections; ms: median {:.2f}, p99 {:.2f}, longest {:.2f}\n",
               static_cast<double>(took.size()) / passed.count(), all.size(), at(.5), at(.99), at(1));
}

} // namespace

int main(int count, char** words)
try {
    if (count < 6 || count % 2 != 0)
        throw std::runtime_error{"http_load PORT CONNECTIONS SECONDS HOST PASSWORD..."};
    auto const hosts = static_cast<std::size_t>(count - 4) / 2;
    std::vector<connection> all;
    for (unsigned i = 0; i < static_cast<unsigned>(std::atoi(words[2])); ++i) {
        all.push_back(dial(static_cast<std::uint16_t>(std::atoi(words[1]))));
        char** const pair = words + 4 + i % hosts * 2;
        all.back().id = i;
        all.back().host = pair[0];
        all.back().credentials = to_base64(std::string{pair[0]} + ":" + pair[1]);
    }
    run(all, std::chrono::seconds{std::atoi(words[3])});
    return 0;
} catch (std::exception const& e) {
    fmt::print(stderr, "http_load: {}\n", e.what());
    return 1;
}
