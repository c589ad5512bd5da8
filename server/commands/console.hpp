// What a command sees of the person who gave it: the text it prints, the progress it shows and the files it was given.
//
// Two kinds: the terminal of this process (terminal.hpp), and one at the other end of a control connection (control_server.cpp), so
// that the same commands run in both. All functions are safe to call from several threads at once.
#pragma once

#include "server/file_descriptor.hpp"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace homing::server {

/// A file named on the command line, or in a directory named there: open for reading and regular, or an error that says why not.
struct input_file {
    std::string name; ///< as the person knows it
    file_descriptor fd;
    std::string error; ///< empty if fd is open
};

/// Why a command failed, for who wants to tell without reading sentences.
enum class fault : std::uint8_t { unknown, not_found, refused, unavailable };

class console {
public:
    virtual ~console() = default;

    /// Standard output. False if nobody takes it any more.
    virtual bool out(std::string_view text) = 0;
    /// A line for standard error, without its line end.
    virtual void err(std::string_view line) = 0;
    /// Shows how far a long work is; `total` 0: unknown. May be called often.
    virtual void progress(std::uint64_t done, std::uint64_t total) = 0;

    /// Why the command is about to fail, beside the sentence for `err`.
    virtual void note(fault) {}

    /// False once nobody is there to take what is printed. For long work that prints little.
    virtual bool is_heard() { return true; }

    /// The next of the files that the command was given, in order.
    virtual std::optional<input_file> next_file() = 0;
    /// How many there are in all; known once next_file was called.
    virtual std::size_t file_count() const = 0;
};

struct close_stream {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
};
using stream = std::unique_ptr<std::FILE, close_stream>;

/// A stream whose text goes to console.out. Flush it and ask ferror before it closes.
stream open_output(console&);
/// A stream that reads the file, which it takes over. Precondition: the file is open.
stream open_input(input_file&);

} // namespace homing::server
