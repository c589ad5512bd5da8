// One end of a control connection: JSON objects, one a line, with open files beside them (SCM_RIGHTS).
//
// What the other side sends is bounded: lines of at most `max_line` octets, at most `max_descriptors` files waiting to be taken.
// Whatever goes wrong (closed, timed out, too long, not an object) ends the conversation: then nothing more is received.
// Sending is safe from several threads; receiving belongs to one. `shut_down` may be called by any.
#pragma once

#include "server/file_descriptor.hpp"

#include <nlohmann/json_fwd.hpp>

#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace homing::server {

class control_channel {
public:
    static constexpr std::size_t max_line = 1U << 20;
    static constexpr std::size_t max_descriptors = 32;

    /// `socket`: a connected Unix stream socket.
    explicit control_channel(file_descriptor socket) noexcept : socket_{std::move(socket)} {}

    /// Gives up on a peer that takes or sends nothing for so long. 0: waits for ever.
    void time_out_after(unsigned seconds) noexcept;

    /// Sends one object, with at most max_descriptors files. False if the other side is gone. Text that is not UTF-8 is
    /// sent with replacement characters.
    bool send(nlohmann::json const&, std::span<int const> files = {});

    /// The next object. Waits for it.
    std::optional<nlohmann::json> receive();
    /// The next object if it has been read already.
    std::optional<nlohmann::json> next_read();
    /// What was received and not taken yet; for a conversation that begins otherwise than with objects.
    std::string& received() noexcept { return received_; }
    /// Sends octets as they are. False if the other side is gone.
    bool send_text(std::string_view);
    /// Reads what has come, waiting if nothing has. False at the end of the conversation.
    bool read_more();
    /// The oldest file received and not yet taken.
    std::optional<file_descriptor> take_file();

    /// Neither side has ended the conversation. Any thread.
    bool is_open() const noexcept;

    int socket() const noexcept { return socket_.get(); }
    /// Ends the conversation; whoever waits in it comes back.
    void shut_down() noexcept;

private:
    bool take_ancillary(void* header) noexcept;
    bool fail() noexcept;

    file_descriptor socket_;
    std::mutex sending_;
    std::string received_;
    std::size_t searched_ = 0; // of received_: without a line end up to here
    std::deque<file_descriptor> files_;
    bool failed_ = false;
};

/// The address of the control socket in a data directory, usable however long the directory's path is: what does not fit in an address
/// goes through /proc/self/fd, for which `directory` must stay open until bind or connect returned.
class control_address {
public:
    /// Not valid if the directory cannot be opened (errno says why).
    explicit control_address(std::string const& directory);

    explicit operator bool() const noexcept { return !path_.empty(); }
    std::string const& path() const noexcept { return path_; }
    int connect(int socket) const noexcept; ///< as connect(2)
    int bind(int socket) const noexcept;    ///< as bind(2)

    static constexpr char const* file_name = "control.sock";
    static constexpr char const* command_target = "/command"; ///< what is asked for, with an upgrade, to give a command

private:
    file_descriptor directory_;
    std::string path_;
};

} // namespace homing::server
