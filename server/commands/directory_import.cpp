#include "server/commands/directory_import.hpp"

#include "dns/presentation.hpp"
#include "server/commands/checked_file.hpp"
#include "server/commands/speech.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <thread>

namespace homing::server {

namespace {

std::size_t size_of(input_file const& file)
{
    struct stat what {};
    return file.fd && ::fstat(file.fd.get(), &what) == 0 ? static_cast<std::size_t>(what.st_size) : 0;
}

} // namespace

exit_code directory_import::run(std::string const& directory)
{
    std::vector<std::jthread> parsers;
    for (unsigned n = std::clamp(std::thread::hardware_concurrency(), 1U, 4U); n > 0; --n)
        parsers.emplace_back([this] { parse_files(); });
    parsers.clear();
    wait_until_all_ended();
    say_what_was_refused();
    show_progress();
    if (warnings_ > max_warnings)
        warn(io_, "{} more warnings; 'homing zone check' shows them file by file", warnings_ - max_warnings);
    if (refused_ != 0)
        fail(io_, "not imported: {} {}, named above", refused_, refused_ == 1 ? "file" : "files");
    else if (imported_ == 0)
        warn(io_, "there is no NAME.zone in {}", directory);
    say(io_, "{} of {} zones imported from {}", imported_, io_.file_count(), directory);
    return refused_ == 0 ? exit_code::done : exit_code::failed;
}

void directory_import::parse_files()
{
    while (auto file = io_.next_file()) {
        std::string const path = file->name;
        try {
            import(std::move(*file));
        } catch (std::exception const& e) { // no memory for this one; others may be smaller
            refuse({path + ": error: " + e.what()});
        }
        say_what_was_refused();
        show_progress();
    }
}

void directory_import::import(input_file file)
{
    std::string const path = file.name;
    std::size_t const octets = size_of(file);
    if (!file.error.empty())
        return refuse({path + ": error: " + file.error});
    auto const origin = dns::name_from_text(std::filesystem::path{path}.stem().string());
    if (!origin)
        return refuse({path + ": error: the file's name is not that of a zone: " + origin.error().message});
    auto checked = read_and_check(std::move(file), *origin);
    mention(checked.warnings);
    if (!checked.zone)
        return refuse(checked.errors);
    submit(path, std::move(*checked.zone), octets);
}

void directory_import::submit(std::string const& file, zone::contents zone, std::size_t octets)
{
    update::request request{update::put_zone{std::move(zone), false}, {"", store_.user, "import"}};
    auto done = [this, file, octets](update::outcome const& o) { ended(file, octets, o); };
    wait_for_room(octets);
    bool taken = false;
    try {
        taken = store_.writer.submit(std::move(request), std::move(done));
    } catch (std::bad_alloc const&) { // then it was not taken
    }
    if (!taken)
        ended(file, octets, update::decline(dns::rcode::servfail, "the server is stopping or has too much to do"));
}

void directory_import::wait_for_room(std::size_t octets)
{
    std::unique_lock lock{mutex_};
    moved_.wait(lock,
                [&] { return zones_ == 0 || (zones_ < max_zones_on_their_way && octets_ + octets <= max_octets_on_their_way); });
    ++zones_;
    octets_ += octets;
}

void directory_import::wait_until_all_ended()
{
    std::unique_lock lock{mutex_};
    moved_.wait(lock, [&] { return zones_ == 0; });
}

void directory_import::ended(std::string const& file, std::size_t octets, update::outcome const& o)
{
    std::lock_guard const lock{mutex_};
    --zones_;
    octets_ -= octets;
    if (o.ok()) {
        ++imported_;
    } else {
        ++refused_;
        to_say_.push_back(file + ": error: " + (o.reason.empty() ? dns::mnemonic(o.rcode) : o.reason));
    }
    // Under the lock: once it is free, run() may return and take the condition with it.
    moved_.notify_all();
}

void directory_import::refuse(std::vector<std::string> const& lines)
{
    for (auto const& line : lines)
        io_.err(line);
    std::lock_guard const lock{mutex_};
    ++refused_;
}

void directory_import::mention(std::vector<std::string> const& warnings)
{
    std::size_t room = 0;
    {
        std::lock_guard const lock{mutex_};
        room = max_warnings - std::min(warnings_, max_warnings);
        warnings_ += warnings.size();
    }
    for (std::size_t i = 0; i < std::min(room, warnings.size()); ++i)
        io_.err(warnings[i]);
}

void directory_import::show_progress()
{
    std::size_t done = 0;
    {
        std::lock_guard const lock{mutex_};
        done = imported_ + refused_;
    }
    io_.progress(done, io_.file_count());
}

void directory_import::say_what_was_refused()
{
    std::deque<std::string> lines;
    {
        std::lock_guard const lock{mutex_};
        lines.swap(to_say_);
    }
    for (auto const& line : lines)
        io_.err(line);
}

} // namespace homing::server
