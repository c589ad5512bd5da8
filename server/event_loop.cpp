#include "server/event_loop.hpp"

#include "server/log.hpp"

#include <exception>

namespace homing::server {

void run_to_the_end(event_loop& io)
{
    for (;;) {
        try {
            io.run();
            return;
        } catch (std::exception const& e) {
            log_error(e.what());
        }
    }
}

} // namespace homing::server
