// The right to be the only process that works in a data directory.
//
// Held from construction to destruction by an open file description lock on the file `lock` in it, which holds the owner's process id for
// others to name. The kernel gives it up when the process ends, however it ends. The file stays.
#pragma once

#include "dns/result.hpp"

#include <string>

namespace homing::storage {

class directory_lock {
public:
    /// Creates the directory (mode 0700) if its parent is there.
    static dns::result<directory_lock> take(std::string const& directory);
    /// Some process holds it. Any thread.
    static bool is_held(std::string const& directory);

    directory_lock(directory_lock&& other) noexcept;
    directory_lock& operator=(directory_lock&&) = delete;
    ~directory_lock();

private:
    explicit directory_lock(int file) noexcept : file_{file} {}
    int file_;
};

} // namespace homing::storage
