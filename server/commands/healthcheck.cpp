// healthcheck: whether the server answers, for who restarts it if not: a container engine, a script.
#include "server/commands/commands.hpp"
#include "server/commands/speech.hpp"
#include "server/dns_asker.hpp"
#include "server/listen_address.hpp"

namespace homing::server {

namespace {

constexpr std::chrono::seconds patience{4};

/// Where to ask: this machine's own address for a wildcard.
socket_address reachable(socket_address address)
{
    if (!address.is_wildcard())
        return address;
    return *socket_address::from_text(address.is_v6() ? "::1" : "127.0.0.1", address.port());
}

} // namespace

exit_code healthcheck(console& io, arguments const& given, std::string const&)
{
    std::string const text = given.has("--listen") ? given.one("--listen") : "*:53";
    auto const listen = listen_address::parse(text, 53);
    if (!listen)
        return reject(io, "{} {}: {}", given.source("--listen"), text, listen.error().message);
    auto const server = reachable(listen->addresses.front());
    // Whether the root is served here or not: a server that works has an answer.
    auto const reply = ask(server, {dns::name{}, dns::rr_type::soa}, transport::udp, patience);
    if (!reply)
        return fail(io, "{}: {}", server.to_string(), reply.error().message);
    if (reply->rcode() == dns::rcode::servfail)
        return fail(io, "{}: SERVFAIL", server.to_string());
    say(io, "{} answers", server.to_string());
    return exit_code::done;
}

} // namespace homing::server
