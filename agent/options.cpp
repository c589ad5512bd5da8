#include "agent/options.hpp"

#include "dns/presentation.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace homing::agent {

namespace {

constexpr option all_options[] = {
    {"--host", "NAME", "the host whose address is told, as home.example.com"},
    {"--key-file", "FILE", "its key: as nsupdate reads it, a line ALGORITHM:NAME:SECRET, or a token; only you may read the file"},
    {"--join", "TOKEN", "what 'homing host add' printed: server, host and key in one"},
    {"--server", "ADDR[:PORT]", "where to tell it, an address or a name; may be repeated (default: the zone's primary server)",
     true},
    {"--interface", "IF", "only addresses of this interface"},
    {"--prefix", "PREFIX", "only addresses in it, as 2001:db8::/32; may be repeated, for each family", true},
    {"--site", "", "private addresses and ULA, too, where there is no global one"},
    {"--ask", "", "behind a NAT: ask the server (homing) which address this is"},
    {"--interval", "TIME", "between questions with --ask (default: 60s)"},
    {"--ipv4", "", "only the IPv4 address (both: IPv4 and IPv6, the default)"},
    {"--ipv6", "", "only the IPv6 address"},
    {"--remove-lost", "", "remove the addresses of a family that this machine has no more"},
    {"--refresh", "TIME", "tell it again after so long, for a host with a lease (default: as the token says, else never)"},
    {"--ttl", "TIME", "of the addresses (default: as the token says, else 60s)"},
    {"--state", "FILE", "where to remember when it was told last, for --refresh"},
    {"--once", "", "tell it and end: exit code 0 if the server has it, 1 if not within a minute"},
};

option const* find(std::string_view name) noexcept
{
    auto const found =
        std::find_if(std::begin(all_options), std::end(all_options), [&](option const& o) { return o.name == name; });
    return found != std::end(all_options) ? found : nullptr;
}

/// One reading of what was given.
class reading {
public:
    explicit reading(given_options const& given) : given_{given} {}

    std::variant<settings, fault> everything(std::string const& resolv_conf)
    {
        if (!credentials() || !host() || !servers() || !rules() || !times())
            return fault{std::move(why_)};
        made_.is_wanted[0] = has("--ipv4") || !has("--ipv6");
        made_.is_wanted[1] = has("--ipv6") || !has("--ipv4");
        made_.asks = has("--ask");
        made_.removes_lost = has("--remove-lost");
        made_.once = has("--once");
        made_.state_file = one("--state");
        made_.resolvers = [resolv_conf] { return read_resolvers(text_of(resolv_conf)); };
        return std::move(made_);
    }

private:
    bool has(std::string_view name) const { return given_.find(name) != given_.end(); }
    std::string one(std::string_view name) const
    {
        auto const found = given_.find(name);
        return found != given_.end() && !found->second.empty() ? found->second.front() : std::string{};
    }
    std::vector<std::string> all(std::string_view name) const
    {
        auto const found = given_.find(name);
        return found != given_.end() ? found->second : std::vector<std::string>{};
    }
    bool wrong(std::string why)
    {
        why_ = std::move(why);
        return false;
    }

    bool take(std::variant<agent::credentials, fault> read, std::string const& where)
    {
        if (auto* const f = std::get_if<fault>(&read))
            return wrong(where + ": " + f->why);
        found_ = std::get<agent::credentials>(std::move(read));
        return true;
    }

    bool credentials()
    {
        if (has("--join") && has("--key-file"))
            return wrong("either --join or --key-file");
        if (has("--join"))
            return take(read_token(one("--join")), "--join");
        if (!has("--key-file"))
            return wrong("without a key nothing can be told: --join TOKEN, or --key-file FILE");
        auto text = read_private_file(one("--key-file"));
        if (auto* const f = std::get_if<fault>(&text))
            return wrong(std::move(f->why));
        return take(read_credentials(std::get<std::string>(text)), one("--key-file"));
    }

    bool host()
    {
        auto const text = has("--host") ? one("--host") : found_.host;
        auto const name = dns::name::from_text(text);
        if (text.empty())
            return wrong("whose address is to be told? --host NAME");
        if (!name || name->view().is_root())
            return wrong("--host " + text + ": not a domain name");
        made_.host = *name;
        auto& key = found_.key;
        made_.key = std::make_shared<dns::tsig_key>(key.key_name, key.algorithm, std::move(key.secret));
        return true;
    }

