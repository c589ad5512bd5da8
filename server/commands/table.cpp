// Every command: its words, its help, its function.
#include "server/commands/commands.hpp"

#include <array>

namespace homing::server {

namespace {

using count = parameter::count;
using kind = parameter::kind;

constexpr parameter origin{"ORIGIN", "", "the zone's name, as example.com"};
constexpr parameter key_name{"NAME", "", "the key's name"};

std::vector<command> const& table()
{
    static std::vector<command> const commands{
        {"serve",
         "Run the server in the foreground; SIGTERM stops it.",
         {{"--listen", "ADDR:PORT", "where to answer, over UDP and TCP; may be repeated (default: port 53 of all addresses)",
           count::any},
          {"--workers", "N", "worker threads (default: one per core)", count::optional}},
         plain_command{serve}},

        {"status",
         "Say what the running server is doing: zones, memory, and all that it counts.",
         {{"--per-worker", "", "each worker's counters beside the sums", count::optional},
          {"--json", "", "as one JSON object", count::optional}},
         server_command{status}},

        {"zone add",
         "Add a zone with a SOA and its name servers.",
         {origin,
          {"--ns", "NAME[=ADDR]", "a name server, with its address if it is in the zone; may be repeated (default: ns1.ORIGIN)",
           count::any},
          {"--contact", "MAILBOX", "who is responsible, as admin@example.com (default: hostmaster@ORIGIN)", count::optional}},
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
        {"zone list", "List the zones with their serials and how many names they have.", {}, store_command{zone_list}},
        {"zone remove", "Remove a zone with all it holds.", {origin}, store_command{zone_remove}},

        {"record list",
         "List the records of a zone, or of one name in it.",
         {{"ZONE", "", "the zone's name"}, {"NAME", "", "a name in it, in full", count::optional}},
         store_command{record_list}},
        {"record set",
         "Give a name these records of a type, in the place of those it has.",
         {{"NAME", "", "the name, in full"},
          {"TTL", "", "seconds, or units as in 1h30m"},
          {"TYPE", "", "A, AAAA, CNAME, MX, TXT, ..."},
          {"RDATA", "", "the data as in a zone file, names in full", count::at_least_one}},
         store_command{record_set},
         false,
         "Several words are several records if each alone is one (192.0.2.1 192.0.2.2), otherwise one record\n"
         "(10 mail.example.com). Quote each record to set several of many words: \"10 a.example.com\" \"20 b.example.com\".\n"
         "A word of a TXT record is one string, spaces included. Words that start with - come after --."},
        {"record delete",
         "Delete the records of a type at a name, or all of them.",
         {{"NAME", "", "the name, in full"}, {"TYPE", "", "only this type", count::optional}},
         store_command{record_delete}},

        {"history",
         "Say what was changed, when, by whom and from where; the newest change comes first.",
         {{"NAME", "", "a zone, for its changes, or a name in one, for what touched it (default: everything)", count::optional},
          {"--below", "", "also the names below NAME, in whichever zone", count::optional},
          {"--key", "NAME", "only changes that this key signed", count::optional},
          {"--since", "TIME", "only since then: 2026-05-04T15:04:05Z, 2026-05-04 (in UTC), or how long ago: 30m, 2h, 7d",
           count::optional},
          {"--limit", "N", "at most so many changes, or all (default: 20; all with --since or --json)", count::optional},
          {"--change", "N", "only this change, whole", count::optional},
          {"--full", "", "all records of changes that have many", count::optional},
          {"--json", "", "one JSON object per line and change, with all its records", count::optional}},
         store_command{history},
         false,
         "- is before what left, + before what came. The serial's own change is not shown. 'homing undo N' takes change N back."},

        {"key add",
         "Add a TSIG key and print it as nsupdate -k and -y take it.",
         {key_name,
          {"--algorithm", "A", "hmac-sha256 (default), -sha224, -sha384, -sha512, -sha1, -md5", count::optional},
          {"--secret", "BASE64", "the secret (default: a random one)", count::optional},
          {"--grant", "ZONE-OR-NAME",
           "may update this name and all below it, and transfer its zones; * is everything; may be repeated", count::any}},
         store_command{key_add},
         true},
        {"key list", "List the keys with their algorithms and grants.", {}, store_command{key_list}},
        {"key show", "Print a key, its secret included, as nsupdate -k and -y take it.", {key_name}, store_command{key_show}},
        {"key remove", "Remove a key; what it signs is refused from now on.", {key_name}, store_command{key_remove}},

        {"version", "Print the version.", {}, plain_command{version}},
    };
    return commands;
}

struct group {
    std::string_view name, summary;
};
constexpr std::array groups{group{"zone", "Zones: what this server answers for."},
                            group{"record", "Records: what the zones hold."}, group{"key", "TSIG keys: who may change what."}};

} // namespace

std::span<command const> all_commands()
{
    return table();
}

std::string_view group_summary(std::string_view name) noexcept
{
    for (auto const& g : groups)
        if (g.name == name)
            return g.summary;
    return {};
}

} // namespace homing::server
