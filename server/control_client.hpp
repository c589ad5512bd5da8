// The other end of the control socket: hands a command to the running server and prints what comes back.
//
// One thread at a time.
#pragma once

#include "server/command_line.hpp"
#include "server/control_channel.hpp"

#include <nlohmann/json_fwd.hpp>

#include <deque>
#include <memory>

namespace homing::server {

/// Asks the server at the other end to take a command (control_server.hpp), and waits until it does. False if it does not.
bool ask_for_commands(control_channel&);

class control_client {
public:
    /// A conversation with the server on this directory, or nothing if none listens there. Waits where the server is busy with other
    /// commands.
    static std::optional<control_client> connect(std::string const& directory);

    /// Runs the command in the server; its output goes to standard output and error, its files are taken from `io`.
    exit_code run(invocation const&, console& io);

private:
    explicit control_client(std::unique_ptr<control_channel> channel) : channel_{std::move(channel)} {}

    std::optional<nlohmann::json> receive();
    bool obey(nlohmann::json const&, console&);
    bool send_files(console&);
    void print_what_fits();
    bool print_all();

    std::unique_ptr<control_channel> channel_;
    std::deque<std::string> unprinted_; // so that a slow reader of our output (a pager) does not hold up the server
    std::size_t printed_ = 0;           // octets of the first of them
    bool output_failed_ = false;
    std::optional<exit_code> end_;
};

} // namespace homing::server
