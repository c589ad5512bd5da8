#include "update/signature.hpp"

namespace homing::update {

namespace {

using dns::rcode;

char const* explain(dns::tsig_status const& status)
{
    switch (status.error) {
    case rcode::badsig: return "the signature is wrong (BADSIG): not this secret, or the message was changed on its way";
    case rcode::badkey: return "this key is for another algorithm (BADKEY)";
    case rcode::badtime: return "the signature is outside its time (BADTIME): the clocks of client and server differ";
    case rcode::badtrunc: return "the signature is cut too short (BADTRUNC)";
    default: return "the signature is malformed";
    }
}

checked_signature as_unknown(granted_key const* named, char const* reason) noexcept
{
    return {{rcode::notauth, rcode::badkey}, named, nullptr, reason};
}

checked_signature check_secret(granted_key const& named, std::shared_ptr<dns::tsig_key const> const& secret,
                               std::span<std::uint8_t const> message, dns::tsig_view const& tsig, std::uint64_t now)
{
    auto const status = dns::verify_tsig(message, tsig, secret.get(), now);
    return {status, &named, &secret, status.verified() ? "" : explain(status)};
}

/// Another secret may still be the one that was meant.
bool is_of_another_secret(dns::tsig_status const& status) noexcept
{
    return status.error == rcode::badsig || status.error == rcode::badkey;
}

} // namespace

checked_signature check_signature(key_ring const& keys, std::span<std::uint8_t const> message, dns::tsig_view const& tsig,
                                  std::uint64_t now)
{
    granted_key const* const named = keys.find(tsig.key_name);
    if (named == nullptr)
        return as_unknown(nullptr, "there is no such key here (BADKEY)");
    switch (named->state(now)) {
    case key_state::valid: break;
    case key_state::disabled: return as_unknown(named, "the key is disabled (BADKEY)");
    case key_state::expired: return as_unknown(named, "the key has expired (BADKEY)");
    }
    auto const newest = check_secret(*named, named->key, message, tsig, now);
    if (!named->has_retired(now) || !is_of_another_secret(newest.status))
        return newest;
    auto const retired = check_secret(*named, named->retired, message, tsig, now);
    // Of two wrong ones the newer one's fault is told, unless only the older one is for this algorithm.
    return is_of_another_secret(retired.status) && newest.status.error != rcode::badkey ? newest : retired;
}

} // namespace homing::update
