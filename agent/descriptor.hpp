// A file descriptor that closes itself.
#pragma once

#include <unistd.h>

#include <utility>

namespace homing::agent {

class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int fd) noexcept : fd_{fd} {}
    descriptor(descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    descriptor& operator=(descriptor&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~descriptor()
    {
        if (fd_ >= 0)
            ::close(fd_);
    }

    int get() const noexcept { return fd_; } ///< -1: none
    explicit operator bool() const noexcept { return fd_ >= 0; }
    void close() noexcept { descriptor{std::move(*this)}; }

private:
    int fd_ = -1;
};

} // namespace homing::agent
