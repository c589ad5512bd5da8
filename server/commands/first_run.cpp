#include "server/commands/first_run.hpp"

#include "dns/presentation.hpp"
#include "server/commands/grant_text.hpp"
#include "server/commands/key_text.hpp"
#include "server/commands/new_zone.hpp"
#include "server/commands/welcome.hpp"
#include "server/log.hpp"
#include "server/service_notice.hpp"
#include "server/user.hpp"
#include "update/dyndns2.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include <unistd.h>

namespace homing::server {

namespace {

constexpr std::string_view how_to_begin =
    "There is no zone here yet, so every question is refused. To begin with a zone of yours, do one of these:\n"
    "  start again with --zone example.com --address 203.0.113.5 (your domain, this machine's public address),\n"
    "  or with HOMING_ZONE and HOMING_ADDRESS set, or with zone and address in homing.toml;\n"
    "  or leave the server running and say: homing zone add example.com --ns ns1.example.com=203.0.113.5\n"
    "  or bring zone files along: homing zone import example.com FILE\n";

std::optional<dns::name> below(std::string_view label, dns::name_view origin)
{
    return dns::name::join(*dns::name::from_text(label), origin);
}

storage::key_record admin_key()
{
    storage::key_record key;
    key.key_name = admin_key_name();
    key.algorithm = dns::tsig_algorithm::hmac_sha256;
    key.secret = random_secret(key.algorithm);
    key.secret_time = std::time(nullptr);
    key.grants.push_back(storage::grant::admin());
    return key;
}

zone::contents contents_of(first_zone const& wanted)
{
    std::vector<name_server> servers;
    for (auto const& address : wanted.addresses)
        servers.push_back({*below("ns1", wanted.origin), address});
    return make_zone(wanted.origin, servers, *below("hostmaster", wanted.origin));
}

std::future<update::outcome> submit(update::writer& writer, decltype(update::request::what) what)
{
    auto const promise = std::make_shared<std::promise<update::outcome>>();
    auto told = promise->get_future();
    bool const is_taken = writer.enqueue({std::move(what), {"", to_user(::geteuid()), "first run"}},
                                         [promise](update::outcome&& o, update::request&&) { promise->set_value(std::move(o)); });
    if (!is_taken)
        promise->set_value(update::decline(dns::rcode::servfail, "the writer takes nothing"));
    return told;
}

std::string reason_of(update::outcome const& o)
{
    return o.reason.empty() ? std::string{dns::mnemonic(o.rcode)} : o.reason;
}

} // namespace

dns::result<std::optional<first_zone>> read_first_zone(arguments const& given)
{
    bool const has_zone = given.has("--zone"), has_address = given.has("--address");
    if (!has_zone && !has_address)
        return std::optional<first_zone>{};
    if (!has_zone || !has_address)
        return dns::failure{fmt::format("{} wants {} beside it: {}", given.source(has_zone ? "--zone" : "--address"),
                                        has_zone ? "--address" : "--zone",
                                        has_zone ? "where the world reaches this server" : "which zone this server is for")};
    auto const origin = dns::name_from_text(given.one("--zone"));
    if (!origin)
        return dns::failure{fmt::format("{}: {}", given.source("--zone"), origin.error().message)};
    if (origin->view().is_root() || !below("hostmaster", *origin))
        return dns::failure{fmt::format("{} {}: there is no room for ns1 and hostmaster below this name", given.source("--zone"),
                                        given.one("--zone"))};
    first_zone wanted{origin->to_lower(), {}};
    for (auto const& text : given.all("--address")) {
        auto const address = update::address_from_text(text);
        if (!address)
            return dns::failure{fmt::format("{} {}: not an IPv4 or IPv6 address", given.source("--address"), text)};
        wanted.addresses.push_back(*address);
    }
    return std::optional{std::move(wanted)};
}

void first_run::prepare(server& whole)
{
    {
        zone::versions::reader reader{whole.versions()};
        zone::versions::reading const now{reader};
        is_first_ = now->zone_count() == 0;
    }
    if (is_first_ && wanted_)
        make(whole);
    else if (wanted_)
        compare(whole);
}

/// In one batch, and so in one transaction. A key that is there stays as it is: then somebody has worked here before.
void first_run::make(server& whole)
{
    auto& writer = whole.writer();
    if (writer.keys()->find(admin_key_name()) == nullptr)
        key_ = submit(writer, update::put_key{admin_key(), true});
    zone_ = submit(writer, update::put_zone{contents_of(*wanted_), true});
}

/// What was asked for at the first start is there, or else it is said what to do: a later start changes nothing by itself.
void first_run::compare(server& whole) const
{
    zone::versions::reader reader{whole.versions()};
    zone::versions::reading const now{reader};
    std::string const name = short_name(wanted_->origin);
    auto const* const zone = now->find(wanted_->origin);
    if (zone == nullptr) {
        log_warning(fmt::format("--zone {0} is for the first start alone, and there are zones here already: "
                                "'homing zone add {0} --ns ns1.{0}={1}' adds this one",
                                name, address_text(wanted_->addresses.front())));
        return;
    }
    auto const servers = servers_of(*zone);
    auto const is_known = [&](std::vector<std::uint8_t> const& address) {
        return std::any_of(servers.begin(), servers.end(), [&](delegated_server const& s) {
            return std::find(s.addresses.begin(), s.addresses.end(), address) != s.addresses.end();
        });
    };
    for (auto const& address : wanted_->addresses)
        if (!is_known(address))
            log_warning(fmt::format("--address {0} is for the first start alone, and no name server of {1} has it: "
                                    "'homing record set ns1.{1} 3600 {2} {0}' gives it to ns1",
                                    address_text(address), name, address.size() == 4 ? "A" : "AAAA"));
}

dns::result<void> first_run::start(server& whole)
{
    if (is_first_ && !wanted_) {
        io_.out(how_to_begin);
        std::fflush(stdout);
    }
    if (!zone_)
        return {};
    auto const made_key = key_ ? key_->get() : update::outcome{};
    auto const made_zone = zone_->get();
    if (made_key.ok() && made_zone.ok()) {
        print(whole);
        return {};
    }
    // One by one only after their batch failed (writer.hpp): then one of them may be there.
    if (made_key.ok() && key_)
        whole.writer().execute({update::remove_key{admin_key_name()}, {"", to_user(::geteuid()), "first run"}});
    if (made_zone.ok())
        whole.writer().execute({update::remove_zone{wanted_->origin}, {"", to_user(::geteuid()), "first run"}});
    return dns::failure{fmt::format("the zone {} could not be made: {}", wanted_->origin.to_string(),
                                    reason_of(made_zone.ok() ? made_key : made_zone))};
}

void first_run::print(server& whole) const
{
    zone::versions::reader reader{whole.versions()};
    zone::versions::reading const now{reader};
    if (auto const* const zone = now->find(wanted_->origin))
        io_.out(welcome_text(*zone, *whole.writer().keys(), is_journal(STDOUT_FILENO) ? told_to::journal : told_to::person));
    std::fflush(stdout); // before the log goes on, and for whoever reads a pipe
}

} // namespace homing::server
