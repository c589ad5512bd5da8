// What a command is, and the table of all commands.
//
// The table is all that the command line, the help, the environment variables and the control socket know of a command: to add one is to
// write its function and its entry in table.cpp. A command's function is the same whether a server runs or not: it gets the
// open store, and a console.
#pragma once

#include "server/commands/console.hpp"
#include "update/writer.hpp"
#include "zone/versions.hpp"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace homing::server {

class server;

/// What the process ends with.
enum class exit_code : int { done = 0, failed = 1, misused = 2 };

/// The words given to a command, by the name of their parameter ("ORIGIN", "--ns").
class arguments {
public:
    using map = std::map<std::string, std::vector<std::string>, std::less<>>;

    arguments() = default;
    explicit arguments(map values) : values_{std::move(values)} {}

    void add(std::string_view name, std::string value);
    /// How the values of an option came here, if not by it: "HOMING_LISTEN", "/etc/homing/homing.toml:3: listen".
    void set_source(std::string_view name, std::string source);
    /// The source, or else the name: for sentences about its values.
    std::string_view source(std::string_view name) const noexcept;
    bool has(std::string_view name) const noexcept;
    /// The (first) value; empty if none was given.
    std::string const& one(std::string_view name) const noexcept;
    /// All values, in order.
    std::vector<std::string> const& all(std::string_view name) const noexcept;

    map const& values() const noexcept { return values_; }

private:
    map values_;
    std::map<std::string, std::string, std::less<>> sources_;
};

/// One word (or several) that a command takes. Options start with "--" and take a value each, or none if they are flags; all else is told by
/// its place.
struct parameter {
    enum class count { required, optional, at_least_one, any };
    enum class kind { text, file, zone_directory }; ///< what the side of the person opens

    std::string_view name;
    std::string_view value; ///< of an option, for the help: "NAME[=ADDR]"; empty for a flag and for a word told by its place
    std::string_view help;
    count many = count::required;
    kind what = kind::text;

    bool is_option() const noexcept { return name.starts_with("--"); }
    bool is_flag() const noexcept { return is_option() && value.empty(); }
    bool may_repeat() const noexcept { return many == count::at_least_one || many == count::any; }
    bool is_needed() const noexcept { return many == count::required || many == count::at_least_one; }
    /// "--ipv6-suffix" -> "HOMING_IPV6_SUFFIX". Options only.
    std::string environment_variable() const;
    /// "--ipv6-suffix" -> "ipv6-suffix", as in homing.toml. Options only.
    std::string_view key() const noexcept { return name.substr(2); }
};

/// The zones and keys that a command works on.
struct open_store {
    update::writer& writer;
    zone::versions& versions;
    std::string user;                ///< whose command it is, as the journal has it: "user:root"
    server const* running = nullptr; ///< null where no server runs
    std::string via = "cli";         ///< over what it came, as the journal has it
};

/// Works without a store; runs in the process that was called. `directory`: the data directory, not looked at so far.
using plain_command = exit_code (*)(console&, arguments const&, std::string const& directory);
/// Works on the store, in the server where one runs.
using store_command = exit_code (*)(console&, arguments const&, open_store&);
/// Asks the running server; fails where none runs.
using server_command = exit_code (*)(console&, arguments const&, server const&);

struct command {
    std::string_view path; ///< "zone add"
    std::string_view summary;
    std::vector<parameter> parameters;
    std::variant<plain_command, store_command, server_command> run;
    bool makes_store = false;      ///< on a directory that is not there; other commands then fail
    std::string_view details = {}; ///< more for the help
    bool is_hidden = false;        ///< part of another command: the help does not list it

    parameter const* find(std::string_view parameter_name) const noexcept;
};

/// All commands, in the order of the help.
std::span<command const> all_commands();
command const* find_command(std::string_view path) noexcept;

/// What every command takes: the data directory, and where homing.toml is.
extern parameter const data_option, config_option;

/// The settings of the server, each with its flag: what homing.toml may hold. Those of `serve`, and those that other commands share with it.
std::span<parameter const> all_settings();
/// An option of another command that has the name of a setting and means something else: the setting's variable is not meant for it.
bool is_namesake_of_setting(parameter const&) noexcept;

/// What is said of the commands that share a first word: "zone".
std::string_view group_summary(std::string_view group) noexcept;

/// What is wrong with the arguments as the table sees it (missing, unknown, repeated); empty if nothing.
std::string misuse(command const&, arguments const&);

/// The one of `known` that somebody who wrote `word` may have meant; empty if none is near.
std::string_view nearest(std::string_view word, std::span<std::string_view const> known);

} // namespace homing::server
