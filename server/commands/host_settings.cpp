#include "server/commands/host_settings.hpp"

#include "agent/credentials.hpp"
#include "server/commands/key_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace homing::server {

namespace {

bool has_tls(host_access const& a)
{
    return a.url.starts_with("https:");
}

/// "ns1.example.com:8443" of "https://ns1.example.com:8443".
std::string authority(host_access const& a)
{
    auto const at = a.url.find("://");
    return at == a.url.npos ? a.url : a.url.substr(at + 3);
}

std::string scheme(host_access const& a)
{
    return has_tls(a) ? "https" : "http";
}

/// curl, with what it takes to trust the server.
std::string curl_with_trust(host_access const& a)
{
    return a.pin.empty() ? "curl -fsS" : fmt::format("curl -fsS -k --pinnedpubkey {}", a.pin);
}

/// Ready to run in a shell: the address is the one that the server sees, or, where it cannot be asked, the machine's own.
std::string nsupdate(host_access const& a)
{
    std::string const address = a.has_endpoint
                                    ? fmt::format("{} -4 {}/ip", curl_with_trust(a), a.url)
                                    : "ip -4 -o address show scope global | sed -n '1s/.* inet6\\? \\([^/]*\\).*/\\1/p'";
    return fmt::format("ADDRESS=$({0}) && nsupdate -y {1} <<END\nserver {2}\nzone {3}\nupdate delete {4} A\n"
                       "update add {4} {5} A $ADDRESS\nsend\nEND\n"
                       "# IPv6: the same with -6 in the place of -4, and AAAA in that of A\n",
                       address, to_key_line(a.key), a.name_server, a.zone, a.host, a.ttl);
}

/// ddclient 3.10 sends one address of a host, so that each family has a file and a daemon of its own.
std::string ddclient(host_access const& a)
{
    std::string const service = fmt::format("ssl={}\nserver={}\nlogin={}\npassword='{}'\n{}\n", has_tls(a) ? "yes" : "no",
                                            authority(a), a.host, a.password, a.host);
    std::string const trust =
        a.pin.empty() ? "" : "ssl_ca_file=/etc/ddclient.pem   # the server's certificate, which is homing's own\n";
    return fmt::format(
        "# /etc/ddclient.conf\nprotocol=dyndns2\nuse=web, web={0}/ip\n{1}{2}"
        "# /etc/ddclient6.conf, for IPv6: ddclient -file /etc/ddclient6.conf -cache /var/cache/ddclient/ddclient6.cache\n"
        "protocol=dyndns2\nuse=cmd, cmd='{3} -6 {0}/ip'\n{1}{2}",
        a.url, trust, service, curl_with_trust(a));
}

/// It knows one address of each family that it is let to use, and sends each by itself.
std::string inadyn(host_access const& a)
{
    std::string const no_issuer = a.pin.empty() ? "" : "secure-ssl = false   # the certificate is homing's own\n";
    return fmt::format(
        "# /etc/inadyn.conf\nallow-ipv6 = true\n{}custom homing {{\n    ssl             = {}\n    checkip-server  = \"{}\"\n"
        "    checkip-path    = \"/ip\"\n    checkip-ssl     = {}\n    ddns-server     = \"{}\"\n"
        "    ddns-path       = \"/nic/update?hostname=%h&myip=%i\"\n    username        = \"{}\"\n"
        "    password        = \"{}\"\n    hostname        = \"{}\"\n}}\n",
        no_issuer, has_tls(a), authority(a), has_tls(a), authority(a), a.host, a.password, a.host);
}

std::string openwrt(host_access const& a)
{
    auto const service = [&](char const* name, char const* interface, int is_v6) {
        return fmt::format(
            "uci set ddns.{0}=service\nuci set ddns.{0}.enabled='1'\nuci set ddns.{0}.interface='{1}'\n"
            "uci set ddns.{0}.use_ipv6='{2}'\nuci set ddns.{0}.ip_source='network'\nuci set ddns.{0}.ip_network='{1}'\n"
            "uci set ddns.{0}.lookup_host='{3}'\nuci set ddns.{0}.domain='{3}'\n"
            "uci set ddns.{0}.username='{3}'\nuci set ddns.{0}.password='{4}'\nuci set ddns.{0}.use_https='{5}'\n"
            "uci set ddns.{0}.update_url='{6}://[USERNAME]:[PASSWORD]@{7}/nic/update?hostname=[DOMAIN]&myip=[IP]'\n",
            name, interface, is_v6, a.host, a.password, has_tls(a) ? 1 : 0, scheme(a), authority(a));
    };
    return service("homing", "wan", 0) + service("homing6", "wan6", 1) + "uci commit ddns\n/etc/init.d/ddns restart\n";
}

std::string fritzbox(host_access const& a)
{
    char const* const prefix = a.has_suffix ? "&ip6lanprefix=<ip6lanprefix>" : "&myipv6=<ip6addr>";
    return fmt::format("Internet > Permit Access > DynDNS, provider: user-defined\n"
                       "Update URL:  {}/nic/update?hostname=<domain>&myip=<ipaddr>{}\n"
                       "Domain name: {}\nUser name:   {}\nPassword:    {}\n",
                       a.url, prefix, a.host, a.host, a.password);
}

std::string opnsense(host_access const& a)
{
    return fmt::format("Services > Dynamic DNS, new account\nService:     Custom\nProtocol:    DynDns2\nServer:      {}\n"
                       "Username:    {}\nPassword:    {}\nHostname(s): {}\nForce SSL:   {}\n",
                       authority(a), a.host, a.password, a.host, has_tls(a) ? "yes" : "no");
}

std::string mikrotik(host_access const& a)
{
    return fmt::format("/system scheduler add name=homing interval=5m on-event=\"/tool fetch mode={} keep-result=no user={} "
                       "password={} url=\\\"{}/nic/update\\\\3Fhostname={}\\\"\"\n",
                       scheme(a), a.host, a.password, a.url, a.host);
}

std::string synology(host_access const& a)
{
    return fmt::format("Control Panel > External Access > DDNS > Customize Provider\n"
                       "Query URL:         {}://__USERNAME__:__PASSWORD__@{}/nic/update?hostname=__HOSTNAME__&myip=__MYIP__\n"
                       "Hostname:          {}\nUsername/Email:    {}\nPassword/Key:      {}\n",
                       scheme(a), authority(a), a.host, a.host, a.password);
}

std::string curl(host_access const& a)
{
    return fmt::format("{} -u {}:{} '{}/nic/update?hostname={}'\n", curl_with_trust(a), a.host, a.password, a.url, a.host);
}

std::string systemd(host_access const& a)
{
    return fmt::format(
        "# /etc/systemd/system/homing-host.service (mode 0600: the password is in it)\n[Unit]\n"
        "Description=Tell the name server where {0} is\nAfter=network-online.target\nWants=network-online.target\n\n"
        "[Service]\nType=oneshot\nDynamicUser=yes\nExecStart={1}\n"
        "# /etc/systemd/system/homing-host.timer\n[Timer]\nOnBootSec=30s\nOnUnitActiveSec=5min\n\n"
        "[Install]\nWantedBy=timers.target\n# systemctl enable --now homing-host.timer\n",
        a.host, "/usr/bin/" + curl(a));
}

/// A lease is renewed in time even if two attempts in a row come to nothing.
std::string token(host_access const& a)
{
    return agent::to_token({{a.key.key_name, a.key.algorithm, a.key.secret}, a.host, a.name_server, a.ttl, (a.expire + 3) / 4});
}

std::string agent_settings(host_access const& a)
{
    return fmt::format(
        "homing agent --join {1}\n"
        "# behind a NAT with --ask besides; 'homing-agent' is the same in one small file\n"
        "# as a service: put the token, hj1-..., into /etc/homing-agent.token (mode 0600), and this into\n"
        "# /etc/systemd/system/homing-agent.service\n[Unit]\nDescription=Tell the name server where {0} is\n"
        "[Service]\nExecStart=/usr/bin/homing agent --key-file %d/token --state %S/homing-agent/state\n"
        "LoadCredential=token:/etc/homing-agent.token\nDynamicUser=yes\nStateDirectory=homing-agent\nRestart=on-failure\n"
        "[Install]\nWantedBy=multi-user.target\n# systemctl enable --now homing-agent\n",
        a.host, token(a));
}

struct client {
    std::string_view name;
    std::string (*settings)(host_access const&);
};
constexpr std::array clients{client{"nsupdate", nsupdate}, client{"ddclient", ddclient},   client{"inadyn", inadyn},
                             client{"openwrt", openwrt},   client{"fritzbox", fritzbox},   client{"opnsense", opnsense},
                             client{"mikrotik", mikrotik}, client{"synology", synology},   client{"curl", curl},
                             client{"systemd", systemd},   client{"agent", agent_settings}};

} // namespace

std::span<std::string_view const> client_names() noexcept
{
    static auto const names = [] {
        std::array<std::string_view, clients.size()> all;
        std::transform(clients.begin(), clients.end(), all.begin(), [](client const& c) { return c.name; });
        return all;
    }();
    return names;
}

std::string settings_for(std::string_view name, host_access const& a)
{
    for (client const& c : clients)
        if (c.name == name)
            return c.settings(a);
    return {};
}

} // namespace homing::server
