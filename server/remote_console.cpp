#include "server/remote_console.hpp"

#include <nlohmann/json.hpp>

#include <sys/stat.h>

#include <algorithm>

namespace homing::server {

namespace {

constexpr std::size_t max_text = 32768; // in one object
constexpr std::chrono::milliseconds between_progress{100};

bool is_regular(int fd) noexcept
{
    struct stat what {};
    return ::fstat(fd, &what) == 0 && S_ISREG(what.st_mode);
}

} // namespace

bool remote_console::out(std::string_view text)
{
    for (; !text.empty(); text.remove_prefix(std::min(text.size(), max_text)))
        if (!channel_.send({{"out", text.substr(0, max_text)}}))
            return false;
    return true;
}

void remote_console::err(std::string_view line)
{
    channel_.send({{"err", line}});
}

void remote_console::progress(std::uint64_t done, std::uint64_t total)
{
    {
        std::lock_guard const lock{mutex_};
        auto const now = std::chrono::steady_clock::now();
        if (now - progress_sent_ < between_progress)
            return;
        progress_sent_ = now;
    }
    channel_.send({{"progress", {done, total}}});
}

void remote_console::end(exit_code code)
{
    channel_.send({{"exit", static_cast<int>(code)}});
}

std::size_t remote_console::file_count() const
{
    std::lock_guard const lock{mutex_};
    return file_count_;
}

std::optional<input_file> remote_console::next_file()
{
    std::lock_guard const lock{mutex_};
    if (files_.empty() && !files_ended_)
        ask_for_files();
    if (files_.empty())
        return std::nullopt;
    input_file next = std::move(files_.front());
    files_.pop_front();
    return next;
}

void remote_console::ask_for_files()
{
    files_ended_ = true;
    if (!channel_.send({{"files", true}}))
        return;
    auto const reply = channel_.receive();
    if (!reply || !reply->contains("files") || !reply->at("files").is_array())
        return;
    file_count_ = reply->value("total", nlohmann::json{}).is_number_unsigned() ? reply->at("total").get<std::size_t>() : 0;
    for (auto const& entry : reply->at("files")) {
        auto file = entry.is_object() ? read_entry(entry) : std::nullopt;
        if (!file)
            return files_.clear();
        files_.push_back(std::move(*file));
    }
    files_ended_ = files_.empty();
}

/// One file of a reply, or nothing if the reply has not its form.
std::optional<input_file> remote_console::read_entry(nlohmann::json const& entry)
{
    auto const text = [&](char const* key) {
        auto const it = entry.find(key);
        return it != entry.end() && it->is_string() ? it->get<std::string>() : std::string{};
    };
    input_file file{text("name"), {}, text("error")};
    if (!file.error.empty())
        return file;
    auto fd = channel_.take_file();
    if (!fd)
        return std::nullopt;
    // Anything else could hold up the thread that reads it.
    if (is_regular(fd->get()))
        file.fd = std::move(*fd);
    else
        file.error = "is not a regular file";
    return file;
}

} // namespace homing::server
