// zone import --all: a directory's zone files, parsed by a few threads and put to the writer many at a time, so that it can
// commit them in large transactions.
//
// Bounded: so many zones, and so many octets of their files, are on their way at once.
#pragma once

#include "server/commands/command.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

namespace homing::server {

class directory_import {
public:
    directory_import(console& io, open_store& store) : io_{io}, store_{store} {}
    ~directory_import() { wait_until_all_ended(); } ///< the writer still has our completions
    directory_import(directory_import const&) = delete;
    directory_import& operator=(directory_import const&) = delete;

    /// Imports what is good, names what is bad. Call once.
    exit_code run(std::string const& directory);

private:
    static constexpr std::size_t max_zones_on_their_way = 4096;
    static constexpr std::size_t max_octets_on_their_way = 64U << 20;
    static constexpr std::size_t max_warnings = 50;

    void parse_files();
    void import(input_file);
    void submit(std::string const& file, zone::contents, std::size_t octets);
    void ended(std::string const& file, std::size_t octets, update::outcome const&);
    void wait_for_room(std::size_t octets);
    void wait_until_all_ended();
    void refuse(std::vector<std::string> const& lines);
    void mention(std::vector<std::string> const& warnings);
    void show_progress();
    void say_what_was_refused();

    console& io_;
    open_store& store_;
    std::mutex mutex_; // guards what follows
    std::condition_variable moved_;
    std::size_t zones_ = 0, octets_ = 0; // on their way
    std::size_t imported_ = 0, refused_ = 0, warnings_ = 0;
    std::deque<std::string> to_say_; // by the writer's thread, which must not wait for a terminal
};

} // namespace homing::server
