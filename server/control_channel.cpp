#include "server/control_channel.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace homing::server {

namespace {

union ancillary_room {
    cmsghdr align;
    std::array<char, CMSG_SPACE(control_channel::max_descriptors * sizeof(int))> octets;
};

void attach(msghdr& message, ancillary_room& room, std::span<int const> files) noexcept
{
    message.msg_control = room.octets.data();
    message.msg_controllen = CMSG_SPACE(files.size_bytes());
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(files.size_bytes());
    std::memcpy(CMSG_DATA(head), files.data(), files.size_bytes());
}

/// Sends all of `text`; the files go with its first octets.
bool send_all(int socket, std::string_view text, std::span<int const> files)
{
    while (!text.empty()) {
        iovec piece{const_cast<char*>(text.data()), text.size()};
        msghdr message{};
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        ancillary_room room{};
        if (!files.empty())
            attach(message, room, files);
        ssize_t const n = ::sendmsg(socket, &message, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        files = {};
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

} // namespace

void control_channel::time_out_after(unsigned seconds) noexcept
{
    timeval const limit{static_cast<time_t>(seconds), 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

bool control_channel::send(nlohmann::json const& object, std::span<int const> files)
{
    std::string text = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    text += '\n';
    std::lock_guard const lock{sending_};
    return send_all(socket_.get(), text, files);
}

bool control_channel::send_text(std::string_view text)
{
    std::lock_guard const lock{sending_};
    return send_all(socket_.get(), text, {});
}

bool control_channel::fail() noexcept
{
    failed_ = true;
    return false;
}

void control_channel::shut_down() noexcept
{
    ::shutdown(socket_.get(), SHUT_RDWR);
}

bool control_channel::is_open() const noexcept
{
    pollfd now{socket_.get(), POLLRDHUP, 0};
    return ::poll(&now, 1, 0) == 0;
}

bool control_channel::take_ancillary(void* header) noexcept
{
    auto& message = *static_cast<msghdr*>(header);
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        std::size_t const count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
            files_.emplace_back(fd);
        }
    }
    return (message.msg_flags & MSG_CTRUNC) == 0 && files_.size() <= max_descriptors;
}

bool control_channel::read_more()
{
    if (failed_)
        return false;
    std::array<char, 16384> buffer;
    iovec piece{buffer.data(), buffer.size()};
    ancillary_room room{};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = room.octets.data();
    message.msg_controllen = room.octets.size();
    ssize_t n = 0;
    do
        n = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n <= 0 || !take_ancillary(&message))
        return fail();
    received_.append(buffer.data(), static_cast<std::size_t>(n));
    return true;
}

std::optional<nlohmann::json> control_channel::next_read()
{
    if (failed_)
        return std::nullopt;
    std::size_t const end = received_.find('\n', searched_);
    if (end == std::string::npos) {
        searched_ = received_.size();
        if (searched_ > max_line)
            fail();
        return std::nullopt;
    }
    auto object = nlohmann::json::parse(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    received_.erase(0, end + 1);
    searched_ = 0;
    if (end <= max_line && object.is_object())
        return object;
    fail();
    return std::nullopt;
}

std::optional<nlohmann::json> control_channel::receive()
{
    for (;;) {
        if (auto object = next_read())
            return object;
        if (!read_more())
            return std::nullopt;
    }
}

std::optional<file_descriptor> control_channel::take_file()
{
    if (files_.empty())
        return std::nullopt;
    file_descriptor oldest = std::move(files_.front());
    files_.pop_front();
    return oldest;
}

control_address::control_address(std::string const& directory)
{
    directory_ = file_descriptor{::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!directory_)
        return;
    path_ = directory + "/" + file_name;
    if (path_.size() >= sizeof(sockaddr_un::sun_path))
        path_ = "/proc/self/fd/" + std::to_string(directory_.get()) + "/" + file_name;
}

namespace {

sockaddr_un address_of(std::string const& path) noexcept
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

} // namespace

int control_address::connect(int socket) const noexcept
{
    sockaddr_un const address = address_of(path_);
    return ::connect(socket, reinterpret_cast<sockaddr const*>(&address), sizeof address);
}

int control_address::bind(int socket) const noexcept
{
    sockaddr_un const address = address_of(path_);
    return ::bind(socket, reinterpret_cast<sockaddr const*>(&address), sizeof address);
}

} // namespace homing::server
