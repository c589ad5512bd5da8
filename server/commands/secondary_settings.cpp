#include "server/commands/secondary_settings.hpp"

#include "server/commands/grant_text.hpp"
#include "server/commands/key_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace homing::server {

namespace {

struct words {
    explicit words(primary_access const& a)
        : key{short_name(a.key.key_name)},
          algorithm{dns::to_string(a.key.algorithm)},
          secret{to_base64(a.key.secret)},
          address{a.address},
          catalog{a.catalog},
          port{a.port}
    {
    }
    std::string key, algorithm, secret, address, catalog;
    std::uint16_t port;
};

std::string knot(words const& w)
{
    return fmt::format("# knot.conf (Knot DNS 3.1 or later); then: knotc reload\n"
                       "key:\n  - id: {0}\n    algorithm: {1}\n    secret: {2}\n\n"
                       "remote:\n  - id: homing\n    address: {3}@{4}\n    key: {0}\n\n"
                       "acl:\n  - id: homing-notify\n    address: {3}\n    key: {0}\n    action: notify\n\n"
                       "template:\n  - id: homing-member\n    master: homing\n    acl: homing-notify\n\n"
                       "zone:\n  - domain: {5}\n    master: homing\n    acl: homing-notify\n    catalog-role: interpret\n"
                       "    catalog-template: homing-member\n",
                       w.key, w.algorithm, w.secret, w.address, w.port, w.catalog);
}

std::string bind(words const& w)
{
    return fmt::format("// named.conf (BIND 9.18 or later); then: rndc reconfig\n"
                       "key \"{0}\" {{ algorithm {1}; secret \"{2}\"; }};\n"
                       "primaries \"homing\" {{ {3} port {4} key \"{0}\"; }};\n"
                       "zone \"{5}\" {{ type secondary; primaries {{ \"homing\"; }}; file \"{5}.db\"; allow-query {{ none; }}; }};\n"
                       "// and this inside its options {{ }} (or its view):\n"
                       "//   catalog-zones {{ zone \"{5}\" default-primaries {{ {3} port {4} key \"{0}\"; }}; }};\n",
                       w.key, w.algorithm, w.secret, w.address, w.port, w.catalog);
}

std::string nsd(words const& w)
{
    return fmt::format("# nsd.conf; then: nsd-control reconfig, and for each zone: nsd-control addzone ZONE homing\n"
                       "# (NSD 4.9 and later read the catalog, so that no zone need be named: the last five lines without their #)\n"
                       "key:\n    name: \"{0}\"\n    algorithm: {1}\n    secret: \"{2}\"\n\n"
                       "pattern:\n    name: \"homing\"\n    allow-notify: {3} {0}\n    request-xfr: {3}@{4} {0}\n\n"
                       "#zone:\n#    name: \"{5}\"\n#    catalog: consumer\n#    catalog-member-pattern: \"homing\"\n"
                       "#    include-pattern: \"homing\"\n",
                       w.key, w.algorithm, w.secret, w.address, w.port, w.catalog);
}

std::string homing(words const& w)
{
    std::string const at = w.address.find(':') != std::string::npos ? fmt::format("[{}]:{}", w.address, w.port)
                                                                    : fmt::format("{}:{}", w.address, w.port);
    return fmt::format("homing follow {} --key {}:{}:{} --catalog {}\n", at, w.algorithm, w.key, w.secret, w.catalog);
}

struct entry {
    std::string_view name;
    std::string (*make)(words const&);
};
constexpr std::array servers{entry{"knot", knot}, entry{"bind", bind}, entry{"nsd", nsd}, entry{"homing", homing}};

} // namespace

std::vector<std::string_view> secondary_names()
{
    std::vector<std::string_view> names;
    for (auto const& s : servers)
        names.push_back(s.name);
    return names;
}

std::string stanza_for(std::string_view secondary, primary_access const& access)
{
    auto const at = std::ranges::find_if(servers, [&](entry const& e) { return e.name == secondary; });
    return at->make(words{access});
}

} // namespace homing::server
