#include "server/update_intake.hpp"

namespace homing::server {

namespace {

char const* explain(dns::tsig_status const& status, bool is_key_known)
{
    switch (status.error) {
    case dns::rcode::badsig: return "the signature is wrong (BADSIG): not this secret, or the message was changed on its way";
    case dns::rcode::badkey:
        return is_key_known ? "this key is for another algorithm (BADKEY)" : "there is no such key here (BADKEY)";
    case dns::rcode::badtime: return "the signature is outside its time (BADTIME): the clocks of client and server differ";
    case dns::rcode::badtrunc: return "the signature is cut too short (BADTRUNC)";
    default: return "the signature is malformed";
    }
}

} // namespace

update_intake::update_intake(update::writer& w, outbox& o, counters& c) : writer_{w}, outbox_{o}, counters_{c} {}

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
    auto const* const granted = keys.find(tsig->key_name);
    auto const key = granted != nullptr ? granted->key : nullptr;
    auto const status = dns::verify_tsig(request, *tsig, key.get(), now);
    auto const exchange = std::make_shared<update_exchange const>(request, view, dns::make_reply_state(*tsig, status), key,
                                                                  client, std::move(route));
    if (!status.verified())
        return turn_away(buffer, *exchange, status.rcode, explain(status, key != nullptr), now);
    auto parsed = update::read_update(request, view);
    if (!parsed)
        return turn_away(buffer, *exchange, dns::rcode::formerr, parsed.error().message, now);
    parsed->key_name = tsig->key_name;
    parsed->signature = update::identify(*tsig);
    if (!hand_over(std::move(*parsed), exchange))
        return turn_away(buffer, *exchange, dns::rcode::servfail, "too many updates are waiting, or the server stops", now);
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
        log_.write({"-", who, via(route), zone}, code, reason);
    }
    return dns::write_bare_reply(buffer, view, code);
}

std::size_t update_intake::turn_away(std::span<std::uint8_t> buffer, update_exchange const& exchange, dns::rcode code,
                                     std::string_view reason, std::uint64_t now)
{
    counters_.updates_refused.add();
    log_failure(exchange, code, reason, now);
    return exchange.write_reply(buffer, code, reason, now);
}

void update_intake::log_failure(update_exchange const& exchange, dns::rcode code, std::string_view reason, std::uint64_t now)
{
    if (!log_.wants(code, now))
        return;
    auto const key = exchange.key_name().to_string(), client = exchange.client(), zone = exchange.zone().to_string();
    log_.write({key, client, via(exchange.route()), zone}, code, reason);
}

std::size_t update_intake::reply(std::span<std::uint8_t> buffer, finished_update const& finished, std::uint64_t now)
{
    auto const& [exchange, outcome, request] = finished;
    if (outcome.rcode != dns::rcode::noerror)
        log_failure(*exchange, outcome.rcode, outcome.reason, now);
    return exchange->write_reply(buffer, outcome.rcode, outcome.reason, now);
}

} // namespace homing::server
