// serve: the server, with the control socket beside it.
#include "server/server.hpp"

#include "server/commands/commands.hpp"
#include "server/commands/speech.hpp"
#include "server/control_server.hpp"

#include <charconv>

namespace homing::server {

namespace {

constexpr unsigned max_workers = 1024;

std::optional<unsigned> read_workers(console& io, arguments const& given)
{
    std::string const& text = given.one("--workers");
    unsigned workers = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), workers);
    if (text.empty() || (error == std::errc{} && end == text.data() + text.size() && workers >= 1 && workers <= max_workers))
        return workers;
    reject(io, "--workers {}: a number from 1 to {}", text, max_workers);
    return std::nullopt;
}

std::optional<std::vector<listen_address>> read_listen(console& io, arguments const& given)
{
    std::vector<listen_address> addresses;
    for (auto const& text : given.all("--listen")) {
        auto one = listen_address::parse(text);
        if (!one) {
            reject(io, "--listen {}: {}", text, one.error().message);
            return std::nullopt;
        }
        addresses.push_back(std::move(*one));
    }
    return addresses;
}

} // namespace

exit_code serve(console& io, arguments const& given, std::string const& directory)
{
    auto const workers = read_workers(io, given);
    auto listen = read_listen(io, given);
    if (!workers || !listen)
        return exit_code::misused;
    server_options options;
    options.data_directory = directory;
    options.listen = std::move(*listen);
    options.workers = *workers;
    auto opened = server::open(std::move(options));
    if (!opened)
        return fail(io, "{}", opened.error().message);
    (*opened)->add(std::make_unique<control_server>());
    return static_cast<exit_code>((*opened)->run());
}

} // namespace homing::server
