// The words of `record set` after the type: which of them are records.
//
// Pure function; any thread.
#pragma once

#include "dns/result.hpp"
#include "dns/rrset.hpp"

#include <span>
#include <string>

namespace homing::server {

/// If every word alone is rdata of the type, each is a record (192.0.2.1 192.0.2.2); otherwise together they are one (10 mail.example.com).
/// Names without a final dot are absolute. A word of a TXT record is one string whatever it holds ("v=spf1 -all"), unless it has the form
/// of a zone file, quoted. The failure says which word is wrong.
dns::result<dns::rrset> read_records(dns::rr_type, std::uint32_t ttl, std::span<std::string const> words);

} // namespace homing::server
