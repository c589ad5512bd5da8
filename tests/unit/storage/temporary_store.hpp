// What the tests of storage share: a directory that goes with the test, zones made of a few words, and what a store has, as text.
#pragma once

#include "storage/sqlite.hpp"
#include "storage/store.hpp"

#include <catch2/catch_tostring.hpp>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

/// A result in a failed assertion shows its sentence.
template <class T>
struct Catch::StringMaker<homing::dns::result<T>> {
    static std::string convert(homing::dns::result<T> const& r) { return r ? "a value" : r.error().message; }
};

namespace homing::storage::test {

class temporary_directory {
public:
    temporary_directory()
    {
        // In memory where there is such a place: syncs cost nothing there, and no test here needs the power to fail.
        std::filesystem::path const memory = "/dev/shm";
        bool const has_memory = ::access(memory.c_str(), W_OK) == 0;
        std::string pattern = ((has_memory ? memory : std::filesystem::temp_directory_path()) / "homing-storage-XXXXXX").string();
        if (!::mkdtemp(pattern.data()))
            throw std::runtime_error{"mkdtemp " + pattern};
        path_ = pattern;
    }
    ~temporary_directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_directory(temporary_directory const&) = delete;
    temporary_directory& operator=(temporary_directory const&) = delete;

    std::string path() const { return path_.string(); }
    std::string data() const { return (path_ / "data").string(); }
    std::string database() const { return data() + "/homing.db"; }

private:
    std::filesystem::path path_;
};

inline dns::name name(std::string_view text)
{
    auto const n = dns::name::from_text(text);
    if (!n)
        throw std::runtime_error{"not a name: " + std::string{text}};
    return *n;
}

using rdata = std::vector<std::uint8_t>;

inline rdata address(unsigned n)
{
    return {10, static_cast<std::uint8_t>(n >> 16), static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)};
}

inline rdata soa(std::uint32_t serial)
{
    rdata r = {2, 'n', 's', 0, 4, 'r', 'o', 'o', 't', 0};
    for (std::uint32_t const field : {serial, 3600U, 600U, 604800U, 300U})
        for (int shift = 24; shift >= 0; shift -= 8)
            r.push_back(static_cast<std::uint8_t>(field >> shift));
    return r;
}

inline dns::rrset set_of(dns::rr_type type, std::uint32_t ttl, std::vector<rdata> const& records)
{
    dns::rrset set{type, ttl};
    for (rdata const& r : records)
        set.add(r);
    return set;
}

inline dns::rrset soa_set(std::uint32_t serial)
{
    return set_of(dns::rr_type::soa, 3600, {soa(serial)});
}

/// SOA, NS and `hosts` addresses h0, h1, ...
inline zone::contents small_zone(std::string_view apex, std::uint32_t serial, unsigned hosts = 3)
{
    dns::name const origin = name(apex);
    zone::contents c{origin};
    c.add(origin, dns::rr_type::soa, 3600, soa(serial));
    c.add(origin, dns::rr_type::ns, 3600, rdata{2, 'n', 's', 0});
    for (unsigned i = 0; i < hosts; ++i)
        c.add(*dns::name::join(name("h" + std::to_string(i)), origin), dns::rr_type::a, 300, address(i));
    c.finish();
    return c;
}

inline zone::rrset_change address_change(dns::name const& owner, unsigned before, unsigned after)
{
    return {owner, set_of(dns::rr_type::a, 300, {address(before)}), set_of(dns::rr_type::a, 300, {address(after)})};
}

/// One step of a zone: the SOA's and those given.
inline zone::diff step(dns::name const& apex, std::uint32_t from, std::uint32_t to, std::vector<zone::rrset_change> changes)
{
    changes.push_back({apex, soa_set(from), soa_set(to)});
    return {from, to, std::move(changes)};
}

inline std::string text_of(dns::name const& owner, dns::rr_type type, std::uint32_t ttl, octets packed)
{
    std::string text = owner.to_string() + " " + std::to_string(static_cast<unsigned>(type)) + " " + std::to_string(ttl) + " ";
    for (std::uint8_t const o : packed)
        for (int const shift : {4, 0})
            text += "0123456789abcdef"[o >> shift & 15];
    return text;
}

/// What a store has, as lines of text by zone number; the first of each is its name.
class loaded_zones : public zone_sink {
public:
    void begin_zone(std::int64_t id, dns::name_view apex) override
    {
        apex_ = apex;
        zone_ = &zones[id];
        zone_->push_back(apex.to_string());
    }
    void rrset(octets owner, dns::rr_type type, std::uint32_t ttl, octets packed) override
    {
        rdata wire{owner.begin(), owner.end()};
        wire.insert(wire.end(), apex_.view().bytes().begin(), apex_.view().bytes().end());
        zone_->push_back(text_of(dns::name_view{wire.data(), wire.size()}, type, ttl, packed));
    }
    void end_zone() override { zone_ = nullptr; }

    std::map<std::int64_t, std::vector<std::string>> zones;

private:
    dns::name apex_;
    std::vector<std::string>* zone_ = nullptr;
};

inline std::map<std::int64_t, std::vector<std::string>> load(store& s)
{
    loaded_zones sink;
    if (auto r = s.load(sink); !r)
        throw std::runtime_error{r.error().message};
    return sink.zones;
}

inline std::unique_ptr<store> open(std::string const& directory, store_settings const& settings = {})
{
    auto s = open_sqlite_store(directory, settings);
    if (!s)
        throw std::runtime_error{s.error().message};
    return std::move(*s);
}

/// Why it could not be opened; empty if it could.
inline std::string refusal_to_open(std::string const& directory)
{
    auto s = open_sqlite_store(directory);
    return s ? std::string{} : s.error().message;
}

inline change_origin const& origin()
{
    static change_origin const o{"key.example.", "192.0.2.1#53124", "dns/udp"};
    return o;
}

/// Puts a small zone and returns its number.
inline std::int64_t put(store& s, zone::contents const& contents, std::uint32_t serial)
{
    std::int64_t const id = s.next_zone_id();
    operation const op = zone_put{id, &contents, 0, serial, &origin(), 1'700'000'000'000};
    if (auto r = s.commit({&op, 1}); !r)
        throw std::runtime_error{r.error().message};
    return id;
}

inline dns::result<void> change(store& s, std::int64_t zone, zone::diff const& d, std::int64_t time_ms = 1'700'000'000'000)
{
    operation const op = zone_changed{zone, &d, &origin(), time_ms};
    return s.commit({&op, 1});
}

/// Changes the address of h0, a commit for each serial from one to the other.
inline void count_up(store& s, std::int64_t zone, dns::name const& apex, std::uint32_t from, std::uint32_t to)
{
    dns::name const host = *dns::name::join(name("h0"), apex);
    for (std::uint32_t n = from; n < to; ++n)
        if (auto r = change(s, zone, step(apex, n, n + 1, {address_change(host, n, n + 1)})); !r)
            throw std::runtime_error{r.error().message};
}

} // namespace homing::storage::test
