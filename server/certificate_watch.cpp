#include "server/certificate_watch.hpp"

#include "server/file_descriptor.hpp"
#include "server/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace homing::server {

namespace {

constexpr std::chrono::seconds between_looks{1};
constexpr std::int64_t between_full_looks_s = 60;
constexpr std::int64_t day_s = 24 * 60 * 60;
constexpr std::int64_t renewed_before_s = 30 * day_s; // ours
constexpr std::int64_t warned_before_s = 14 * day_s;  // of others
constexpr std::size_t max_zones_named = 50;
constexpr std::size_t longest_name = 253;

std::int64_t now_s()
{
    return std::time(nullptr);
}

/// As a certificate has it; empty for what cannot stand in one.
std::string name_text(dns::name_view n)
{
    std::string text = n.to_string();
    if (text.size() > 1)
        text.pop_back();
    bool const is_plain = text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == text.npos;
    if (!is_plain || text == "." || text.size() > longest_name)
        return {};
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return text;
}

dns::failure cannot_write(std::string const& path)
{
    return {fmt::format("{} cannot be written: {}", path, std::strerror(errno))};
}

/// In the place of what was there, whole or not at all.
dns::result<void> write_private(std::string const& path, std::string_view text)
{
    std::string const next = path + ".new";
    ::unlink(next.c_str());
    file_descriptor file{::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    while (file && !text.empty()) {
        auto const n = ::write(file.get(), text.data(), text.size());
        if (n <= 0)
            return cannot_write(next);
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    if (!file || ::fsync(file.get()) != 0 || ::rename(next.c_str(), path.c_str()) != 0)
        return cannot_write(path);
    return {};
}

std::string list_of(std::set<std::string> const& names)
{
    return fmt::format("{}", fmt::join(names, ", "));
}

} // namespace

dns::result<std::unique_ptr<certificate_watch>> certificate_watch::open(source from)
{
    std::unique_ptr<certificate_watch> watch{new certificate_watch{std::move(from)}};
    watch->seen_ = watch->stamps_now();
    if (auto taken = watch->is_ours() ? watch->take_own() : watch->take_files(); !taken)
        return taken.error();
    watch->warn_of_expiry();
    return watch;
}

dns::result<void> certificate_watch::start(server&)
{
    thread_ = std::thread{[this] { run(); }};
    return {};
}

void certificate_watch::stop()
{
    {
        std::lock_guard const lock{mutex_};
        is_stopping_ = true;
    }
    stopping_.notify_one();
    thread_.join();
}

void certificate_watch::run()
{
    std::unique_lock lock{mutex_};
    while (!stopping_.wait_for(lock, between_looks, [this] { return is_stopping_; })) {
        lock.unlock();
        try {
            look();
        } catch (std::exception const& e) { // the next time
            log_error(e.what());
        }
        lock.lock();
    }
}

void certificate_watch::look()
{
    dns::result<void> done;
    if (is_ours()) {
        if (is_look_due() && !is_own_good())
            done = take_own();
    } else if (auto const now = stamps_now(); now != seen_) {
        seen_ = now;
        done = take_files();
    }
    if (!done)
        log_error("the certificate of https stays as it was: " + done.error().message);
    warn_of_expiry();
}

certificate_watch::stamps certificate_watch::stamps_now() const
{
    auto const of = [](std::string const& path) -> file_stamp {
        struct stat s {};
        if (path.empty() || ::stat(path.c_str(), &s) != 0)
            return {};
        constexpr std::int64_t ns = 1'000'000'000;
        return {s.st_mtim.tv_sec * ns + s.st_mtim.tv_nsec, s.st_ctim.tv_sec * ns + s.st_ctim.tv_nsec, s.st_ino,
                static_cast<std::uint64_t>(s.st_size)};
    };
    return {of(from_.certificate_file), of(from_.key_file)};
}

dns::result<void> certificate_watch::take_files()
{
    auto const identity = read_identity(from_.certificate_file, from_.key_file);
    if (!identity)
        return identity.error();
    return use(*identity);
}

/// What is kept, or a new one where that is missing, expires soon, or lacks a name.
dns::result<void> certificate_watch::take_own()
{
    auto const kept = read_identity(from_.own_file, from_.own_file);
    if (kept)
        if (auto used = use(*kept); used && is_own_good())
            return {};
    return renew_own(kept ? kept->key : std::string_view{});
}

dns::result<void> certificate_watch::renew_own(std::string_view old_key)
{
    auto const made = make_self_signed(wanted_names(), old_key, now_s());
    if (!made)
        return made.error();
    if (auto stored = write_private(from_.own_file, made->key + made->chain); !stored)
        return stored;
    return use(*made);
}

dns::result<void> certificate_watch::use(tls_identity const& identity)
{
    auto const facts = facts_of(identity);
    if (!facts)
        return facts.error();
    auto context = make_tls_context(identity);
    if (!context)
        return context.error();
    contexts_->put(std::move(*context));
    if (facts->fingerprint != facts_.fingerprint)
        log_info(fmt::format("https uses a {} for {}; SHA-256 fingerprint {}, pin {}",
                             is_ours() ? "certificate signed by itself" : "certificate", list_of(facts->names),
                             facts->fingerprint, facts->pin));
    facts_ = *facts;
    next_warning_ = 0;
    return {};
}

/// When the number of zones changed, and once a minute: a look goes through all zones.
bool certificate_watch::is_look_due()
{
    std::size_t zones = 0;
    {
        zone::versions::reader reader{*from_.versions};
        zones = zone::versions::reading{reader}->zone_count();
    }
    if (zones == zones_seen_ && now_s() < next_full_look_)
        return false;
    zones_seen_ = zones;
    next_full_look_ = now_s() + between_full_looks_s;
    return true;
}

bool certificate_watch::is_own_good() const
{
    auto const wanted = wanted_names();
    return now_s() < facts_.expires - renewed_before_s &&
           std::includes(facts_.names.begin(), facts_.names.end(), wanted.begin(), wanted.end());
}

/// The zones and their first name servers, since those are what clients are told to ask; with many zones, the first ones by name.
std::set<std::string> certificate_watch::wanted_names() const
{
    std::set<std::pair<std::string, std::string>> zones;
    {
        zone::versions::reader reader{*from_.versions};
        zone::versions::reading const now{reader};
        now->for_each([&](zone::zone_version const& z) {
            auto const soa = z.apex_node().find(dns::rr_type::soa).copy();
            auto const primary = dns::name_view::parse(soa.front()); // MNAME comes first
            zones.emplace(name_text(z.apex()), primary ? name_text(*primary) : "");
            if (zones.size() > max_zones_named)
                zones.erase(std::prev(zones.end()));
        });
    }
    std::set<std::string> names = from_.fixed_names;
    for (auto const& [apex, primary] : zones) {
        names.insert(apex);
        names.insert(primary);
    }
    names.erase("");
    return names;
}

void certificate_watch::warn_of_expiry()
{
    auto const now = now_s();
    if (is_ours() || now < next_warning_ || facts_.expires - now > warned_before_s)
        return;
    next_warning_ = now + day_s;
    log_warning(facts_.expires > now ? fmt::format("the certificate {} expires in {} days", from_.certificate_file,
                                                   (facts_.expires - now) / day_s)
                                     : fmt::format("the certificate {} has expired", from_.certificate_file));
}

} // namespace homing::server
