#include "agent/memory_file.hpp"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace homing::agent {

namespace {

constexpr std::string_view first_word = "homing-agent-1";
constexpr std::size_t most_octets = 4096;

/// The next word up to a blank or the end of the line.
std::string_view next_word(std::string_view& text) noexcept
{
    auto const size = std::min(text.find_first_of(" \n"), text.size());
    auto const word = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    return word;
}

std::string last_error(std::string const& path)
{
    return path + ": " + std::strerror(errno);
}

/// False with errno.
bool write_file(std::string const& path, std::string_view text) noexcept
{
    int const fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool const is_written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
    return ::close(fd) == 0 && is_written;
}

} // namespace

std::optional<std::uint64_t> read_memory(std::string_view text, dns::name_view host)
{
    if (next_word(text) != first_word)
        return {};
    auto const name = dns::name::from_text(next_word(text));
    auto const time = next_word(text);
    std::uint64_t confirmed = 0;
    auto const [end, error] = std::from_chars(time.data(), time.data() + time.size(), confirmed);
    if (!name || !(*name == host) || error != std::errc{} || end != time.data() + time.size() || !text.empty())
        return {};
    return confirmed;
}

std::string to_memory(std::uint64_t confirmed, dns::name_view host)
{
    return std::string{first_word} + ' ' + host.to_string() + ' ' + std::to_string(confirmed) + '\n';
}

std::optional<std::uint64_t> load_memory(std::string const& path, dns::name_view host)
{
    std::FILE* const f = std::fopen(path.c_str(), "re");
    if (f == nullptr)
        return {};
    std::string text(most_octets, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), f));
    std::fclose(f);
    return read_memory(text, host);
}

std::string store_memory(std::string const& path, std::uint64_t confirmed, dns::name_view host)
{
    std::string const fresh = path + ".new";
    if (!write_file(fresh, to_memory(confirmed, host)))
        return last_error(fresh);
    return ::rename(fresh.c_str(), path.c_str()) == 0 ? std::string{} : last_error(path);
}

} // namespace homing::agent
