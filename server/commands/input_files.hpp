// Opens the files that a command names, on the side of the person who gave it.
//
// One thread at a time.
#pragma once

#include "server/commands/console.hpp"

#include <vector>

namespace homing::server {

/// One after the other the files of a command: none, a single one, or every NAME.zone of a directory by name.
class input_files {
public:
    input_files() = default;

    /// `path`: a file; "-" is standard input. What is not a regular file (a pipe) is read to its end here.
    static input_files single(std::string const& path);
    /// Every file in the directory whose name ends in ".zone". If the directory cannot be read: one file, which is that error.
    static input_files zones_in(std::string const& directory);

    std::optional<input_file> next();
    std::size_t count() const noexcept { return opened_.size() + names_.size(); }

private:
    std::vector<input_file> opened_;
    std::string directory_;
    file_descriptor directory_fd_;
    std::vector<std::string> names_;
    std::size_t given_ = 0;
};

} // namespace homing::server
