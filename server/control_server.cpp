#include "server/control_server.hpp"

#include "server/http_message.hpp"
#include "server/remote_console.hpp"
#include "server/user.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace homing::server {

namespace {

constexpr int when_short_of_descriptors_ms = 200;
constexpr std::size_t max_call_header = 8192;
constexpr std::string_view command_protocol_begins =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: homing-command\r\n\r\n";

dns::failure cannot_listen(std::string const& where)
{
    return {fmt::format("the control socket {} cannot be opened: {}", where, std::strerror(errno))};
}

/// The user at the other end, if it may give commands.
std::optional<uid_t> commanding_user(int socket) noexcept
{
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || (peer.uid != ::geteuid() && peer.uid != 0))
        return std::nullopt;
    return peer.uid;
}

/// The words of a request, or nothing if it has not their form.
std::optional<arguments> read_arguments(nlohmann::json const& request)
{
    auto const it = request.find("arguments");
    if (it == request.end() || !it->is_object())
        return std::nullopt;
    arguments given;
    for (auto const& [name, values] : it->items()) {
        if (!values.is_array())
            return std::nullopt;
        for (auto const& value : values) {
            if (!value.is_string())
                return std::nullopt;
            given.add(name, value.get<std::string>());
        }
    }
    return given;
}

/// Only a `whole` server can run all commands.
exit_code run(command const& c, arguments const& given, console& io, open_store store, server const* whole)
{
    store.running = whole;
    if (auto const* const function = std::get_if<store_command>(&c.run))
        return (*function)(io, given, store);
    return std::get<server_command>(c.run)(io, given, *whole);
}

bool can_run(command const& c, server const* whole) noexcept
{
    return std::holds_alternative<store_command>(c.run) || (whole != nullptr && std::holds_alternative<server_command>(c.run));
}

exit_code run(nlohmann::json const& request, console& io, open_store store, server const* whole)
{
    auto const path = request.find("command");
    auto const given = read_arguments(request);
    if (path == request.end() || !path->is_string() || !given) {
        io.err("homing: the running server does not understand this program's request; restart it after an upgrade");
        return exit_code::misused;
    }
    command const* const c = find_command(path->get<std::string>());
    bool const is_ours = c != nullptr && can_run(*c, whole);
    std::string const wrong = !is_ours ? "there is no such command" : misuse(*c, *given);
    if (wrong.empty())
        return run(*c, *given, io, std::move(store), whole);
    io.err(fmt::format("homing: {} (the running server is homing {}; restart it after an upgrade)", wrong, HOMING_VERSION));
    return exit_code::misused;
}

bool is_upgrade(http_request_reader const& r)
{
    return r.method() == "GET" && r.target() == control_address::command_target && r.header("Upgrade") == "homing-command";
}

http_answer answer_call(api const& operations, http_request_reader const& r, std::string user)
{
    auto const [path, query] = split_target(r.target());
    if (!is_api_path(path))
        return to_http(api_problem(404, "there is nothing here; the API is below /api/v1."));
    return to_http(operations.answer({std::string{r.method()}, std::string{path}, std::string{query},
                                      std::string{r.header("Content-Type")}, std::string{r.body()}},
                                     {std::move(user), {}}));
}

} // namespace

control_server::~control_server()
{
    stop();
}

dns::result<void> control_server::start(server& s)
{
    server_ = &s;
    return start(s.data_directory(), s.writer(), s.versions());
}

