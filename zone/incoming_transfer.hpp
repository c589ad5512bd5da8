// A zone, or what changed in it, as it comes from its primary (RFC 5936, RFC 1995): message by message, without a socket.
//
// Whatever comes leads to a result or to a failure that says in which message and record what is wrong; memory is bounded by `limits`. Nothing of it
// may be used before the end has come. Signatures are verified by whoever drives this (dns/tsig_stream.hpp). One thread at a time.
#pragma once

#include "dns/response.hpp"
#include "dns/result.hpp"
#include "zone/contents.hpp"
#include "zone/record_list.hpp"

#include <optional>
#include <vector>

namespace homing::zone {

/// From one serial to the next. The SOAs are the first records of both lists.
struct transfer_step {
    std::uint32_t serial_from = 0, serial_to = 0;
    record_list removed, added;
};

class incoming_transfer {
public:
    struct limits {
        std::size_t octets = std::size_t{512} << 20; ///< of names and records, roughly as they take memory
        std::size_t steps = 100'000;
    };
    enum class kind : std::uint8_t {
        unfinished,
        up_to_date, ///< the primary has no newer serial: `serial` says which
        steps,      ///< what changed
        whole       ///< the zone
    };

    /// `serial`: the one that we have, for an IXFR; none: an AXFR. `id`: of the request.
    incoming_transfer(dns::name_view apex, std::optional<std::uint32_t> serial, std::uint16_t id);
    incoming_transfer(dns::name_view apex, std::optional<std::uint32_t> serial, std::uint16_t id, limits const&);

    /// The next message, of which `view` is. True at the end.
    dns::result<bool> take(std::span<std::uint8_t const> message, dns::response_view const& view);

    kind what() const noexcept { return kind_; }
    /// The newest serial, once the first record is here.
    std::uint32_t serial() const noexcept { return serial_; }
    /// The rdata of the SOA that has it.
    dns::rdata_view soa() const noexcept { return first_soa_; }
    /// Memory taken so far, roughly.
    std::size_t octets() const noexcept { return octets_; }
    std::size_t messages() const noexcept { return messages_; }
    std::size_t records() const noexcept { return records_; }
    /// The rcode of a message that was no transfer: another way to ask may succeed.
    std::optional<dns::rcode> refusal() const noexcept { return refusal_; }

    /// At the end, according to `what`. Moved from.
    std::vector<transfer_step> take_steps() { return std::move(steps_); }
    contents take_contents() { return std::move(*contents_); }

private:
    enum class stage : std::uint8_t { first_soa, second, whole, removed, added, done };
    using soa_octets = std::vector<std::uint8_t>;

    dns::result<void> check_head(dns::response_view const&);
    dns::result<void> take_record(std::span<std::uint8_t const> message, dns::record_view const&);
    dns::result<void> begin(dns::record_view const&);
    dns::result<void> take_second(dns::record_view const&);
    dns::result<void> take_whole(dns::record_view const&);
    dns::result<void> take_removed(dns::record_view const&);
    dns::result<void> take_added(dns::record_view const&);
    dns::result<void> begin_step(dns::record_view const&);
    dns::result<void> finish_whole();
    dns::result<void> charge(std::size_t);
    std::uint32_t serial_of_rdata() const noexcept;

    dns::name apex_;
    std::optional<std::uint32_t> ours_;
    std::uint16_t id_;
    limits limits_;
    stage stage_ = stage::first_soa;
    kind kind_ = kind::unfinished;
    std::uint32_t serial_ = 0;
    std::size_t octets_ = 0, messages_ = 0, records_ = 0;
    std::optional<dns::rcode> refusal_;
    soa_octets rdata_; // of the record at hand, decompressed
    soa_octets first_soa_;
    std::uint32_t first_ttl_ = 0;
    std::optional<contents> contents_;
    std::vector<transfer_step> steps_;
};

/// What makes these contents, received from a primary, no zone that can be served; empty if nothing. Less strict than check.hpp: what a name server
/// may have come by through updates is taken, as long as it can be answered from. Precondition: finished.
std::string fault_of_received(contents const&);

} // namespace homing::zone
