// The control socket: the API over a Unix socket, and with it the commands of the command line.
//
// DIR/control.sock, a Unix stream socket, mode 0600; only the user that the server runs as, and root, are heard. They speak HTTP, and may call the API
// without a token: `curl --unix-socket DIR/control.sock http://localhost/api/v1/zones`. What the API has no place for, text and files that
// come and go while a command runs, follows an upgrade (RFC 9110 7.8):
//
//   client  GET /command HTTP/1.1, Connection: upgrade, Upgrade: homing-command
//   server  101 Switching Protocols                                the client waits for it: there may be a queue
//   client  {"command": "zone add", "arguments": {"ORIGIN": ["example.com"]}}
//   server  {"out": "..."} {"err": "..."} {"progress": [1, 2]}     as the command prints
//   server  {"files": true}                                        the command wants the next of its files
//   client  {"files": [{"name": "a.zone"}, {"name": "b.zone", "error": "..."}], "total": 2}, with an open file for each without an error
//   server  {"exit": 0}
//
// The files are opened by the client and passed as descriptors: the server needs no right on the client's paths. Each conversation
// has a thread of its own, never a worker's, and there are a few at once; others wait. What the client sends is bounded, and so is
// the time that it may take.
#pragma once

#include "server/api.hpp"
#include "server/control_channel.hpp"
#include "server/server.hpp"

#include <atomic>
#include <list>
#include <thread>

#include <sys/types.h>

namespace homing::server {

class control_server final : public side_service {
public:
    static constexpr std::size_t max_conversations = 8;
    static constexpr unsigned patience_seconds = 30; ///< with a client that sends or takes nothing

    control_server() = default;
    ~control_server() override;

    /// Precondition: this process holds the directory's lock (so that a socket that is there is a left-over).
    dns::result<void> start(server&) override;
    /// The same without a server around it; `directory` is the data directory.
    dns::result<void> start(std::string const& directory, update::writer&, zone::versions&);
    void stop() override;

private:
    struct conversation {
        conversation(file_descriptor socket, uid_t from) : channel{std::move(socket)}, user{from} {}
        control_channel channel;
        uid_t const user;
        std::atomic<bool> ended{false};
        std::thread thread;
    };

    void accept_loop();
    void accept_one();
    void join_ended();
    void converse(conversation&) noexcept;
    void answer_calls(conversation&);
    void run_command(conversation&);
    void wake() noexcept;
    void drain_wake() noexcept;

    server const* server_ = nullptr;
    std::optional<api> operations_;
    update::writer* writer_ = nullptr;
    zone::versions* versions_ = nullptr;
    std::string socket_path_;
    file_descriptor listener_, wake_;
    std::atomic<bool> stopping_{false};
    std::list<conversation> conversations_; // the accepting thread's, until it ended
    std::thread thread_;
};

} // namespace homing::server
