// What an agent is told to do. A plain value.
#pragma once

#include "agent/address_choice.hpp"
#include "agent/ip_address.hpp"
#include "dns/tsig.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace homing::agent {

struct settings {
    dns::name host;
    std::shared_ptr<dns::tsig_key const> key;
    std::vector<endpoint> servers;        ///< those given by address
    std::optional<dns::name> server_name; ///< given by name; without either it is found by the zone's SOA
    std::uint16_t server_port = 53;
    std::function<std::vector<endpoint>()> resolvers; ///< that names are looked up with, as they are now
    std::uint32_t ttl = 60;                           ///< of the addresses

    bool is_wanted[2] = {true, true};  ///< by index_of(address_family)
    bool asks = false;                 ///< the server for the address, because this machine does not have it
    std::string interface;             ///< empty: any
    choice_rules rules;                ///< without the interface, whose number is not known yet
    std::chrono::seconds interval{60}; ///< between questions
    std::chrono::seconds refresh{0};   ///< after which what was said is said again; 0: never
    bool removes_lost = false;         ///< addresses of a family that this machine has no more
    bool once = false;
    std::string state_file; ///< empty: none
};

} // namespace homing::agent
