// The commands' functions, as command.hpp describes them; table.cpp says what each takes.
#pragma once

#include "server/commands/command.hpp"

namespace homing::server {

exit_code serve(console&, arguments const&, std::string const& directory);
exit_code run_agent(console&, arguments const&, std::string const& directory);
exit_code version(console&, arguments const&, std::string const& directory);
exit_code configuration(console&, arguments const&, std::string const& directory);
exit_code doctor(console&, arguments const&, std::string const& directory);
exit_code doctor_zones(console&, arguments const&, open_store&);
exit_code healthcheck(console&, arguments const&, std::string const& directory);
exit_code status(console&, arguments const&, server const&);

exit_code welcome(console&, arguments const&, open_store&);

exit_code zone_add(console&, arguments const&, open_store&);
exit_code zone_import(console&, arguments const&, open_store&);
exit_code zone_export(console&, arguments const&, open_store&);
exit_code zone_check(console&, arguments const&, std::string const& directory);
exit_code zone_list(console&, arguments const&, open_store&);
exit_code zone_remove(console&, arguments const&, open_store&);

exit_code zone_show(console&, arguments const&, open_store&);
exit_code follow(console&, arguments const&, open_store&);
exit_code unfollow(console&, arguments const&, open_store&);

exit_code record_list(console&, arguments const&, open_store&);
exit_code record_set(console&, arguments const&, open_store&);
exit_code record_delete(console&, arguments const&, open_store&);

exit_code diff(console&, arguments const&, open_store&);
exit_code history(console&, arguments const&, open_store&);

exit_code undo(console&, arguments const&, open_store&);

exit_code host_add(console&, arguments const&, open_store&);
exit_code host_list(console&, arguments const&, open_store&);
exit_code host_show(console&, arguments const&, open_store&);
exit_code host_set(console&, arguments const&, open_store&);
exit_code host_remove(console&, arguments const&, open_store&);
exit_code host_rotate(console&, arguments const&, open_store&);

exit_code token_add(console&, arguments const&, open_store&);
exit_code token_list(console&, arguments const&, open_store&);
exit_code token_remove(console&, arguments const&, open_store&);

exit_code key_add(console&, arguments const&, open_store&);
exit_code key_list(console&, arguments const&, open_store&);
exit_code key_show(console&, arguments const&, open_store&);
exit_code key_remove(console&, arguments const&, open_store&);
exit_code key_grant(console&, arguments const&, open_store&);
exit_code key_revoke(console&, arguments const&, open_store&);
exit_code key_rotate(console&, arguments const&, open_store&);
exit_code key_disable(console&, arguments const&, open_store&);
exit_code key_enable(console&, arguments const&, open_store&);
exit_code key_expire(console&, arguments const&, open_store&);

exit_code secondary_add(console&, arguments const&, open_store&);
exit_code secondary_list(console&, arguments const&, open_store&);
exit_code secondary_show(console&, arguments const&, open_store&);
exit_code secondary_remove(console&, arguments const&, open_store&);

exit_code explain(console&, arguments const&, open_store&);
exit_code who(console&, arguments const&, open_store&);

} // namespace homing::server
