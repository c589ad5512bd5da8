// Every command: its words, its help, its function.
#include "agent/options.hpp"
#include "server/commands/commands.hpp"

#include <array>

namespace homing::server {

namespace {

using count = parameter::count;
using kind = parameter::kind;

constexpr parameter origin{"ORIGIN", "", "the zone's name, as example.com"};
constexpr parameter host_name{"NAME", "", "the host's name, as home.example.com"};
constexpr parameter secondary_name{"NAME", "", "the secondary's name, which is that of its key, too"};
constexpr parameter server_url{"--url", "URL",
                               "where clients reach the HTTP endpoint, as https://dyn.example.com (default: as it is served)",
                               count::optional};
constexpr parameter doctored_zone{"ZONE", "", "look at these zones alone (default: at the first eight)", count::any};
constexpr parameter resolver_option{"--resolver", "ADDR[:PORT]",
                                    "whom to ask for what is elsewhere (default: as /etc/resolv.conf)", count::optional};
constexpr parameter host_ttl{"--ttl", "SECONDS", "of its addresses (default: 60)", count::optional};
constexpr parameter host_suffix{"--ipv6-suffix", "ADDRESS",
                                "the part of its IPv6 address that stays when the prefix changes, as ::1:2:3:4", count::optional};
constexpr parameter host_expire{"--expire", "TIME",
                                "take its addresses from the zone after so long without an update, as 30d (default: never)",
                                count::optional};
constexpr parameter page_after{"--after", "NAME", "only those after this name, in canonical order", count::optional};
constexpr parameter page_limit{"--limit", "N", "at most so many", count::optional};
constexpr parameter in_zone{"--in", "ZONE", "only if it is in this zone", count::optional};
constexpr parameter listen_option{"--listen", "ADDR:PORT",
                                  "where to answer, over UDP and TCP; may be repeated (default: port 53 of all addresses)",
                                  count::any};
constexpr parameter new_key{"NAME", "", "the key's name"}, key{"KEY", "", "the key's name"};
constexpr parameter algorithm{"--algorithm", "A", "hmac-sha256 (default), -sha224, -sha384, -sha512, -sha1, -md5",
                              count::optional};
constexpr parameter secret{"--secret", "BASE64", "the secret (default: a random one)", count::optional};
constexpr parameter shared_key{"--key", "ALGORITHM:NAME:SECRET", "what both sides sign with, or the name of a key that is here",
                               count::optional};
constexpr parameter preset{"--preset", "P", "what a kind of client needs: host, acme, dhcp, external-dns, zone, admin",
                           count::optional};
constexpr parameter types{"--types", "T,T", "only these types; ANY is all (default: all but SOA, NS and DNSSEC's)", count::any};
constexpr parameter may{"--may", "R,R", "what it is for: update (default), transfer, query", count::any};
constexpr parameter at_apex{"--apex", "", "at the apex of a zone, too", count::optional};
constexpr parameter as_json{"--json", "", "one JSON object per line and key", count::optional};

constexpr std::string_view about_grants =
    "WHERE is a name, and covers it and all below it; exact:NAME covers the name alone; '*' alone is everything. A label *\n"
    "stands for any one label (_acme-challenge.*.example.com); \\* for itself, as in the owner of a wildcard record. Without\n"
    "--preset a grant covers all types but SOA, NS and DNSSEC's, and the apex of a zone only with --apex or exact:.\n"
    "Presets: host (A, AAAA of exactly that name), acme (TXT at _acme-challenge of the name and of those below it), dhcp\n"
    "(A, AAAA, PTR, TXT, DHCID below it), external-dns (what it manages in a zone, and the zone's transfer), zone\n"
    "(everything in it), admin (everything, everywhere; WHERE is '*').";

std::vector<parameter> const& serve_parameters()
{
    static std::vector<parameter> const parameters{
        {"--zone", "NAME", "at the first start: the zone to begin with, as example.com", count::optional},
        {"--address", "ADDR", "at the first start: this server's public address; may be repeated", count::any},
        listen_option,
        {"--workers", "N", "worker threads (default: one per core)", count::optional},
        {"--http", "ADDR:PORT", "where to take updates over HTTP (dyndns2); may be repeated (default: nowhere)", count::any},
        {"--https", "ADDR:PORT", "the same with TLS; may be repeated (default: nowhere)", count::any},
        {"--tls-cert", "FILE", "its certificate, and those that lead to who issued it, as PEM (default: one of its own)",
         count::optional},
        {"--tls-key", "FILE", "that certificate's key; both are read again when they change", count::optional},
        {"--http-proxy", "ADDR[/BITS]",
         "a proxy, for TLS, that says in a header who its client is; may be repeated (default: none)", count::any},
        {"--http-proxy-header", "NAME", "that header (default: X-Forwarded-For)", count::optional},
        {"--http-plain", "", "take passwords over plain HTTP from everywhere, not only from this machine and the proxies",
         count::optional},
        {"--http-query-password", "", "take `username` and `password` as parameters, too", count::optional},
        server_url,
        {"--transfer-from", "ADDR[/BITS]",
         "transfer zones only to these addresses, to a key that may; may be repeated (default: any)", count::any},
        {"--transfer-unsigned-from", "ADDR[/BITS]",
         "transfer every zone to these addresses, without a key; may be repeated (default: none)", count::any},
        {"--no-notify-ns", "", "tell only secondaries of changes, not the servers that stand in a zone's NS records",
         count::optional}};
    return parameters;
}

/// Those of the agent alone.
std::vector<parameter> agent_parameters()
{
    std::vector<parameter> all;
    for (auto const& o : agent::options())
        all.push_back({o.name, o.value, o.help, o.may_repeat ? count::any : count::optional});
    return all;
}

std::vector<command> const& table()
{
    static std::vector<command> const commands{
        {"serve", "Run the server in the foreground; SIGTERM stops it.", serve_parameters(), plain_command{serve}, false,
         "In a directory without a zone, --zone and --address make the first one, with ns1 and a key for its admin, and say what "
         "to do next.\n"
         "At later starts they change nothing."},
        {"welcome",
         "Say again what the first start said: what to enter at the registrar, the admin's key, the next step.",
         {{"ZONE", "", "of this zone (default: the one there is)", count::optional}},
         store_command{welcome}},

        {"configuration", "Show each setting of the server as 'serve' would find it, and where it comes from.",
         [] {
             auto parameters = serve_parameters();
             parameters.push_back({"--example", "", "print a homing.toml with all settings, commented out", count::optional});
             parameters.push_back({"--table", "", "print the table of docs/configuration.md", count::optional});
             return parameters;
         }(),
         plain_command{configuration}},

        {"doctor",
         "Look at what stands in the way: the port, the parent's delegation, the zone's servers, clock, disk, certificate.",
         [] {
             std::vector<parameter> parameters{doctored_zone, resolver_option};
             parameters.insert(parameters.end(), serve_parameters().begin(), serve_parameters().end());
             return parameters;
         }(),
         plain_command{doctor}, false,
         "A line for each thing looked at: ok, warn or FAIL, and what to do. Exit code 1 if something is FAIL. The settings are "
         "those "
         "of\n'serve', as it would find them. It asks the zones' name servers, this machine's resolver and the zone above."},
        {"doctor-zones",
         "The part of doctor that works within the server.",
         {doctored_zone, resolver_option},
         store_command{doctor_zones},
         false,
         {},
         true},
        {"healthcheck",
         "Ask the server on this machine a question; exit code 0 if it answers.",
         {listen_option},
         plain_command{healthcheck}},
        {"status",
         "Say what the running server is doing: zones, memory, and all that it counts.",
         {{"--per-worker", "", "each worker's counters beside the sums", count::optional},
          {"--zone", "NAME", "how far the secondaries are with this zone", count::optional},
          {"--json", "", "as one JSON object", count::optional}},
         server_command{status}},

        {"zone add",
         "Add a zone with a SOA and its name servers, or a secondary that follows its primaries.",
         {origin,
          {"--ns", "NAME[=ADDR]", "a name server, with its address if it is in the zone; may be repeated (default: ns1.ORIGIN)",
           count::any},
          {"--contact", "MAILBOX", "who is responsible, as admin@example.com (default: hostmaster@ORIGIN)", count::optional},
          {"--primary", "ADDR[:PORT]", "a secondary: what it holds comes from here; may be repeated", count::any},
          shared_key},
         store_command{zone_add},
         true},
        {"zone import",
         "Add a zone, or replace what it holds, from a zone file.",
         {{"ORIGIN", "", "the zone's name, as example.com", count::optional},
          {"FILE", "", "a zone file (RFC 1035); - for standard input", count::optional, kind::file},
          {"--all", "DIRECTORY", "import every NAME.zone in this directory instead", count::optional, kind::zone_directory}},
         store_command{zone_import},
         true,
         "A file with errors is not imported. The serial becomes newer than the one before."},
        {"zone export", "Write a zone to standard output as a zone file.", {origin}, store_command{zone_export}},
        {"zone check",
         "Say what is wrong with a zone file; needs no store.",
         {origin, {"FILE", "", "a zone file (RFC 1035); - for standard input", count::required, kind::file}},
         plain_command{zone_check}},
        {"zone list",
         "List the zones with their serials and how many names they have.",
         {{"ORIGIN", "", "only this zone", count::optional},
          {"--json", "", "one JSON object per line and zone", count::optional},
          page_after,
          page_limit},
         store_command{zone_list}},
        {"zone show", "Say what a zone is here, and how following its primaries goes.", {origin}, store_command{zone_show}},
        {"zone remove", "Remove a zone with all it holds.", {origin}, store_command{zone_remove}},

        {"follow",
         "Follow a primary's catalog zone: the zones that it lists are secondaries here from then on, and go when they leave it.",
         {{"ADDR", "", "the primary, as 192.0.2.1 or 192.0.2.1:5353; several for one catalog", count::at_least_one},
          shared_key,
          {"--catalog", "NAME", "the catalog zone (default: catalog.homing.invalid)", count::optional}},
         store_command{follow},
         true,
         "A catalog zone is one as in RFC 9432. 'homing secondary add' at a homing primary prints the whole command. A zone that is\n"
         "here already as something else is left alone."},
        {"unfollow",
         "Follow a catalog zone no more; the zones that came by it are removed.",
         {{"CATALOG", "", "the catalog zone (default: catalog.homing.invalid)", count::optional}},
         store_command{unfollow}},

        {"record list",
         "List the records of a zone, or of one name in it.",
         {{"ZONE", "", "the zone's name"},
          {"NAME", "", "a name in it, in full", count::optional},
          {"TYPE", "", "only this type", count::optional},
          {"--json", "", "one JSON object per line and RRset", count::optional},
          {"--after", "NAME", "with --json: only the names after this one in canonical order", count::optional},
          {"--limit", "N", "with --json: stop after the name that makes it so many RRsets", count::optional}},
         store_command{record_list}},
        {"record set",
         "Give a name these records of a type, in the place of those it has.",
         {{"NAME", "", "the name, in full"},
          {"TTL", "", "seconds, or units as in 1h30m"},
          {"TYPE", "", "A, AAAA, CNAME, MX, TXT, ..."},
          {"RDATA", "", "the data as in a zone file, names in full", count::at_least_one},
          in_zone,
          {"--json", "", "say what was done as one JSON object", count::optional}},
         store_command{record_set},
         false,
         "Several words are several records if each alone is one (192.0.2.1 192.0.2.2), otherwise one record\n"
         "(10 mail.example.com). Quote each record to set several of many words: \"10 a.example.com\" \"20 b.example.com\".\n"
         "A word of a TXT record is one string, spaces included. Words that start with - come after --."},
        {"record delete",
         "Delete the records of a type at a name, or all of them.",
         {{"NAME", "", "the name, in full"},
          {"TYPE", "", "only this type", count::optional},
          in_zone,
          {"--json", "", "say what was done as one JSON object", count::optional}},
         store_command{record_delete}},

        {"history",
         "Say what was changed, when, by whom and from where; the newest change comes first.",
         {{"NAME", "", "a zone, for its changes, or a name in one, for what touched it (default: everything)", count::optional},
          {"--below", "", "also the names below NAME, in whichever zone", count::optional},
          {"--key", "NAME", "only changes that this key signed", count::optional},
          {"--since", "TIME", "only since then: 2026-05-04T15:04:05Z, 2026-05-04 (in UTC), or how long ago: 30m, 2h, 7d",
           count::optional},
          {"--limit", "N", "at most so many changes, or all (default: 20; all with --since or --json)", count::optional},
          {"--before", "N", "only changes before this one", count::optional},
          {"--change", "N", "only this change, whole", count::optional},
          {"--full", "", "all records of changes that have many", count::optional},
          {"--json", "", "one JSON object per line and change, with all its records", count::optional}},
         store_command{history},
         false,
         "- is before what left, + before what came. The serial's own change is not shown. 'homing undo N' takes change N back."},

        {"undo",
         "Take a change back: a new change gives what it touched what it held before.",
         {{"CHANGE", "", "its number, as 'homing history' shows it"},
          {"--dry-run", "", "only say what would be done", count::optional},
          {"--partial", "", "leave alone what was changed again since, and undo the rest", count::optional},
          {"--json", "", "say what was done as one JSON object", count::optional}},
         store_command{undo},
         false,
         "Records of one type at a name can be undone while they are as the change left them. Where a later change stands in the "
         "way,\n"
         "nothing is done and that change is named. An undo is a change like others, and can be undone."},
        {"diff",
         "Say what is different in a zone between two of its serials.",
         {{"ZONE", "", "the zone's name"},
          {"SERIAL", "", "as it was at this serial"},
          {"TO-SERIAL", "", "as it was at this one, or is (default: now)", count::optional}},
         store_command{diff},
         false,
         "Lines as of a zone file, those that left with - and those that came with +. What came and left again in between is "
         "not\n"
         "shown. 'homing history ZONE' shows the serials, and the changes one by one."},

        {"key add",
         "Add a TSIG key and print it as nsupdate -k and -y take it.",
         {new_key,
          algorithm,
          secret,
          {"--grant", "WHERE", "what it may change: a name and all below it, exact:NAME, or *; may be repeated", count::any},
          preset,
          types,
          may,
          at_apex},
         store_command{key_add},
         true,
         about_grants},
        {"key list",
         "Say what the keys can change, or all about one of them but its secret.",
         {{"KEY", "", "only this key, with what its grants mean and when it was last used", count::optional},
          as_json,
          page_after,
          page_limit},
         store_command{key_list}},
        {"key show",
         "Print a key, its secret included, as nsupdate -k and -y take it.",
         {key, {"--json", "", "as one JSON object", count::optional}},
         store_command{key_show}},
        {"key grant",
         "Let a key change something, from now on.",
         {key,
          {"WHERE", "", "a name and all below it, exact:NAME, or *"},
          preset,
          types,
          may,
          at_apex,
          {"--exact", "", "the name alone, as exact:NAME", count::optional}},
         store_command{key_grant},
         false,
         about_grants},
        {"key revoke",
         "Take a grant from a key.",
         {key, {"GRANT", "", "its number, or its WHERE; 'homing key list KEY' shows both"}},
         store_command{key_revoke}},
        {"key rotate",
         "Give a key a new secret at once, and print it; the old one stays good for a while.",
         {key,
          {"--overlap", "TIME", "how long the old secret stays good: 24h (default), 7d, 0 for not at all", count::optional},
          {"--algorithm", "A", "another algorithm (default: the one that it has)", count::optional},
          secret},
         store_command{key_rotate}},
        {"key disable", "Let a key do nothing until it is enabled: what it signs is refused.", {key}, store_command{key_disable}},
        {"key enable", "Let a key that was disabled count again.", {key}, store_command{key_enable}},
        {"key expire",
         "Say until when a key counts.",
         {key, {"TIME", "", "2027-05-04T15:04:05Z, 2027-05-04 (in UTC), from now on as 12h, 30d or 52w, or never"}},
         store_command{key_expire}},
        {"key remove", "Remove a key; what it signs is refused from now on.", {key}, store_command{key_remove}},

        {"secondary add",
         "Let another server follow this one, and print what is to be pasted there.",
         {secondary_name,
          {"ADDR", "", "where it is told of changes, and asked how far it is: 192.0.2.1 or [2001:db8::1]:5300",
           count::at_least_one},
          {"--primary", "ADDR[:PORT]", "this server's address, as the secondary sees it (default: the one that leads there)",
           count::optional},
          {"--catalog", "NAME", "the catalog zone, made for the first secondary (default: catalog.invalid)", count::optional}},
         store_command{secondary_add},
         true,
         "Makes a key of that name, which may transfer every zone, and keeps a catalog zone (RFC 9432): from then on a server\n"
         "that reads it has each zone that is added here, and loses each that is removed. The zones there are now are in it."},
        {"secondary list", "List the servers that follow this one.", {}, store_command{secondary_list}},
        {"secondary show",
         "Print what is to be pasted into a secondary, its key included.",
         {secondary_name,
          {"SERVER", "", "only for this one: knot, bind, nsd or homing", count::optional},
          {"--primary", "ADDR[:PORT]", "this server's address, as the secondary sees it (default: the one that leads there)",
           count::optional}},
         store_command{secondary_show}},
        {"secondary remove",
         "Let a server follow no longer, and remove its key.",
         {secondary_name},
         store_command{secondary_remove},
         false,
         "The last one takes the catalog with it."},

        {"explain",
         "Say whether a key may change something, by which grant, and if not, what would allow it.",
         {key,
          {"NAME", "", "the name, in full"},
          {"TYPE", "", "A, AAAA, TXT, ...; ANY: delete the whole name; AXFR: transfer the zone"},
          {"--json", "", "as one JSON object", count::optional}},
         store_command{explain},
         false,
         "Exit code 0 if it may, 1 if not."},
        {"who",
         "Say which keys can change a name.",
         {{"NAME", "", "the name, in full"},
          {"TYPE", "", "only this type, or AXFR for those that can transfer the zone", count::optional},
          as_json,
          page_after,
          page_limit},
         store_command{who}},

        {"host add",
         "Add a host whose addresses move, with a key and a password of its own, and print settings for its clients.",
         {host_name, host_ttl, host_suffix, host_expire, server_url},
         store_command{host_add},
         false,
         "The zone must be there. The key may change the A and AAAA records of this name and nothing else."},
        {"host list",
         "List the hosts with their addresses and when those were last heard of.",
         {{"NAME", "", "only this host", count::optional},
          {"--json", "", "one JSON object per line and host", count::optional},
          page_after,
          page_limit},
         store_command{host_list}},
        {"host set",
         "Change the settings of a host; its key and its addresses stay.",
         {host_name, host_ttl, host_suffix, host_expire},
         store_command{host_set}},
        {"host show",
         "Print what is known of a host, its password included, and settings for its clients.",
         {host_name,
          {"CLIENT", "", "only the settings for this client", count::optional},
          server_url,
          {"--json", "", "all of it as one JSON object", count::optional}},
         store_command{host_show},
         false,
         "Clients: nsupdate, ddclient, inadyn, openwrt, fritzbox, opnsense, mikrotik, synology, curl, systemd, agent."},
        {"host remove",
         "Remove a host with its key; its addresses leave the zone.",
         {host_name, {"--keep-addresses", "", "leave its addresses in the zone", count::optional}},
         store_command{host_remove}},
        {"host rotate",
         "Give a host a new key, and so a new password.",
         {host_name, {"--overlap", "TIME", "how long the old ones still work (default: 1d)", count::optional}, server_url},
         store_command{host_rotate}},

        {"agent", "Tell a server the address of this machine, whenever it changes: the other end of a host. Needs no store.",
         agent_parameters(), plain_command{run_agent}, false,
         "Speaks RFC 2136 with TSIG: to homing, BIND, Knot, PowerDNS. It runs until SIGTERM ends it."},

        {"token add",
         "Make a bearer token for the API, and print it; only its hash is stored.",
         {{"NAME", "", "what to call it: the program or person that gets it"},
          {"--read-only", "", "it changes nothing and sees no secrets", count::optional},
          {"--below", "NAME", "it concerns this name and what is below it only; may be repeated (default: everything)",
           count::any},
          {"--expire", "TIME", "until when it counts: 2027-05-04T15:04:05Z, 2027-05-04, or from now on as 30d (default: never)",
           count::optional},
          {"--json", "", "as one JSON object", count::optional}},
         store_command{token_add},
         false,
         "A token that may change everything can do what this command line can. docs/http-api.md says what the API has."},
        {"token list",
         "List the tokens, and what they may.",
         {{"NAME", "", "only this token", count::optional},
          {"--json", "", "one JSON object per line and token", count::optional}},
         store_command{token_list}},
        {"token remove",
         "Remove a token: from now on it counts for nothing.",
         {{"NAME", "", "the token's name"}},
         store_command{token_remove}},

        {"version", "Print the version.", {}, plain_command{version}},
    };
    return commands;
}

struct group {
    std::string_view name, summary;
};
constexpr std::array groups{group{"zone", "Zones: what this server answers for."},
                            group{"record", "Records: what the zones hold."},
                            group{"key", "TSIG keys: who may change what."},
                            group{"host", "Hosts: names whose addresses move."},
                            group{"secondary", "Secondaries: other servers that follow this one."},
                            group{"token", "Tokens: who may use the API."}};

} // namespace

std::span<command const> all_commands()
{
    return table();
}

parameter const data_option{"--data", "DIR", "the one directory that holds everything (default: /var/lib/homing)",
                            count::optional};
parameter const config_option{"--config", "FILE", "settings to read (default: /etc/homing/homing.toml if it is there)",
                              count::optional};

std::span<parameter const> all_settings()
{
    static std::vector<parameter> const settings = [] {
        std::vector<parameter> all{data_option};
        all.insert(all.end(), serve_parameters().begin(), serve_parameters().end());
        return all;
    }();
    return settings;
}

std::string_view group_summary(std::string_view name) noexcept
{
    for (auto const& g : groups)
        if (g.name == name)
            return g.summary;
    return {};
}

} // namespace homing::server
