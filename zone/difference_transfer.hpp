// What changed in a zone as the answers of an incremental transfer (RFC 1995 4), without a socket.
//
// A sequence for each step: the SOA before, what left, the SOA after, what came; the newest SOA around them all. It borrows from no version. One
// thread at a time.
#pragma once

#include "dns/wire_writer.hpp"
#include "zone/diff.hpp"

namespace homing::zone {

class outgoing_difference {
public:
    /// Precondition: at least one step, each leading on from the one before, the change of the SOA among each one's changes.
    outgoing_difference(dns::name_view apex, std::vector<diff> steps);
    outgoing_difference(outgoing_difference const&) = delete; // it points into its own steps
    outgoing_difference& operator=(outgoing_difference const&) = delete;

    bool is_done() const noexcept { return next_ == records_.size(); }
    std::uint32_t serial() const noexcept { return steps_.back().serial_to; }

    /// Appends as many records as fit below the writer's limit; returns their number. Precondition: the message's question, whose name is the zone's
    /// apex, stands at offset 12, and the message has no records yet. 0 if not even one fits.
    std::uint16_t write(dns::wire_writer&) noexcept;
    /// Begins anew.
    void rewind() noexcept { next_ = 0; }

    /// Memory, roughly.
    std::size_t octets() const noexcept;

private:
    struct record { // borrows from steps_
        rrset_change const* change;
        dns::rrset const* set;
        dns::rdata_view rdata;
    };
    void add_step(diff const&);
    void add(rrset_change const&, dns::rrset const&);

    std::size_t apex_size_;
    std::vector<diff> steps_;
    std::vector<record> records_;
    std::size_t next_ = 0;
};

/// Octets that the steps take in messages, roughly.
std::size_t transfer_octets(std::span<diff const>) noexcept;

} // namespace homing::zone
