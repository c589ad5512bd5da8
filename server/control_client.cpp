#include "server/control_client.hpp"

#include "server/commands/speech.hpp"

#include <nlohmann/json.hpp>

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace homing::server {

namespace {

constexpr std::string_view upgrade_to_commands =
    "GET /command HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: homing-command\r\n\r\n";

} // namespace

bool ask_for_commands(control_channel& channel)
{
    if (!channel.send_text(upgrade_to_commands))
        return false;
    constexpr std::string_view end_of_head = "\r\n\r\n";
    std::string& in = channel.received();
    while (in.find(end_of_head) == in.npos)
        if (in.size() > control_channel::max_line || !channel.read_more())
            return false;
    bool const is_upgraded = in.starts_with("HTTP/1.1 101 ");
    in.erase(0, in.find(end_of_head) + end_of_head.size());
    return is_upgraded;
}

std::optional<control_client> control_client::connect(std::string const& directory)
{
    control_address const address{directory};
    file_descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!address || !socket || address.connect(socket.get()) != 0)
        return std::nullopt;
    auto channel = std::make_unique<control_channel>(std::move(socket));
    // A server that stops meanwhile closes the connection without a word: then nothing was done, and nothing listens.
    if (!ask_for_commands(*channel))
        return std::nullopt;
    return control_client{std::move(channel)};
}

exit_code control_client::run(invocation const& what, console& io)
{
    if (channel_->send({{"command", what.what->path}, {"arguments", what.given.values()}}))
        while (!end_) {
            auto const object = receive();
            if (!object || !obey(*object, io))
                break;
        }
    bool const printed = print_all();
    if (!end_)
        return fail(
            io, "the server ended the connection before it said how the command went; see whether it is done, then try again");
    return printed ? *end_ : fail(io, "standard output cannot be written");
}

/// The next object; what is still to be printed goes out meanwhile, as far as it is taken.
std::optional<nlohmann::json> control_client::receive()
{
    for (;;) {
        if (auto object = channel_->next_read())
            return object;
        pollfd waits[] = {{channel_->socket(), POLLIN, 0}, {STDOUT_FILENO, POLLOUT, 0}};
        if (::poll(waits, unprinted_.empty() ? 1 : 2, -1) < 0 && errno != EINTR)
            return std::nullopt;
        if ((waits[1].revents & (POLLOUT | POLLERR | POLLHUP)) != 0)
            print_what_fits();
        if (waits[0].revents != 0 && !channel_->read_more())
            return std::nullopt;
    }
}

bool control_client::obey(nlohmann::json const& object, console& io)
{
    for (auto const& [key, value] : object.items()) {
        if (key == "out" && value.is_string())
            unprinted_.push_back(value.get<std::string>());
        else if (key == "err" && value.is_string())
            io.err(value.get_ref<std::string const&>());
        else if (key == "progress" && value.is_array() && value.size() == 2)
            io.progress(value[0].get<std::uint64_t>(), value[1].get<std::uint64_t>());
        else if (key == "files" && !send_files(io))
            return false;
        else if (key == "exit" && value.is_number_integer())
            end_ = static_cast<exit_code>(value.get<int>());
    }
    return true;
}

bool control_client::send_files(console& io)
{
    std::vector<input_file> batch;
    std::vector<int> descriptors;
    nlohmann::json entries = nlohmann::json::array();
    while (batch.size() < control_channel::max_descriptors) {
        auto file = io.next_file();
        if (!file)
            break;
        entries.push_back(nlohmann::json::object({{"name", file->name}}));
        if (file->error.empty())
            descriptors.push_back(file->fd.get());
        else
            entries.back()["error"] = file->error;
        batch.push_back(std::move(*file));
    }
    return channel_->send({{"files", entries}, {"total", io.file_count()}}, descriptors);
}

/// At most PIPE_BUF octets never block where poll said that there is room (pipe(7)).
void control_client::print_what_fits()
{
    std::string_view const text = std::string_view{unprinted_.front()}.substr(printed_, PIPE_BUF);
    ssize_t const n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n < 0 && errno != EINTR && errno != EAGAIN) {
        output_failed_ = true;
        unprinted_.clear();
        printed_ = 0;
        return;
    }
    printed_ += static_cast<std::size_t>(std::max<ssize_t>(n, 0));
    if (printed_ < unprinted_.front().size())
        return;
    unprinted_.pop_front();
    printed_ = 0;
}

bool control_client::print_all()
{
    while (!unprinted_.empty()) {
        pollfd wait{STDOUT_FILENO, POLLOUT, 0};
        if (::poll(&wait, 1, -1) >= 0)
            print_what_fits();
    }
    return !output_failed_;
}

} // namespace homing::server
