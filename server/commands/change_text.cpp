#include "server/commands/change_text.hpp"

#include "dns/presentation.hpp"
#include "server/commands/time_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace homing::server {

namespace {

using json = nlohmann::ordered_json;

/// Text from elsewhere, with everything but printable ASCII as \DDD.
std::string printable(std::string_view text)
{
    std::string out;
    for (char const c : text)
        if (c >= ' ' && c <= '~')
            out += c;
        else
            out += fmt::format("\\{:03}", static_cast<unsigned char>(c));
    return out;
}

class line_printer {
public:
    line_printer(std::string_view indent, std::string_view gap, text_bounds const& bounds)
        : indent_{indent}, gap_{gap}, bounds_{bounds}
    {
    }

    void add(char sign, dns::name_view owner, dns::rrset const& set)
    {
        set.for_each([&](dns::rdata_view rdata) {
            if (++records_ <= bounds_.records)
                add(sign, owner, set, rdata);
        });
    }
    std::string take()
    {
        if (records_ > bounds_.records)
            text_ += fmt::format("{}... and {} more\n", indent_, records_ - bounds_.records);
        return std::move(text_);
    }

private:
    void add(char sign, dns::name_view owner, dns::rrset const& set, dns::rdata_view rdata)
    {
        std::string record = fmt::format("{} {} IN {} {}", owner.to_string(), set.ttl(), dns::to_string(set.type()),
                                         dns::to_text(set.type(), rdata));
        if (record.size() > bounds_.columns)
            record.replace(bounds_.columns, record.npos, "...");
        text_ += fmt::format("{}{}{}{}\n", indent_, sign, gap_, record);
    }

    std::string_view indent_, gap_;
    text_bounds bounds_;
    std::size_t records_ = 0;
    std::string text_;
};

std::string what_happened(storage::journal_entry const& e)
{
    switch (e.kind) {
    case storage::journal_kind::created: return fmt::format("added, serial {}", e.serial_to);
    case storage::journal_kind::replaced: return fmt::format("replaced whole, serial {} -> {}", e.serial_from, e.serial_to);
    case storage::journal_kind::removed: return fmt::format("removed, serial {}", e.serial_from);
    default: return fmt::format("serial {} -> {}", e.serial_from, e.serial_to);
    }
}

char const* to_word(storage::journal_kind kind)
{
    switch (kind) {
    case storage::journal_kind::created: return "added";
    case storage::journal_kind::replaced: return "replaced";
    case storage::journal_kind::removed: return "removed";
    default: return "changed";
    }
}

json or_null(std::string const& text)
{
    return text.empty() ? json{} : json(text);
}

json records(std::span<zone::rrset_change const> changes, dns::rrset zone::rrset_change::*side)
{
    json all = json::array();
    for (auto const& c : changes) {
        if (zone::is_serial_only(c))
            continue;
        dns::rrset const& set = c.*side;
        set.for_each([&](dns::rdata_view rdata) {
            all.push_back({{"name", c.owner.to_string()},
                           {"ttl", set.ttl()},
                           {"type", dns::to_string(set.type())},
                           {"rdata", dns::to_text(set.type(), rdata)}});
        });
    }
    return all;
}

} // namespace

std::string to_lines(std::span<zone::rrset_change const> changes, std::string_view indent, std::string_view gap,
                     text_bounds const& bounds)
{
    line_printer lines{indent, gap, bounds};
    for (auto const& c : changes) {
        if (!bounds.serials && zone::is_serial_only(c))
            continue;
        lines.add('-', c.owner, c.before);
        lines.add('+', c.owner, c.after);
    }
    return lines.take();
}

std::string to_text(storage::change_origin const& o)
{
    std::string text = o.key.empty() ? printable(o.address) : printable(o.key);
    if (!o.key.empty() && !o.address.empty())
        text += " from " + printable(o.address);
    return text + (text.empty() ? "via " : " via ") + printable(o.via);
}

std::string to_text(storage::journal_entry const& e, text_bounds const& bounds)
{
    return fmt::format("change {}  {}  {}  {}\n  by {}\n{}", e.number, to_time(e.time_ms), e.zone.to_string(), what_happened(e),
                       to_text(e.origin), to_lines(e.changes, "  ", " ", bounds));
}

std::string to_json_line(storage::journal_entry const& e)
{
    bool const had_serial = e.kind != storage::journal_kind::created, has_serial = e.kind != storage::journal_kind::removed;
    json const object{{"change", e.number},
                      {"time", to_exact_time(e.time_ms)},
                      {"zone", e.zone.to_string()},
                      {"kind", to_word(e.kind)},
                      {"serial_from", had_serial ? json(e.serial_from) : json{}},
                      {"serial_to", has_serial ? json(e.serial_to) : json{}},
                      {"key", or_null(e.origin.key)},
                      {"address", or_null(e.origin.address)},
                      {"via", e.origin.via},
                      {"removed", records(e.changes, &zone::rrset_change::before)},
                      {"added", records(e.changes, &zone::rrset_change::after)}};
    return object.dump(-1, ' ', true, json::error_handler_t::replace) + '\n';
}

} // namespace homing::server