    /// An address, or a name with or without a port.
    bool server(std::string const& text)
    {
        if (auto const address = endpoint::from_text(text)) {
            made_.servers.push_back(*address);
            return true;
        }
        auto const colon = text.rfind(':');
        auto const name = dns::name::from_text(std::string_view{text}.substr(0, colon));
        auto const port =
            colon == text.npos ? std::optional<std::uint16_t>{53} : port_from_text(std::string_view{text}.substr(colon + 1));
        if (!name || name->view().is_root() || !port || text.find_first_of("[] ") != text.npos)
            return wrong("--server " + text +
                         ": an address or a name, with or without a port, as 192.0.2.1, [2001:db8::1]:53 or ns1.example.com");
        if (made_.server_name)
            return wrong("--server: only one can be given by name");
        made_.server_name = *name;
        made_.server_port = *port;
        return true;
    }

    bool servers()
    {
        auto given = all("--server");
        if (given.empty() && !found_.server.empty())
            given.push_back(found_.server);
        if (given.size() > 4)
            return wrong("--server: at most four");
        if (!std::all_of(given.begin(), given.end(), [this](auto const& text) { return server(text); }))
            return false;
        return !made_.server_name || made_.servers.empty() || wrong("--server: either addresses or a name");
    }

    bool rules()
    {
        made_.interface = one("--interface");
        made_.rules.site_too = has("--site");
        for (auto const& text : all("--prefix")) {
            auto const prefix = ip_prefix::from_text(text);
            if (!prefix)
                return wrong("--prefix " + text + ": not a prefix, as 203.0.113.0/24 or 2001:db8::/32");
            made_.rules.prefixes.push_back(*prefix);
        }
        return true;
    }

    bool time(std::string_view name, std::uint32_t usual, std::uint32_t least, std::uint32_t& out)
    {
        auto const text = one(name);
        auto const seconds = has(name) ? dns::ttl_from_text(text) : std::optional{usual};
        if (!seconds || *seconds < least)
            return wrong(std::string{name} + ' ' + text + ": seconds, or units as in 90s, 1h30m or 10d; at least " +
                         std::to_string(least) + "s");
        out = *seconds;
        return true;
    }

    bool times()
    {
        std::uint32_t interval = 0, refresh = 0;
        if (!time("--ttl", found_.ttl != 0 ? found_.ttl : 60, 0, made_.ttl) || !time("--interval", 60, 1, interval) ||
            !time("--refresh", found_.refresh, has("--refresh") ? 1 : 0, refresh))
            return false;
        made_.interval = std::chrono::seconds{interval};
        made_.refresh = std::chrono::seconds{refresh};
        return true;
    }

    static std::string text_of(std::string const& path)
    {
        std::string text;
        if (std::FILE* const f = std::fopen(path.c_str(), "re")) {
            text.resize(65536);
            text.resize(std::fread(text.data(), 1, text.size(), f));
            std::fclose(f);
        }
        return text;
    }

    given_options const& given_;
    settings made_;
    agent::credentials found_;
    std::string why_;
};

} // namespace

std::span<option const> options() noexcept
{
    return all_options;
}

std::variant<given_options, fault> read_words(std::span<std::string const> words)
{
    given_options given;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string const& word = words[i];
        auto const equals = word.find('=');
        std::string const name = word.substr(0, equals);
        option const* const o = find(name);
        if (o == nullptr)
            return fault{"there is no option '" + name + "'"};
        bool const is_flag = o->value.empty(), has_value = equals != word.npos;
        if (is_flag && has_value)
            return fault{name + " takes no value"};
        if (!is_flag && !has_value && i + 1 == words.size())
            return fault{name + " wants a value: " + std::string{o->value}};
        auto& values = given[name];
        if (!values.empty() && !o->may_repeat && !is_flag)
            return fault{name + " was given twice"};
        values.push_back(is_flag ? std::string{} : has_value ? word.substr(equals + 1) : words[++i]);
    }
    return given;
}

std::variant<settings, fault> read_settings(given_options const& given, std::string const& resolv_conf)
{
    return reading{given}.everything(resolv_conf);
}

std::vector<endpoint> read_resolvers(std::string_view text)
{
    constexpr std::size_t most = 3; // as resolv.conf(5) has it
    constexpr std::string_view blanks = " \t\r";
    std::vector<endpoint> found;
    while (!text.empty() && found.size() < most) {
        auto const end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!line.starts_with("nameserver"))
            continue;
        line.remove_prefix(std::string_view{"nameserver"}.size());
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        if (auto const address = ip_address::from_text(line.substr(0, line.find_first_of(blanks))))
            found.push_back({*address, 53});
    }
    if (found.empty())
        found.push_back({*ip_address::from_text("127.0.0.1"), 53});
    return found;
}

} // namespace homing::agent
