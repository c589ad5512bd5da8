#include "server/commands/input_files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <dirent.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace homing::server {

namespace {

constexpr std::string_view zone_suffix = ".zone";

input_file failed(std::string name)
{
    int const why = errno;
    return {std::move(name), {}, std::string{"cannot be read: "} + std::strerror(why)};
}

bool write_all(int fd, char const* data, std::size_t size)
{
    while (size > 0) {
        ssize_t const n = ::write(fd, data, size);
        if (n < 0 && errno != EINTR)
            return false;
        data += std::max<ssize_t>(n, 0);
        size -= static_cast<std::size_t>(std::max<ssize_t>(n, 0));
    }
    return true;
}

bool copy_all(int from, int to)
{
    std::array<char, 65536> buffer;
    for (;;) {
        ssize_t const n = ::read(from, buffer.data(), buffer.size());
        if (n == 0)
            return true;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || !write_all(to, buffer.data(), static_cast<std::size_t>(n)))
            return false;
    }
}

/// A pipe as a file in memory: what reads it later can neither be stalled by its writer, nor needs to be on this side.
input_file in_memory(std::string name, file_descriptor pipe)
{
    file_descriptor memory{::memfd_create("homing-input", MFD_CLOEXEC)};
    if (!memory || !copy_all(pipe.get(), memory.get()) || ::lseek(memory.get(), 0, SEEK_SET) != 0)
        return failed(std::move(name));
    return {std::move(name), std::move(memory), {}};
}

input_file checked(std::string name, file_descriptor fd)
{
    struct stat what {};
    if (!fd || ::fstat(fd.get(), &what) != 0)
        return failed(std::move(name));
    if (S_ISDIR(what.st_mode)) {
        errno = EISDIR;
        return failed(std::move(name));
    }
    if (!S_ISREG(what.st_mode))
        return in_memory(std::move(name), std::move(fd));
    return {std::move(name), std::move(fd), {}};
}

bool is_zone_file_name(std::string_view name)
{
    return name.size() > zone_suffix.size() && name.ends_with(zone_suffix);
}

/// False with errno if the directory cannot be read.
bool list_zone_files(int directory, std::vector<std::string>& names)
{
    int const copy = ::fcntl(directory, F_DUPFD_CLOEXEC, 0);
    DIR* const d = copy < 0 ? nullptr : ::fdopendir(copy);
    if (d == nullptr)
        return false;
    errno = 0;
    while (dirent const* e = ::readdir(d))
        if (is_zone_file_name(e->d_name))
            names.emplace_back(e->d_name);
    bool const complete = errno == 0;
    ::closedir(d);
    std::sort(names.begin(), names.end());
    return complete;
}

} // namespace

input_files input_files::single(std::string const& path)
{
    input_files files;
    if (path == "-")
        files.opened_.push_back(checked("standard input", file_descriptor{::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)}));
    else
        files.opened_.push_back(checked(path, file_descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC)}));
    return files;
}

input_files input_files::zones_in(std::string const& directory)
{
    input_files files;
    files.directory_ = directory;
    files.directory_fd_ = file_descriptor{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!files.directory_fd_ || !list_zone_files(files.directory_fd_.get(), files.names_)) {
        files.names_.clear();
        files.opened_.push_back(failed(directory));
    }
    return files;
}

std::optional<input_file> input_files::next()
{
    if (given_ >= count())
        return std::nullopt;
    std::size_t const i = given_++;
    if (i < opened_.size())
        return std::move(opened_[i]);
    std::string const& name = names_[i - opened_.size()];
    // Without O_NONBLOCK a FIFO of that name would hold everything up.
    return checked(directory_ + "/" + name,
                   file_descriptor{::openat(directory_fd_.get(), name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)});
}

} // namespace homing::server
