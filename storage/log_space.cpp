#include "storage/log_space.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace homing::storage {

namespace {

constexpr std::size_t header_size = 32, frame_size = 24 + 4096;

bool write_zeros(int file, off_t from, off_t to) noexcept
{
    static constexpr std::array<char, 1U << 18>
        zeros{}; // holes would not do: the disk's map of the file would still change later
    while (from < to) {
        auto const rest = static_cast<std::size_t>(to - from);
        ssize_t const n = ::pwrite(file, zeros.data(), std::min(zeros.size(), rest), from);
        if (n <= 0)
            return false;
        from += n;
    }
    return ::fsync(file) == 0;
}

} // namespace

void reserve_log(std::string const& path, std::size_t pages) noexcept
{
    int const file = ::open((path + "-wal").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat now = {};
    if (file >= 0 && ::fstat(file, &now) == 0) {
        bool const has_room = write_zeros(file, now.st_size, static_cast<off_t>(header_size + pages * frame_size));
        if (!has_room && ::ftruncate(file, now.st_size) != 0) {
            // It stays as long as it has become: zeros are not read.
        }
    }
    if (file >= 0)
        ::close(file);
}

} // namespace homing::storage
