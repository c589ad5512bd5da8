// When each key was last used, gathered from those who see it used, for whoever asks and for the store.
//
// Those who see it (workers) keep their own notes, which are asked for here: a use costs no line of memory that threads share, and no write of
// the disk. Bounded by the number of keys. Any thread, but for add_source.
#pragma once

#include "storage/store.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace homing::update {

struct noted_use {
    std::string key; ///< its name's octets, in lower case
    storage::key_use use;
    std::int64_t order = 0; ///< what is noted later has a greater one, in whichever thread
};

/// A key's name as noted_use has it.
std::string to_use_name(dns::name_view key_name);
/// What stores it. Borrows it.
storage::operation to_operation(noted_use const&) noexcept;

class key_uses {
public:
    /// Appends what it has noted since the last call. Called from any thread, one at a time.
    using source = std::function<void(std::vector<noted_use>&)>;

    /// Before anybody else calls.
    void add_source(source);

    /// The latest use since this homing started; nothing if there was none.
    std::optional<storage::key_use> find(dns::name_view key_name);
    /// What was noted of this key is about another one.
    void forget(dns::name_view key_name);

    /// Takes in what there is. Returns whether something is unsaved.
    bool collect();
    /// At most so many that were not handed out since they were noted.
    std::vector<noted_use> take_unsaved(std::size_t most);
    /// They were not saved after all.
    void put_back(std::vector<noted_use> const&);

private:
    struct entry {
        storage::key_use use;
        std::int64_t order = 0;
        bool is_unsaved = false;
    };

    void collect_locked();

    std::mutex mutex_; // guards all
    std::vector<source> sources_;
    std::vector<noted_use> fresh_; // while collecting
    std::unordered_map<std::string, entry> latest_;
    std::vector<std::string> unsaved_; // names; each once
};

} // namespace homing::update
