#include "storage/zone_loader.hpp"

#include "storage/journal_changes.hpp"

#include <algorithm>
#include <cstring>

namespace homing::storage {

namespace {

/// The owner of an RRset as it is stored: whole labels in lower case.
bool is_relative_owner(octets owner, std::size_t apex_size) noexcept
{
    if (owner.size() + apex_size > dns::max_name_size)
        return false;
    std::size_t at = 0;
    while (at < owner.size()) {
        std::size_t const label = owner[at];
        if (label == 0 || label > dns::max_label_size || label >= owner.size() - at)
            return false;
        for (std::size_t i = at + 1; i <= at + label; ++i)
            if (owner[i] != dns::lower(owner[i]))
                return false;
        at += label + 1;
    }
    return true;
}

bool is_type(std::int64_t n) noexcept
{
    return n > 0 && n <= 0xFFFF && !dns::is_meta_type(static_cast<dns::rr_type>(n));
}
bool is_ttl(std::int64_t n) noexcept
{
    return n >= 0 && n <= 0xFFFFFFFFLL;
}

/// The owner for a sentence; what is no name at all is shown as hexadecimal digits.
std::string describe(octets owner, dns::name_view apex)
{
    if (auto const name = absolute_owner(owner, apex))
        return name->to_string();
    std::string text = "\"";
    for (std::uint8_t const o : owner.first(std::min<std::size_t>(owner.size(), 64)))
        for (int const shift : {4, 0})
            text += "0123456789abcdef"[o >> shift & 15];
    return text + "\" (hexadecimal)";
}

class zone_loader {
public:
    zone_loader(connection& c, std::string const& path, backlog const& waiting, zone_sink& sink)
        : path_{path},
          waiting_{waiting},
          sink_{sink},
          zones_{c, "SELECT id, apex FROM zone ORDER BY id"},
          rrsets_{c, "SELECT zone, name, type, ttl, records FROM rrset ORDER BY zone, name, type"}
    {
    }

    void run()
    {
        has_rrset_ = rrsets_.step();
        while (zones_.step())
            load_zone();
        if (has_rrset_)
            refuse("it has records of a zone number " + std::to_string(rrsets_.integer(0)) + ", which does not exist");
    }

private:
    void load_zone()
    {
        octets const bytes = zones_.blob(1);
        auto const apex = dns::name_view::parse(bytes);
        if (!apex || apex->size() != bytes.size())
            refuse("the name of zone number " + std::to_string(zones_.integer(0)) + " cannot be read");
        apex_ = *apex;
        id_ = zones_.integer(0);
        last_size_ = 0;
        last_type_ = 0;
        sink_.begin_zone(id_, apex_);
        waiting_.for_each(id_, [this](backlog::entry const& newer) {
            load_rows_before(newer);
            if (!newer.records().empty())
                sink_.rrset(newer.key().owner, newer.key().type, newer.ttl(), newer.records());
        });
        for (; has_row(); has_rrset_ = rrsets_.step())
            load_row();
        sink_.end_zone();
    }

    bool has_row() const { return has_rrset_ && rrsets_.integer(0) == id_; }
    rrset_key row_key() const { return {id_, rrsets_.blob(1), static_cast<dns::rr_type>(rrsets_.integer(2))}; }
    void load_row() { load_rrset(rrsets_.blob(1), rrsets_.integer(2), rrsets_.integer(3), rrsets_.blob(4)); }

    /// And passes over the row of the newer value itself.
    void load_rows_before(backlog::entry const& newer)
    {
        for (; has_row() && row_key() < newer.key(); has_rrset_ = rrsets_.step())
            load_row();
        if (has_row() && !(newer.key() < row_key()))
            has_rrset_ = rrsets_.step();
    }

    void load_rrset(octets owner, std::int64_t type, std::int64_t ttl, octets records)
    {
        bool const is_sound =
            is_type(type) && is_ttl(ttl) && follows(owner, type) && is_packed_rrset(static_cast<dns::rr_type>(type), records);
        if (!is_sound)
            refuse_rrset(owner, type);
        sink_.rrset(owner, static_cast<dns::rr_type>(type), static_cast<std::uint32_t>(ttl), records);
    }

    /// The key is well formed and greater than the one before in its zone; remembers it. A damaged index could repeat rows.
    bool follows(octets owner, std::int64_t type) noexcept
    {
        std::size_t const common = std::min(owner.size(), last_size_);
        int const order = std::memcmp(owner.data(), last_, common);
        bool const is_same = order == 0 && owner.size() == last_size_;
        if (is_same)
            return std::exchange(last_type_, type) < type;
        if (order < 0 || (order == 0 && owner.size() < last_size_) || !is_relative_owner(owner, apex_.size()))
            return false;
        std::memcpy(last_, owner.data(), owner.size());
        last_size_ = owner.size();
        last_type_ = type;
        return true;
    }

    [[noreturn]] void refuse_rrset(octets owner, std::int64_t type) const
    {
        refuse("the records of type " + std::to_string(type) + " at " + describe(owner, apex_) + " in zone " +
               apex_.view().to_string() + " cannot be read");
    }

    [[noreturn]] void refuse(std::string const& what) const
    {
        throw refusal{path_ + " is damaged: " + what + "; restore it from a backup, or import the zones into an empty directory"};
    }

    std::string const& path_;
    backlog const& waiting_;
    zone_sink& sink_;
    statement zones_, rrsets_;
    bool has_rrset_ = false;
    std::int64_t id_ = 0;
    dns::name apex_;
    std::uint8_t last_[dns::max_name_size] = {};
    std::size_t last_size_ = 0;
    std::int64_t last_type_ = 0;
};

} // namespace

void load_zones(connection& c, std::string const& path, backlog const& waiting, zone_sink& sink)
{
    zone_loader{c, path, waiting, sink}.run();
}

} // namespace homing::storage
