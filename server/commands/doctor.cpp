// doctor: what stands in the way of a name server on this machine, and what to do about it. This half looks at the machine;
// doctor_zones.cpp at the zones, from within the server where one runs.
#include "server/bound_sockets.hpp"
#include "server/command_runner.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/findings.hpp"
#include "server/commands/speech.hpp"
#include "server/port_holders.hpp"
#include "server/user.hpp"
#include "storage/store.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>
#include <span>

namespace homing::server {

namespace {

// ---- the data directory

constexpr std::uint64_t least_room = 64ULL << 20, little_room = 1ULL << 30;

void look_at_owner(findings& found, std::string const& directory, struct stat const& status)
{
    if (status.st_mode & 077)
        return found.fail("data directory",
                          fmt::format("{} has mode {:o}: others of this machine may read the keys in it", directory,
                                      static_cast<unsigned>(status.st_mode & 07777)),
                          "chmod 700 " + directory);
    std::string const owner = to_user(status.st_uid).substr(5); // without "user:"
    struct stat database {};
    if (::stat((directory + "/homing.db").c_str(), &database) == 0 && database.st_uid != status.st_uid)
        return found.fail("data directory",
                          fmt::format("{} is {}'s, but homing.db in it {}'s: the server may not be able to write it", directory,
                                      owner, to_user(database.st_uid).substr(5)),
                          fmt::format("chown -R --reference={0} {0}", directory));
    if (::geteuid() != 0 && status.st_uid != ::geteuid())
        return found.fail("data directory",
                          fmt::format("{} is {}'s, and you are {}", directory, owner, to_user(::geteuid()).substr(5)),
                          "run homing as that user, or name another directory by --data");
    found.ok("data directory", fmt::format("{}, of {} alone", directory, owner));
}

void look_at_room(findings& found, std::string const& directory)
{
    struct statvfs disk {};
    if (::statvfs(directory.c_str(), &disk) != 0)
        return;
    std::uint64_t const room = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    std::string const what = fmt::format("{} MiB are free", room >> 20);
    std::string_view const advice = "make room: without it updates end with SERVFAIL, while queries are answered";
    if (room < least_room)
        found.fail("disk", what, advice);
    else if (room < little_room)
        found.warn("disk", what, advice);
    else
        found.ok("disk", what);
}

void look_at_directory(findings& found, std::string const& directory)
{
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0) {
        if (errno == ENOENT)
            return found.warn("data directory", directory + " is not there yet", "the first 'homing serve' makes it");
        return found.fail("data directory", fmt::format("{}: {}", directory, std::strerror(errno)),
                          "run as the server's user, or as root");
    }
    if (!S_ISDIR(status.st_mode))
        return found.fail("data directory", directory + " is no directory", "name another one by --data");
    look_at_owner(found, directory, status);
    look_at_room(found, directory);
}

// ---- the ports

constexpr std::string_view resolved_fix =
    "systemd-resolved listens there for this machine alone; take the port from it:\n"
    "  mkdir -p /etc/systemd/resolved.conf.d\n"
    "  printf '[Resolve]\\nDNSStubListener=no\\n' > /etc/systemd/resolved.conf.d/homing.conf\n"
    "  ln -sf /run/systemd/resolve/resolv.conf /etc/resolv.conf\n"
    "  systemctl restart systemd-resolved\n"
    "or let homing listen on this machine's public address alone: --listen ADDRESS:53";

constexpr std::string_view permission_fix =
    "ports below 1024 want a right. With the unit that homing brings it is there. Otherwise one of:\n"
    "  setcap cap_net_bind_service=+ep /usr/bin/homing\n"
    "  sysctl net.ipv4.ip_unprivileged_port_start=53 (in a container: of the container)";

void look_at_holders(findings& found, std::string const& subject, std::string const& why, std::uint16_t port)
{
    std::set<std::string> names;
    bool is_resolved = false;
    for (auto const& h : holders_of_port(port)) {
        std::string const process = h.process.empty() ? "a process that only root may know" : h.process;
        names.insert(fmt::format("{} {}", h.address.to_string(), process));
        is_resolved = is_resolved || h.process.starts_with("systemd-resolve") ||
                      (h.process.empty() && (h.address.host() == "127.0.0.53" || h.address.host() == "127.0.0.54"));
    }
    std::string what = why;
    for (auto const& name : names)
        what += "; held by " + name;
    found.fail(subject, what,
               is_resolved ? resolved_fix : "end that process, or say by --listen where homing is to listen instead");
}

void look_at_port(findings& found, std::string const& text)
{
    auto const address = listen_address::parse(text, 53);
    std::string const subject = "listening on " + text;
    if (!address)
        return found.fail(subject, address.error().message, "correct this setting");
    auto const bound = bind_sockets(std::span{&*address, 1}, 1);
    if (bound)
        return found.ok(subject, "nobody else holds it, over UDP and TCP");
    std::string const& why = bound.error().message;
    if (why.find(std::strerror(EACCES)) != std::string::npos)
        return found.fail(subject, why, permission_fix);
    look_at_holders(found, subject, why, address->addresses.front().port());
}

void look_at_ports(findings& found, arguments const& given, std::string const& directory)
{
    if (storage::is_directory_locked(directory))
        return; // by the server, which will say itself where it listens
    auto listen = given.all("--listen");
    if (listen.empty())
        listen.emplace_back("*:53");
    for (auto const& text : listen)
        look_at_port(found, text);
}

// ---- the clock

void look_at_clock(findings& found)
{
    timex state{};
    int const result = ::adjtimex(&state);
    if (result < 0)
        return found.warn("clock", "the kernel does not say here whether it is synchronized",
                          "see to it outside of this container");
    if (result == TIME_ERROR || (state.status & STA_UNSYNC) != 0)
        return found.warn("clock", "nothing synchronizes it; signed updates want it right within five minutes",
                          "timedatectl set-ntp true, or install chrony; in a container: on its host");
    found.ok("clock", "it is synchronized");
}

// ---- the certificate

constexpr int few_days = 14;

struct file_closer {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
};

struct certificate_closer {
    void operator()(X509* c) const noexcept { X509_free(c); }
};

void look_at_certificate(findings& found, std::string const& path, bool is_own)
{
    std::unique_ptr<std::FILE, file_closer> const file{std::fopen(path.c_str(), "re")};
    if (!file && is_own && errno == ENOENT)
        return;
    if (!file)
        return found.fail("certificate", fmt::format("{}: {}", path, std::strerror(errno)),
                          "correct --tls-cert, or the file's mode");
    std::unique_ptr<X509, certificate_closer> const certificate{PEM_read_X509(file.get(), nullptr, nullptr, nullptr)};
    int days = 0, seconds = 0;
    if (!certificate || ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate.get())) != 1)
        return found.fail("certificate", path + " holds none",
                          "it wants a certificate in PEM, and after it those of its issuers");
    std::string const renew = is_own ? "remove the file and start the server again: it makes another one"
                                     : "renew it; the server takes the new files without a restart";
    if (days < 0 || seconds < 0)
        found.fail("certificate", fmt::format("{} expired {} days ago", path, -days), renew);
    else if (days < few_days)
        found.warn("certificate", fmt::format("{} expires in {} days", path, days), renew);
    else
        found.ok("certificate", fmt::format("{} is good for {} days more", path, days));
}

void look_at_certificate(findings& found, arguments const& given, std::string const& directory)
{
    if (given.has("--tls-cert"))
        look_at_certificate(found, given.one("--tls-cert"), false);
    else
        look_at_certificate(found, directory + "/https.pem", true);
}

} // namespace

exit_code doctor(console& io, arguments const& given, std::string const& directory)
{
    findings found{io};
    look_at_directory(found, directory);
    look_at_ports(found, given, directory);
    look_at_clock(found);
    look_at_certificate(found, given, directory);
    std::fflush(stdout); // what the server says does not pass it
    arguments rest;
    for (std::string_view const name : {"ZONE", "--resolver"})
        for (auto const& word : given.all(name))
            rest.add(name, word);
    exit_code const of_zones = run_command({find_command("doctor-zones"), std::move(rest), directory});
    return of_zones != exit_code::done ? of_zones : found.code();
}

} // namespace homing::server
