// welcome: says again what the first start said.
#include "server/commands/welcome.hpp"

#include "dns/presentation.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/grant_text.hpp"
#include "server/commands/key_text.hpp"
#include "server/commands/speech.hpp"

namespace homing::server {

namespace {

void add_addresses(delegated_server& server, zone::zone_version const& zone, dns::rr_type type)
{
    if (!server.host.view().is_subdomain_of(zone.apex()))
        return;
    if (auto const* const node = zone.find(server.host))
        node->find(type).for_each([&](dns::rdata_view rdata) { server.addresses.emplace_back(rdata.begin(), rdata.end()); });
}

std::string registrar_lines(zone::zone_version const& zone)
{
    std::string text;
    for (auto const& s : servers_of(zone)) {
        text += fmt::format("     {}", s.host.to_string());
        for (auto const& address : s.addresses)
            text += ' ' + address_text(address);
        text += '\n';
    }
    return text;
}

std::string key_lines(update::key_ring const& keys, told_to whom)
{
    auto const* const key = keys.find(admin_key_name());
    if (key == nullptr)
        return "     There is no key 'admin' here; 'homing key list' shows those there are.\n";
    if (whom == told_to::journal)
        return "     homing key show admin\n"
               "   prints it. It does not stand here, where it would stay, for everybody who may read the journal.\n";
    return fmt::format("     {}\n   as nsupdate -y and dig -y take it. 'homing key show admin' prints it as a file.\n",
                       to_key_line(key->record()));
}

} // namespace

dns::name admin_key_name()
{
    return *dns::name::from_text("admin");
}

std::vector<delegated_server> servers_of(zone::zone_version const& zone)
{
    std::vector<delegated_server> servers;
    zone.apex_node().find(dns::rr_type::ns).for_each([&](dns::rdata_view rdata) {
        delegated_server server{dns::name{*dns::name_view::parse(rdata)}, {}};
        add_addresses(server, zone, dns::rr_type::a);
        add_addresses(server, zone, dns::rr_type::aaaa);
        servers.push_back(std::move(server));
    });
    return servers;
}

std::string address_text(std::vector<std::uint8_t> const& address)
{
    return dns::to_text(address.size() == 4 ? dns::rr_type::a : dns::rr_type::aaaa, address);
}

std::string welcome_text(zone::zone_version const& zone, update::key_ring const& keys, told_to whom)
{
    std::string const name = short_name(zone.apex());
    return fmt::format("{0} is served, with serial {1}.\n\n"
                       "1. Tell your registrar that these are its name servers, with their addresses (\"glue\"):\n{2}"
                       "   Until it has told the world, nobody finds the zone. 'homing doctor' says how far that is.\n"
                       "2. The admin's key, which may change everything here; keep it secret:\n{3}"
                       "3. A first host whose address moves, with settings to paste for its router or computer:\n"
                       "     homing host add home.{0}\n\n"
                       "'homing welcome' prints this again.\n",
                       name, zone.serial(), registrar_lines(zone), key_lines(keys, whom));
}

exit_code welcome(console& io, arguments const& given, open_store& store)
{
    std::optional<dns::name> wanted;
    if (given.has("ZONE") && !(wanted = read_name(io, given, "ZONE")))
        return exit_code::misused;
    zone::versions::reader reader{store.versions};
    zone::versions::reading const now{reader};
    if (now->zone_count() == 0)
        return fail(io, "there is no zone here yet: 'homing zone add ORIGIN --ns ns1.ORIGIN=ADDRESS' adds one");
    zone::zone_version const* zone = wanted ? now->find(*wanted) : nullptr;
    if (wanted && zone == nullptr)
        return no_such_zone(io, *wanted);
    if (!wanted && now->zone_count() > 1)
        return reject(io, "there are {} zones here: 'homing welcome ZONE' says it of one", now->zone_count());
    if (!wanted)
        now->for_each([&](zone::zone_version const& z) { zone = &z; });
    return io.out(welcome_text(*zone, *store.writer.keys(), told_to::person)) ? exit_code::done : exit_code::failed;
}

} // namespace homing::server
