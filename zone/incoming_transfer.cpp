#include "zone/incoming_transfer.hpp"

#include "dns/presentation.hpp"
#include "dns/serial.hpp"
#include "zone/check.hpp"

#include <algorithm>

namespace homing::zone {

namespace {

using dns::failure;
using dns::rr_type;

constexpr std::size_t octets_of_step = 256, octets_of_record = 40; // beside what is in them
constexpr std::uint32_t max_ttl = 0x7FFFFFFF;

std::string text(dns::record_view const& r)
{
    return r.owner.to_string() + " " + dns::to_string(r.type);
}

std::string text(std::uint32_t serial)
{
    return std::to_string(serial);
}

/// RFC 2181 8
std::uint32_t ttl_of(dns::record_view const& r) noexcept
{
    return r.ttl > max_ttl ? 0 : r.ttl;
}

} // namespace

incoming_transfer::incoming_transfer(dns::name_view apex, std::optional<std::uint32_t> serial, std::uint16_t id)
    : incoming_transfer{apex, serial, id, limits{}}
{
}

incoming_transfer::incoming_transfer(dns::name_view apex, std::optional<std::uint32_t> serial, std::uint16_t id, limits const& l)
    : apex_{dns::name{apex}.to_lower()}, ours_{serial}, id_{id}, limits_{l}
{
}

dns::result<bool> incoming_transfer::take(std::span<std::uint8_t const> message, dns::response_view const& view)
{
    ++messages_;
    auto const where = [&](std::size_t record, failure const& why) {
        std::string const place =
            "message " + std::to_string(messages_) + (record != 0 ? ", record " + std::to_string(record) : std::string{});
        return failure{place + ": " + why.message};
    };
    if (stage_ == stage::done)
        return where(0, {"it comes after the end"});
    if (auto const fine = check_head(view); !fine)
        return where(0, fine.error());
    dns::wire_reader in{message, view.sections[1]};
    for (std::size_t i = 1; i <= view.header.counts[1]; ++i) {
        dns::record_view r;
        dns::read_record(in, r);
        if (!in.ok())
            return where(i, {"it cannot be read"});
        if (auto const taken = take_record(message, r); !taken)
            return where(i, taken.error());
        ++records_;
    }
    // RFC 1995 2, 4: the SOA alone. Where it is newer than ours the rest follows in further messages.
    bool const is_alone = stage_ == stage::second && messages_ == 1;
    if (is_alone && ours_ && !dns::is_newer_serial(serial_, *ours_)) {
        stage_ = stage::done;
        kind_ = kind::up_to_date;
    }
    return stage_ == stage::done;
}

dns::result<void> incoming_transfer::check_head(dns::response_view const& view)
{
    if (view.header.id != id_)
        return failure{"it answers another request: its ID is another one"};
    if (view.header.opcode() != dns::opcode::query)
        return failure{std::string{"its opcode is "} + dns::mnemonic(view.header.opcode())};
    if (view.rcode() != dns::rcode::noerror) {
        if (messages_ == 1)
            refusal_ = view.rcode();
        return failure{std::string{"the primary answers "} + dns::mnemonic(view.rcode())};
    }
    if (view.is_truncated())
        return failure{"it is truncated"};
    rr_type const asked = ours_ ? rr_type::ixfr : rr_type::axfr;
    if (messages_ == 1 && !view.question)
        return failure{"it has no question"};
    if (auto const& q = view.question)
        if (!(q->qname == apex_) || q->type != asked || q->klass != dns::rr_class::in)
            return failure{"it answers another question: " + q->qname.to_string() + " " + dns::to_string(q->type)};
    if (view.header.counts[1] == 0) {
        if (messages_ == 1)
            refusal_ = dns::rcode::noerror;
        return failure{"it has no records"};
    }
    return {};
}

/// Reads the record's data and gives it to who waits for it.
dns::result<void> incoming_transfer::take_record(std::span<std::uint8_t const> message, dns::record_view const& r)
{
    if (stage_ == stage::done)
        return failure{text(r) + " comes after the last SOA"};
    if (r.klass != dns::rr_class::in)
        return failure{text(r) + " has class " + std::to_string(static_cast<unsigned>(r.klass)) + ", not IN"};
    if (!r.owner.view().is_subdomain_of(apex_))
        return failure{text(r) + " is not in the zone"};
    if (dns::is_meta_type(r.type))
        return failure{text(r) + " cannot stand in a zone"};
    if (r.type == rr_type::soa && !(r.owner == apex_))
        return failure{text(r) + " stands below the apex"};
    rdata_.clear();
    dns::wire_reader data{message, r.rdata_at};
    dns::read_rdata(data, r.type, r.rdata_size, rdata_);
    if (!data.ok())
        return failure{"the data of " + text(r) + " is malformed"};
    if (auto const fits = charge(r.owner.size() + rdata_.size() + octets_of_record); !fits)
        return fits;
    switch (stage_) {
    case stage::first_soa: return begin(r);
    case stage::second: return take_second(r);
    case stage::whole: return take_whole(r);
    case stage::removed: return take_removed(r);
    case stage::added: return take_added(r);
    case stage::done: break;
    }
    return {};
}

dns::result<void> incoming_transfer::charge(std::size_t octets)
{
    octets_ += octets;
    if (octets_ <= limits_.octets)
        return {};
    return failure{"it is too large: more than " + std::to_string(limits_.octets >> 20U) + " MiB in memory"};
}

std::uint32_t incoming_transfer::serial_of_rdata() const noexcept
{
    return dns::read_soa(rdata_).serial;
}

dns::result<void> incoming_transfer::begin(dns::record_view const& r)
{
    if (r.type != rr_type::soa)
        return failure{"it begins with " + text(r) + ", not with the zone's SOA"};
    serial_ = serial_of_rdata();
    first_soa_ = rdata_;
    first_ttl_ = ttl_of(r);
    stage_ = stage::second;
    return {};
}

/// The second record tells what this is (RFC 1995 4): a SOA with our serial begins differences, anything else is the whole zone.
dns::result<void> incoming_transfer::take_second(dns::record_view const& r)
{
    if (ours_ && r.type == rr_type::soa && serial_of_rdata() != serial_)
        return begin_step(r);
    if (ours_ && !dns::is_newer_serial(serial_, *ours_))
        return failure{"serial " + text(serial_) + " is not newer than ours, " + text(*ours_)};
    contents_.emplace(apex_);
    contents_->add(apex_, rr_type::soa, first_ttl_, first_soa_);
    stage_ = stage::whole;
    return take_whole(r);
}

dns::result<void> incoming_transfer::take_whole(dns::record_view const& r)
{
    if (r.type != rr_type::soa) {
        contents_->add(r.owner, r.type, ttl_of(r), rdata_);
        return {};
    }
    // RFC 5936 2.2: the same one ends it. Its serial may not have changed in between, or this is a mixture of two versions.
    if (serial_of_rdata() != serial_)
        return failure{"it began with serial " + text(serial_) + " and ends with " + text(serial_of_rdata())};
    if (!dns::equal_rdata(rr_type::soa, rdata_, first_soa_))
        return failure{"it ends with another SOA than it began with"};
    stage_ = stage::done;
    kind_ = kind::whole;
    return finish_whole();
}

dns::result<void> incoming_transfer::finish_whole()
{
    try {
        contents_->finish();
    } catch (std::length_error const& e) {
        return failure{e.what()};
    }
    if (std::string fault = fault_of_received(*contents_); !fault.empty())
        return failure{std::move(fault)};
    return {};
}

dns::result<void> incoming_transfer::begin_step(dns::record_view const& r)
{
    std::uint32_t const from = serial_of_rdata(), expected = steps_.empty() ? *ours_ : steps_.back().serial_to;
    if (from != expected)
        return failure{"a difference begins at serial " + text(from) + ", not at " + text(expected)};
    if (steps_.size() == limits_.steps)
        return failure{"it has more than " + std::to_string(limits_.steps) + " differences"};
    if (auto const fits = charge(octets_of_step); !fits)
        return fits;
    auto& step = steps_.emplace_back();
    step.serial_from = step.serial_to = from;
    step.removed.add(r.owner, r.type, ttl_of(r), rdata_);
    stage_ = stage::removed;
    return {};
}

dns::result<void> incoming_transfer::take_removed(dns::record_view const& r)
{
    auto& step = steps_.back();
    if (r.type != rr_type::soa) {
        step.removed.add(r.owner, r.type, ttl_of(r), rdata_);
        return {};
    }
    std::uint32_t const to = serial_of_rdata();
    if (!dns::is_newer_serial(to, step.serial_from))
        return failure{"the serial goes back from " + text(step.serial_from) + " to " + text(to)};
    if (to != serial_ && !dns::is_newer_serial(serial_, to))
        return failure{"a difference leads to serial " + text(to) + ", beyond the last one, " + text(serial_)};
    step.serial_to = to;
    step.added.add(r.owner, r.type, ttl_of(r), rdata_);
    stage_ = stage::added;
    return {};
}

dns::result<void> incoming_transfer::take_added(dns::record_view const& r)
{
    auto& step = steps_.back();
    if (r.type != rr_type::soa) {
        step.added.add(r.owner, r.type, ttl_of(r), rdata_);
        return {};
    }
    if (step.serial_to != serial_ || serial_of_rdata() != serial_)
        return begin_step(r);
    if (!dns::equal_rdata(rr_type::soa, rdata_, first_soa_))
        return failure{"it ends with another SOA than it began with"};
    stage_ = stage::done;
    kind_ = kind::steps;
    return {};
}

namespace {

std::string at(contents::entry const& e, std::string_view what)
{
    return e.owner.to_string() + " " + dns::to_string(e.type) + std::string{what};
}

/// Of one RRset alone.
std::string fault_of(contents::entry const& e, dns::name_view apex)
{
    if (!e.owner.is_subdomain_of(apex))
        return at(e, " is not in the zone");
    if (e.type == rr_type::soa && e.owner != apex)
        return at(e, " stands below the apex");
    if (e.count > 1 && is_singleton(e.type))
        return at(e, " has several records");
    if (e.packed.size() + e.count * std::size_t{10} > dns::max_rrset_wire_size)
        return at(e, " has more records than fit into an answer");
    return {};
}

} // namespace

std::string fault_of_received(contents const& all)
{
    if (!all.find(all.origin(), rr_type::soa))
        return "there is no SOA at the apex";
    if (!all.find(all.origin(), rr_type::ns))
        return "there is no NS at the apex";
    for (std::size_t i = 0; i < all.size();) {
        bool has_cname = false, has_other = false;
        std::size_t const first = i;
        for (; i < all.size() && all[i].owner == all[first].owner; ++i) {
            auto const e = all[i];
            if (std::string fault = fault_of(e, all.origin()); !fault.empty())
                return fault;
            has_cname = has_cname || e.type == rr_type::cname;
            has_other = has_other || (e.type != rr_type::cname && !may_accompany_cname(e.type));
        }
        if (has_cname && has_other)
            return all[first].owner.to_string() + " has a CNAME beside other data";
    }
    return {};
}

} // namespace homing::zone
