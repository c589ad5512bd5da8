// An open file descriptor that closes itself. One thread at a time.
#pragma once

#include <unistd.h>

#include <utility>

namespace homing::server {

class file_descriptor {
public:
    file_descriptor() noexcept = default;
    /// Takes over `fd`; negative for none.
    explicit file_descriptor(int fd) noexcept : fd_{fd} {}
    ~file_descriptor() { reset(); }
    file_descriptor(file_descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    file_descriptor& operator=(file_descriptor&& other) noexcept
    {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }

    explicit operator bool() const noexcept { return fd_ >= 0; }
    int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset() noexcept
    {
        if (fd_ >= 0)
            ::close(std::exchange(fd_, -1));
    }

private:
    int fd_ = -1;
};

} // namespace homing::server
