#include "server/command_runner.hpp"

#include "server/absent_store.hpp"
#include "server/commands/speech.hpp"
#include "server/commands/terminal.hpp"
#include "server/control_client.hpp"
#include "server/random_number.hpp"
#include "server/user.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>

namespace homing::server {

namespace {

// A server needs so long to start or to stop; another command without a server, to be done.
constexpr std::chrono::seconds patience{15};
constexpr std::chrono::milliseconds between_attempts{50};
constexpr fmt::format_string<std::string const&> busy = "{} is held by another homing process that takes no commands: it is "
                                                        "starting or stopping, or a long command without a server; "
                                                        "try again when it is done";

exit_code run_with(std::unique_ptr<storage::store> store, invocation const& what, store_command function, console& io)
{
    zone::versions versions{random_number()};
    auto writer = update::writer::open(std::move(store), versions);
    if (!writer)
        return fail(io, "{}", writer.error().message);
    (*writer)->start();
    open_store opened{**writer, versions, to_user(::geteuid())};
    exit_code const code = function(io, what.given, opened);
    (*writer)->stop();
    return code;
}

bool is_missing(std::string const& directory)
{
    std::error_code ignored;
    return !std::filesystem::exists(directory, ignored) && !ignored;
}

/// Nothing if another process was quicker to take the directory.
std::optional<exit_code> run_here(invocation const& what, store_command function, console& io)
{
    auto store = storage::open_sqlite_store(what.data_directory);
    if (!store && storage::is_directory_locked(what.data_directory))
        return std::nullopt;
    if (!store)
        return fail(io, "{}", store.error().message);
    return run_with(std::move(*store), what, function, io);
}

exit_code run_on_nothing(invocation const& what, store_command function, console& io)
{
    warn(io, "there is no store in {0} yet: 'homing zone add ORIGIN --data {0}' makes one; --data or HOMING_DATA names another",
         what.data_directory);
    return run_with(std::make_unique<absent_store>(what.data_directory), what, function, io);
}

exit_code run_on_store(invocation const& what, store_command function, console& io)
{
    std::string const& directory = what.data_directory;
    if (!what.what->makes_store && is_missing(directory))
        return run_on_nothing(what, function, io);
    auto const until = std::chrono::steady_clock::now() + patience;
    do {
        if (auto server = control_client::connect(directory))
            return server->run(what, io);
        if (!storage::is_directory_locked(directory))
            if (auto const code = run_here(what, function, io))
                return *code;
        std::this_thread::sleep_for(between_attempts);
    } while (std::chrono::steady_clock::now() < until);
    return fail(io, busy, directory);
}

exit_code run_on_server(invocation const& what, console& io)
{
    std::string const& directory = what.data_directory;
    auto const until = std::chrono::steady_clock::now() + patience;
    do {
        if (auto server = control_client::connect(directory))
            return server->run(what, io);
        if (!storage::is_directory_locked(directory))
            return fail(io, "no server runs on {0}: 'homing serve --data {0}' starts one; --data or HOMING_DATA names another",
                        directory);
        std::this_thread::sleep_for(between_attempts);
    } while (std::chrono::steady_clock::now() < until);
    return fail(io, busy, directory);
}

exit_code run_anywhere(invocation const& what, console& io)
{
    if (auto const* const plain = std::get_if<plain_command>(&what.what->run))
        return (*plain)(io, what.given, what.data_directory);
    if (std::holds_alternative<server_command>(what.what->run))
        return run_on_server(what, io);
    return run_on_store(what, std::get<store_command>(what.what->run), io);
}

} // namespace

exit_code run_command(invocation const& what)
{
    terminal io{files_of(*what.what, what.given)};
    exit_code const code = run_anywhere(what, io);
    if (code == exit_code::misused)
        io.err("'homing " + std::string{what.what->path} + " --help' shows how it is used");
    if (!io.flush() && code == exit_code::done)
        return fail(io, "standard output cannot be written");
    return code;
}

} // namespace homing::server
