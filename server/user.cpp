#include "server/user.hpp"

#include <cerrno>
#include <vector>

#include <pwd.h>

namespace homing::server {

std::string to_user(uid_t user)
{
    std::vector<char> text(1024);
    passwd entry{};
    passwd* found = nullptr;
    while (::getpwuid_r(user, &entry, text.data(), text.size(), &found) == ERANGE && text.size() < (1U << 20))
        text.resize(text.size() * 2);
    return "user:" + (found != nullptr ? std::string{found->pw_name} : std::to_string(user));
}

} // namespace homing::server
