#include "server/update_log.hpp"

#include "server/log.hpp"

#include <fmt/format.h>

namespace homing::server {

namespace {

bool is_unmet_prerequisite(dns::rcode code)
{
    return code == dns::rcode::yxdomain || code == dns::rcode::yxrrset || code == dns::rcode::nxdomain ||
           code == dns::rcode::nxrrset;
}

} // namespace

bool update_log::wants(dns::rcode code, std::uint64_t now)
{
    return is_unmet_prerequisite(code) ? is_debug_logged() : limiter_.allow(now);
}

void update_log::write(update_subject const& who, dns::rcode code, std::string_view reason)
{
    bool const is_our_fault = code == dns::rcode::servfail;
    auto const line = fmt::format("{} {}: key={} client={} via={} zone={} name={} type={} rcode={} reason=\"{}\"", who.what,
                                  is_our_fault ? "failed" : "refused", who.key, who.client, who.via, who.zone, who.name, who.type,
                                  dns::mnemonic(code), reason);
    if (is_unmet_prerequisite(code))
        return log_debug(line);
    if (auto const n = limiter_.take_held_back(); n != 0)
        log_warning(fmt::format("{} more refusals were not logged", n));
    is_our_fault ? log_error(line) : log_warning(line);
}

} // namespace homing::server
