#include "server/port_holders.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

namespace homing::server {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view listening = "0A", unconnected = "07"; // states of TCP and UDP sockets (include/net/tcp_states.h)

/// As the kernel prints it: words of 32 bits in the order of this machine, each as a number.
std::optional<socket_address> read_address(std::string const& hex)
{
    auto const colon = hex.find(':');
    if (colon != 8 && colon != 32)
        return std::nullopt;
    unsigned port = 0;
    if (std::sscanf(hex.c_str() + colon + 1, "%4x", &port) != 1)
        return std::nullopt;
    std::uint32_t words[4] = {};
    for (std::size_t i = 0; i < colon / 8; ++i)
        if (std::sscanf(hex.c_str() + 8 * i, "%8x", &words[i]) != 1)
            return std::nullopt;
    socket_address a;
    if (colon == 8) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        std::memcpy(&v4.sin_addr, words, 4);
        std::memcpy(static_cast<void*>(a.data()), &v4, sizeof v4);
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        std::memcpy(&v6.sin6_addr, words, 16);
        std::memcpy(static_cast<void*>(a.data()), &v6, sizeof v6);
    }
    a.port(static_cast<std::uint16_t>(port));
    return a;
}

/// The processes of all sockets that this user may know.
std::map<unsigned long, std::string> processes_by_socket()
{
    std::map<unsigned long, std::string> processes;
    std::error_code ignored;
    for (auto const& process : fs::directory_iterator{"/proc", ignored}) {
        std::string const number = process.path().filename();
        if (number.find_first_not_of("0123456789") != std::string::npos)
            continue;
        std::string name;
        for (fs::directory_iterator open{process.path() / "fd", ignored}, end; open != end; open.increment(ignored)) {
            unsigned long inode = 0;
            auto const target = fs::read_symlink(open->path(), ignored).string();
            if (std::sscanf(target.c_str(), "socket:[%lu]", &inode) != 1)
                continue;
            if (name.empty())
                std::getline(std::ifstream{process.path() / "comm"}, name);
            processes.emplace(inode, fmt::format("{} (process {})", name, number));
        }
    }
    return processes;
}

} // namespace

std::optional<listening_socket> read_socket_line(std::string const& line, bool is_tcp)
{
    std::istringstream words{line};
    std::string number, local, remote, state, queues, timer, retransmits, user, timeout;
    unsigned long inode = 0;
    if (!(words >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode) ||
        state != (is_tcp ? listening : unconnected))
        return std::nullopt;
    auto const address = read_address(local);
    return address ? std::optional{listening_socket{*address, inode}} : std::nullopt;
}

std::vector<port_holder> holders_of_port(std::uint16_t port)
{
    std::vector<port_holder> holders;
    std::optional<std::map<unsigned long, std::string>> processes;
    for (std::string const table : {"udp", "udp6", "tcp", "tcp6"}) {
        std::ifstream lines{"/proc/net/" + table};
        for (std::string line; std::getline(lines, line);) {
            auto const socket = read_socket_line(line, table.starts_with("tcp"));
            if (!socket || socket->address.port() != port)
                continue;
            if (!processes)
                processes = processes_by_socket();
            holders.push_back({table.substr(0, 3), socket->address, (*processes)[socket->inode]});
        }
    }
    return holders;
}

} // namespace homing::server
