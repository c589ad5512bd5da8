#include "server/commands/console.hpp"

#include <new>

namespace homing::server {

namespace {

ssize_t write_to_console(void* cookie, char const* text, std::size_t size)
{
    // Zero is how a cookie stream reports an error.
    return static_cast<console*>(cookie)->out({text, size}) ? static_cast<ssize_t>(size) : 0;
}

stream buffered(std::FILE* f)
{
    if (f == nullptr)
        throw std::bad_alloc{};
    std::setvbuf(f, nullptr, _IOFBF, 1U << 16);
    return stream{f};
}

} // namespace

stream open_output(console& to)
{
    cookie_io_functions_t functions{};
    functions.write = &write_to_console;
    return buffered(::fopencookie(&to, "w", functions));
}

stream open_input(input_file& file)
{
    std::FILE* const f = ::fdopen(file.fd.get(), "r");
    if (f != nullptr)
        file.fd.release();
    return buffered(f);
}

} // namespace homing::server
