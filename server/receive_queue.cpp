#include "server/receive_queue.hpp"

#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <array>

namespace homing::server {

receive_queue read_receive_queue(int socket) noexcept
{
    std::array<std::uint32_t, SK_MEMINFO_VARS> values{};
    socklen_t size = sizeof values;
    if (::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, values.data(), &size) != 0)
        return {};
    return {values[SK_MEMINFO_DROPS], values[SK_MEMINFO_RMEM_ALLOC], values[SK_MEMINFO_RCVBUF]};
}

} // namespace homing::server