dns::result<void> control_server::start(std::string const& directory, update::writer& writer, zone::versions& versions)
{
    writer_ = &writer;
    versions_ = &versions;
    operations_.emplace(writer, versions);
    if (server_ != nullptr)
        operations_->attach(*server_);
    socket_path_ = directory + "/" + control_address::file_name;
    control_address const address{directory};
    if (!address)
        return cannot_listen(socket_path_);
    ::unlink(address.path().c_str());
    listener_ = file_descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    wake_ = file_descriptor{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    // The mode of an unbound socket becomes that of its name, so that there is no moment at which others may connect.
    if (!listener_ || !wake_ || ::fchmod(listener_.get(), 0600) != 0 || address.bind(listener_.get()) != 0 ||
        ::listen(listener_.get(), SOMAXCONN) != 0)
        return cannot_listen(socket_path_);
    thread_ = std::thread{[this] { accept_loop(); }};
    return {};
}

void control_server::stop()
{
    if (!thread_.joinable())
        return;
    stopping_ = true;
    wake();
    thread_.join();
    ::unlink(socket_path_.c_str());
    listener_.reset();
    operations_->give_up();
    for (auto& c : conversations_)
        c.channel.shut_down();
    for (auto& c : conversations_)
        c.thread.join();
    conversations_.clear();
}

void control_server::wake() noexcept
{
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const n = ::write(wake_.get(), &one, sizeof one);
}

void control_server::drain_wake() noexcept
{
    std::uint64_t count = 0;
    [[maybe_unused]] auto const n = ::read(wake_.get(), &count, sizeof count);
}

void control_server::accept_loop()
{
    while (!stopping_) {
        bool const has_room = conversations_.size() < max_conversations;
        pollfd waits[] = {{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
        ::poll(waits, has_room ? 2 : 1, -1);
        drain_wake();
        join_ended();
        if (!stopping_ && has_room && (waits[1].revents & POLLIN) != 0)
            accept_one();
    }
}

void control_server::accept_one()
{
    file_descriptor socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!socket) {
        pollfd wait{wake_.get(), POLLIN, 0};
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            ::poll(&wait, 1, when_short_of_descriptors_ms);
        return;
    }
    auto const user = commanding_user(socket.get());
    if (!user)
        return;
    auto& c = conversations_.emplace_back(std::move(socket), *user);
    try {
        c.thread = std::thread{[this, &c] { converse(c); }};
    } catch (std::system_error const&) {
        conversations_.pop_back(); // no thread to be had: the client sees the end and tries again
    }
}

void control_server::join_ended()
{
    conversations_.remove_if([](conversation& c) {
        if (!c.ended)
            return false;
        c.thread.join();
        return true;
    });
}

/// HTTP requests, one after the other; an upgrade ends it with a command.
void control_server::answer_calls(conversation& c)
{
    std::string& in = c.channel.received();
    for (bool goes_on = true; goes_on && !stopping_;) {
        http_request_reader request{{max_call_header, max_api_body}};
        auto got = request.take(in);
        while (got == http_request_reader::progress::more && c.channel.read_more())
            got = request.take(in);
        if (got != http_request_reader::progress::done && got != http_request_reader::progress::faulty)
            return;
        bool const is_fine = got == http_request_reader::progress::done;
        if (is_fine && is_upgrade(request))
            return run_command(c);
        auto const answer = is_fine ? answer_call(*operations_, request, to_user(c.user)) : request.fault();
        goes_on = is_fine && request.keeps_alive();
        std::string const head = http_head(answer, request.version(), goes_on);
        if (!c.channel.send_text(is_fine && request.method() == "HEAD" ? head : head + answer.body))
            return;
    }
}

void control_server::run_command(conversation& c)
{
    remote_console io{c.channel};
    if (!c.channel.received().empty() || !c.channel.send_text(command_protocol_begins))
        return;
    if (auto const request = c.channel.receive())
        io.end(run(*request, io, {*writer_, *versions_, to_user(c.user)}, server_));
}

void control_server::converse(conversation& c) noexcept
{
    try {
        c.channel.time_out_after(patience_seconds);
        answer_calls(c);
    } catch (std::exception const& e) {
        try {
            remote_console io{c.channel};
            io.err(fmt::format("homing: the command failed in the server: {}", e.what()));
            io.end(exit_code::failed);
        } catch (std::exception const&) { // no memory even for that: the client sees the end of the connection
        }
    }
    c.channel.shut_down();
    c.ended = true;
    wake();
}

} // namespace homing::server
