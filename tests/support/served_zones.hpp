// Zones and keys to be changed in tests, with a store in memory that can be told to fail.
#pragma once

#include "tests/support/grant_text.hpp"
#include "tests/support/record_text.hpp"
#include "update/batch.hpp"
#include "zone/zone_builder.hpp"

#include <functional>
#include <map>

namespace homing::tests {

/// Keeps no data, only what it was asked to do.
class memory_store final : public storage::store {
public:
    struct step {
        std::uint32_t from, to;
    };
    std::vector<std::size_t> batches; ///< operations of each batch that was committed
    std::vector<step> journal;        ///< of zones that changed
    std::size_t attempts = 0;
    /// Says why a batch fails; an empty string for success.
    std::function<std::string(std::span<storage::operation const>)> fault = [](auto) { return std::string{}; };

    dns::result<void> load(storage::zone_sink&) override { return {}; }
    dns::result<storage::update_memory> load_seen() override { return storage::update_memory{}; }
    dns::result<std::vector<storage::key_record>> load_keys() override { return std::vector<storage::key_record>{}; }
    std::int64_t next_zone_id() override { return ++last_id_; }
    dns::result<void> commit(std::span<storage::operation const> operations) override
    {
        ++attempts;
        if (auto why = fault(operations); !why.empty())
            return dns::failure{why};
        batches.push_back(operations.size());
        for (auto const& o : operations)
            if (auto const* c = std::get_if<storage::zone_changed>(&o))
                journal.push_back({c->diff->serial_from, c->diff->serial_to});
        return {};
    }
    dns::result<std::vector<storage::journal_entry>> journal_since(std::int64_t, std::uint32_t, std::size_t) override
    {
        return std::vector<storage::journal_entry>{};
    }
    dns::result<std::vector<storage::journal_entry>> journal_newest(std::optional<std::int64_t>, std::int64_t,
                                                                    std::size_t) override
    {
        return std::vector<storage::journal_entry>{};
    }

private:
    std::int64_t last_id_ = 1000;
};

/// A key with these grants (grant_text.hpp): a name alone is everything at and below it, "*" everything.
inline storage::key_record key(std::string const& key_name, std::vector<std::string> const& grants)
{
    storage::key_record k;
    k.key_name = name(key_name);
    k.algorithm = dns::tsig_algorithm::hmac_sha256;
    k.secret = bytes(32, 7);
    for (auto const& g : grants) {
        k.grants.push_back(grant(g));
        k.grants.back().number = ++k.grants_made;
    }
    return k;
}

/// Loads one zone, given by lines as `record` reads them, its SOA among them.
inline void load_zone(storage::zone_sink& sink, std::int64_t id, std::string const& apex, std::vector<std::string> const& lines)
{
    auto const apex_name = name(apex);
    std::map<std::pair<std::string, dns::rr_type>, std::pair<dns::name, dns::rrset>> rrsets;
    for (auto const& line : lines) {
        auto const r = record(line);
        auto const lowered = r.owner.to_lower();
        auto& place = rrsets[{lowered.to_string(), r.type}];
        if (place.second.empty())
            place = {lowered, dns::rrset{r.type, r.ttl}};
        place.second.add(r.rdata);
    }
    sink.begin_zone(id, apex_name);
    for (auto const& [where, rrset] : rrsets)
        sink.rrset({rrset.first.data(), rrset.first.size() - apex_name.size()}, where.second, rrset.second.ttl(),
                   rrset.second.packed());
    sink.end_zone();
}

/// A zone example.com, and requests executed on it one by one, each committed and published.
class served_zones {
public:
    memory_store store;
    zone::versions versions{42};
    update::replay_memory replays;
    update::host_book hosts;
    update::follow_book followed;
    std::shared_ptr<update::key_ring const> keys = std::make_shared<update::key_ring const>(
        std::vector{key("all.", {"*"}), key("zone.", {"example.com"}), key("www.", {"www.example.com"}),
                    key("other.", {"example.net"}), key("usual.", {"+ example.com"}), key("dhcp.", {"dhcp a.example.com"})});

    explicit served_zones(std::vector<std::string> const& lines = {})
    {
        zone::loader loader{versions};
        into sink{loader};
        auto all = base();
        all.insert(all.end(), lines.begin(), lines.end());
        load_zone(sink, 1, "example.com", all);
        loader.publish();
    }

    static std::vector<std::string> base()
    {
        return {"example.com. 3600 SOA ns1.example.com. admin.example.com. 7 3600 600 86400 60",
                "example.com. 3600 NS ns1.example.com.", "example.com. 3600 NS ns2.example.net."};
    }

    update::outcome execute(update::request r)
    {
        update::batch b{store, versions, replays, keys, hosts, followed, 0};
        auto o = b.execute(r);
        if (b.commit())
            b.follows().apply_to(followed), keys = b.keys();
        return o;
    }
    update::outcome execute(update::dns_update u) { return execute(update::request{std::move(u), {}}); }
    update::outcome update(std::vector<std::string> const& lines, std::string const& key_name = "all.")
    {
        return execute(make_update("example.com.", key_name, lines));
    }

    zone::zone_version const& zone(std::string const& apex = "example.com.") const { return *versions.newest().find(name(apex)); }
    std::uint32_t serial() const { return zone().serial(); }

    /// The zone's records are its base with this serial, and these.
    bool holds(std::uint32_t serial, std::vector<std::string> const& lines) const
    {
        auto all = base();
        all[0].replace(all[0].find(" 7 "), 3, " " + std::to_string(serial) + " ");
        all.insert(all.end(), lines.begin(), lines.end());
        return records(zone()) == records(all) && zone().serial() == serial;
    }

private:
    struct into final : storage::zone_sink {
        explicit into(zone::loader& l) : loader{l} {}
        void begin_zone(std::int64_t id, dns::name_view apex) override { loader.begin_zone(id, apex); }
        void rrset(std::span<std::uint8_t const> owner, dns::rr_type t, std::uint32_t ttl,
                   std::span<std::uint8_t const> packed) override
        {
            loader.rrset(owner, t, ttl, packed);
        }
        void end_zone() override { loader.end_zone(); }
        zone::loader& loader;
    };
};

} // namespace homing::tests
