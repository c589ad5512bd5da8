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

std::string nsupdate(host_access const& a)
{
    return fmt::format("nsupdate -y {} <<END\nserver {}\nzone {}\nupdate delete {} A\nupdate add {} {} A 192.0.2.1\nsend\nEND\n",
                       to_key_line(a.key), a.name_server, a.zone, a.host, a.host, a.ttl);
}

std::string ddclient(host_access const& a)
{
    return fmt::format(
        "# /etc/ddclient.conf\nprotocol=dyndns2\nuse=web, web={}/ip\nssl={}\nserver={}\nlogin={}\npassword='{}'\n{}\n", a.url,
        has_tls(a) ? "yes" : "no", authority(a), a.host, a.password, a.host);
}

std::string inadyn(host_access const& a)
{
    return fmt::format("# /etc/inadyn.conf\ncustom homing {{\n    ssl             = {}\n    checkip-server  = \"{}\"\n"
                       "    checkip-path    = \"/ip\"\n    checkip-ssl     = {}\n    ddns-server     = \"{}\"\n"
                       "    ddns-path       = \"/nic/update?hostname=%h&myip=%i\"\n    username        = \"{}\"\n"
                       "    password        = \"{}\"\n    hostname        = \"{}\"\n}}\n",
                       has_tls(a), authority(a), has_tls(a), authority(a), a.host, a.password, a.host);
}

std::string openwrt(host_access const& a)
{
    return fmt::format(
        "uci set ddns.homing=service\nuci set ddns.homing.enabled='1'\nuci set ddns.homing.interface='wan'\n"
        "uci set ddns.homing.ip_source='network'\nuci set ddns.homing.ip_network='wan'\n"
        "uci set ddns.homing.lookup_host='{}'\nuci set ddns.homing.domain='{}'\n"
        "uci set ddns.homing.username='{}'\nuci set ddns.homing.password='{}'\nuci set ddns.homing.use_https='{}'\n"
        "uci set ddns.homing.update_url='{}://[USERNAME]:[PASSWORD]@{}/nic/update?hostname=[DOMAIN]&myip=[IP]'\n"
        "uci commit ddns\n/etc/init.d/ddns restart\n",
        a.host, a.host, a.host, a.password, has_tls(a) ? 1 : 0, scheme(a), authority(a));
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
    return fmt::format("curl -fsS -u {}:{} '{}/nic/update?hostname={}'\n", a.host, a.password, a.url, a.host);
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
