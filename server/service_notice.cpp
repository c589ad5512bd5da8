#include "server/service_notice.hpp"

#include "server/file_descriptor.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace homing::server {

void tell_supervisor(char const* state) noexcept
{
    char const* const path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un to{};
    std::size_t const size = path != nullptr ? std::strlen(path) : 0;
    if (size == 0 || size >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, path, size);
    if (path[0] == '@') // the abstract namespace (unix(7))
        to.sun_path[0] = '\0';
    file_descriptor const socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (socket)
        ::sendto(socket.get(), state, std::strlen(state), MSG_NOSIGNAL, reinterpret_cast<sockaddr const*>(&to),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size));
}

bool is_journal(int descriptor) noexcept
{
    char const* const stream = std::getenv("JOURNAL_STREAM");
    unsigned long long device = 0, inode = 0;
    struct stat status {};
    return stream != nullptr && std::sscanf(stream, "%llu:%llu", &device, &inode) == 2 && ::fstat(descriptor, &status) == 0 &&
           status.st_dev == device && status.st_ino == inode;
}

} // namespace homing::server
