// version: what this is and what it is made of.
#include "server/commands/commands.hpp"
#include "server/commands/speech.hpp"

#include <boost/version.hpp>
#include <openssl/crypto.h>

namespace homing::server {

exit_code version(console& io, arguments const&, std::string const&)
{
    say(io, "homing {}", HOMING_VERSION);
    say(io, "with Boost {}.{}.{}, fmt {}.{}.{}, {}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100,
        FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100, OpenSSL_version(OPENSSL_VERSION));
    return exit_code::done;
}

} // namespace homing::server
