#include "server/update_intake.hpp"

#include "dns/presentation.hpp"
#include "server/forward_places.hpp"
#include "update/signature.hpp"

namespace homing::server {

namespace {

/// The first record that is to be changed, or else the first that must be there. `message` is what the view is of.
update_record first_record(std::span<std::uint8_t const> message, dns::request_view const& view)
{
    std::size_t const section = view.header.counts[2] != 0 ? 2 : 1;
    if (view.error != dns::rcode::noerror || view.header.counts[section] == 0)
        return {};
    dns::wire_reader in{message, view.sections[section]};
    dns::record_view first;
    dns::read_record(in, first);
    return in.ok() ? update_record{first.owner.to_string(), dns::to_string(first.type)} : update_record{};
}

/// Of all workers.
forward_places& places_for_forwarding()
{
    static forward_places places;
    return places;
}

update_record record_of(update::outcome const& o)
{
    return o.name.empty() ? update_record{} : update_record{o.name, dns::to_string(o.type)};
}

} // namespace

update_intake::update_intake(update::writer& w, outbox& o, use_notes& u, counters& c)
    : writer_{w}, outbox_{o}, uses_{u}, counters_{c}
{
}

std::size_t update_intake::take(std::span<std::uint8_t> buffer, std::size_t request_size, update::key_ring const& keys,
                                socket_address const& client, reply_route route, std::uint64_t now)
{
    auto const request = buffer.first(request_size);
    auto const view = dns::request_view::read(request);
    if (view.error != dns::rcode::noerror)
        return turn_away(buffer, view, view.error, "the message is malformed", client, route, now);
    if (view.tsig_at == 0)
        return turn_away(buffer, view, dns::rcode::refused, "it is not signed", client, route, now);
    auto const tsig = dns::read_tsig(request, view.tsig_at);
    if (!tsig)
        return turn_away(buffer, view, dns::rcode::formerr, "its TSIG is malformed", client, route, now);
    auto const signature = update::check_signature(keys, request, *tsig, now);
    auto const secret = signature.secret != nullptr ? *signature.secret : nullptr;
    auto const exchange = std::make_shared<update_exchange const>(request, view, dns::make_reply_state(*tsig, signature.status),
                                                                  secret, client, std::move(route));
    if (!signature.verified())
        return turn_away(buffer, *exchange, signature.status.rcode, signature.reason, now);
    uses_.note(signature.named->key_name(), client, "update", now);
    auto parsed = update::read_update(request, view);
    if (!parsed)
        return turn_away(buffer, *exchange, dns::rcode::formerr, parsed.error().message, now);
    parsed->key_name = tsig->key_name;
    parsed->secret = secret.get(); // the exchange keeps it
    parsed->signature = update::identify(*tsig);
    if (!hand_over(std::move(*parsed), exchange))
        return turn_away(buffer, *exchange, dns::rcode::servfail, "too many updates are waiting, or the server stops", now);
    counters_.updates.add();
    return 0;
}

std::size_t update_intake::forward(std::span<std::uint8_t> buffer, std::size_t request_size, update::key_ring const& keys,
                                   socket_address const& client, reply_route route, std::uint64_t now)
{
    auto const request = buffer.first(request_size);
    auto const view = dns::request_view::read(request);
    if (view.error != dns::rcode::noerror)
        return turn_away(buffer, view, view.error, "the message is malformed", client, route, now);
    if (view.tsig_at == 0)
        return turn_away(buffer, view, dns::rcode::refused, "it is not signed", client, route, now);
    auto const tsig = dns::read_tsig(request, view.tsig_at);
    if (!tsig)
        return turn_away(buffer, view, dns::rcode::formerr, "its TSIG is malformed", client, route, now);
    // The key is the primary's business. Where it is ours, too, we can sign what we have to say ourselves.
    auto const signature = update::check_signature(keys, request, *tsig, now);
    auto const secret = signature.verified() ? *signature.secret : nullptr;
    auto state = dns::make_reply_state(*tsig, signature.status);
    if (secret == nullptr && signature.named == nullptr)
        state.status = {dns::rcode::formerr, dns::rcode::noerror}; // without a TSIG
    bool const is_datagram = std::holds_alternative<udp_route>(route);
    std::string const unverified_client = signature.verified() ? std::string{} : client.host();
    auto const exchange = std::make_shared<update_exchange const>(request, view, state, secret, client, std::move(route));
    if (signature.named != nullptr && !signature.verified())
        return turn_away(buffer, *exchange, signature.status.rcode, signature.reason, now);
    if (!places_for_forwarding().take(unverified_client))
        return turn_away(buffer, *exchange, dns::rcode::servfail, "too many updates are on their way to primaries", now);
    auto done = [this, exchange, is_datagram, unverified_client](update::forwarded_reply r) {
        places_for_forwarding().give_back(unverified_client);
        outbox_.push_at_once({exchange,
                              update::decline(dns::rcode::servfail, std::move(r.reason)),
                              {},
                              std::move(r.octets),
                              r.is_repeated && is_datagram});
    };
    if (!writer_.follow_gate().forward({storage::name_octets(view.question.qname), {request.begin(), request.end()}, std::move(done)})) {
        places_for_forwarding().give_back(unverified_client);
        return turn_away(buffer, *exchange, dns::rcode::servfail, "nobody is there to forward it", now);
    }
    counters_.updates.add();
    return 0;
}

bool update_intake::hand_over(update::dns_update&& what, std::shared_ptr<update_exchange const> exchange)
{
    storage::change_origin origin{what.key_name.to_string(), exchange->client(), via(exchange->route())};
    has_handed_over_ = true;
    return writer_.enqueue({std::move(what), std::move(origin)},
                           [this, exchange = std::move(exchange)](update::outcome&& outcome, update::request&& spent) {
                               outbox_.push({exchange, std::move(outcome), std::move(spent)});
                           });
}

void update_intake::batch_ended()
{
    if (std::exchange(has_handed_over_, false))
        writer_.wake();
}

std::size_t update_intake::turn_away(std::span<std::uint8_t> buffer, dns::request_view const& view, dns::rcode code,
                                     char const* reason, socket_address const& client, reply_route const& route,
                                     std::uint64_t now)
{
    counters_.updates_refused.add();
    if (log_.wants(code, now)) {
        auto const who = client.to_client_string();
        auto const zone = view.has_question ? view.question.qname.to_string() : std::string{"-"};
        auto const record = first_record(buffer, view);
        log_.write({"-", who, via(route), zone, record.name, record.type}, code, reason);
    }
    return dns::write_bare_reply(buffer, view, code);
}

std::size_t update_intake::turn_away(std::span<std::uint8_t> buffer, update_exchange const& exchange, dns::rcode code,
                                     std::string_view reason, std::uint64_t now)
{
    counters_.updates_refused.add();
    log_failure(exchange, code, first_record(buffer, exchange.view()), reason, now);
    return exchange.write_reply(buffer, code, reason, now);
}

void update_intake::log_failure(update_exchange const& exchange, dns::rcode code, update_record const& record,
                                std::string_view reason, std::uint64_t now)
{
    if (!log_.wants(code, now))
        return;
    auto const key = exchange.key_name().to_string(), client = exchange.client(), zone = exchange.zone().to_string();
    log_.write({key, client, via(exchange.route()), zone, record.name, record.type}, code, reason);
}

std::size_t update_intake::reply(std::span<std::uint8_t> buffer, finished_update const& finished, std::uint64_t now)
{
    auto const& exchange = finished.exchange;
    auto const& outcome = finished.outcome;
    if (outcome.rcode != dns::rcode::noerror)
        log_failure(*exchange, outcome.rcode, record_of(outcome), outcome.reason, now);
    return exchange->write_reply(buffer, outcome.rcode, outcome.reason, now);
}

} // namespace homing::server
