#include "storage/directory_lock.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace homing::storage {

namespace {

struct flock whole_file(short type) noexcept
{
    struct flock f = {};
    f.l_type = type;
    f.l_whence = SEEK_SET;
    return f;
}

std::string lock_path(std::string const& directory)
{
    return directory + "/lock";
}

dns::failure cannot(std::string const& what, std::string const& directory, int error)
{
    std::string message = "cannot " + what + " " + directory + " (" + std::strerror(error) + ")";
    if (error == ENOENT)
        message += ": create its parent directory, or choose another with --data";
    else if (error == EACCES || error == EPERM || error == EROFS)
        message += ": run homing as a user who may write there, or choose another directory with --data";
    else
        message += ": choose another directory with --data";
    return {std::move(message)};
}

dns::result<void> make_directory(std::string const& directory)
{
    struct stat status = {};
    if (::stat(directory.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return {};
        return dns::failure{directory + " is not a directory: choose another with --data"};
    }
    if (errno != ENOENT)
        return cannot("use", directory, errno);
    // Secrets of keys will be in it.
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        return cannot("create", directory, errno);
    return {};
}

std::string owner_of(int file)
{
    char text[24] = {};
    ssize_t const size = ::pread(file, text, sizeof text - 1, 0);
    std::string const digits{text, std::strspn(text, "0123456789")};
    return size > 0 && !digits.empty() ? " (pid " + digits + ")" : std::string{};
}

void write_owner(int file)
{
    std::string const text = std::to_string(::getpid()) + "\n";
    // For people only: the lock holds without it, on a full disk for example.
    if (::ftruncate(file, 0) == 0) [[maybe_unused]]
        auto const written = ::pwrite(file, text.data(), text.size(), 0);
}

} // namespace

dns::result<directory_lock> directory_lock::take(std::string const& directory)
{
    if (auto made = make_directory(directory); !made)
        return made.error();
    int const file = ::open(lock_path(directory).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return cannot("write in", directory, errno);
    directory_lock lock{file};
    struct flock request = whole_file(F_WRLCK);
    if (::fcntl(file, F_OFD_SETLK, &request) != 0) {
        if (errno != EAGAIN && errno != EACCES)
            return cannot("lock", directory, errno);
        return dns::failure{"another homing" + owner_of(file) + " uses " + directory +
                            ": stop it first, or choose another directory with --data"};
    }
    write_owner(file);
    return lock;
}

bool directory_lock::is_held(std::string const& directory)
{
    int const file = ::open(lock_path(directory).c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    struct flock request = whole_file(F_WRLCK);
    bool const answered = ::fcntl(file, F_OFD_GETLK, &request) == 0;
    ::close(file);
    return answered && request.l_type != F_UNLCK;
}

directory_lock::directory_lock(directory_lock&& other) noexcept : file_{std::exchange(other.file_, -1)} {}

directory_lock::~directory_lock()
{
    if (file_ >= 0)
        ::close(file_);
}

} // namespace homing::storage
