// A zone as the answers of a transfer (RFC 5936): message by message, from one version, without a socket.
//
// Memory does not grow with the zone: a place in the index is all that is kept between messages. Not thread safe.
#pragma once

#include "dns/wire_writer.hpp"
#include "zone/zone_version.hpp"

namespace homing::zone {

class outgoing_transfer {
public:
    /// The version that `z` belongs to must be held until this is gone.
    explicit outgoing_transfer(zone_version const& z) noexcept : zone_{z}, cursor_{z.names()} {}

    bool is_done() const noexcept { return stage_ == stage::done; }

    /// Appends as many records as fit below the writer's limit; returns their number. Precondition: the message's question, whose name
    /// is the zone's apex, stands at offset 12, and the message has no records yet. 0 if not even one fits. With `soa_only` the SOA alone,
    /// as often as asked.
    std::uint16_t write(dns::wire_writer&, bool soa_only = false) noexcept;

private:
    enum class stage : std::uint8_t { first_soa, records, last_soa, done };

    void next_node() noexcept;
    bool write_soa(dns::wire_writer&) noexcept;
    bool write_node(dns::wire_writer&, node const&) noexcept;
    bool write_record(dns::wire_writer&, std::size_t& owner_at, node const&, dns::rr_type, std::uint8_t const* record) noexcept;

    zone_version const& zone_;
    name_index<node>::cursor cursor_;
    std::size_t records_done_ = 0; // of the node at the cursor
    std::size_t owner_at_ = 0;     // where its name stands in this message; 0: nowhere
    std::uint16_t count_ = 0;      // of the records in this message
    stage stage_ = stage::first_soa;
};

/// Octets of the zone's transfer: counted in a small zone, guessed from the number of names in a large one.
std::size_t transfer_octets(zone_version const&) noexcept;

} // namespace homing::zone
