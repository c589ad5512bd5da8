#include "server/command_line.hpp"

#include "server/configuration_file.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace homing::server {

namespace {

/// CLI11 takes "[a,b]" for a list and splits it; here it is a word like any other. It is shielded while CLI11 has it.
constexpr char shield = '\x1f';

std::string shielded(std::string const& word)
{
    return word.starts_with('[') && word.ends_with(']') ? shield + word : word;
}

std::string unshielded(std::string const& word)
{
    return word.starts_with(shield) ? word.substr(1) : word;
}

/// What is said of a flag: "true" by CLI11 where it stands alone, anything in "--flag=no" and in its variable.
bool is_on(std::string_view word)
{
    constexpr std::string_view off[] = {"", "0", "no", "off", "false"};
    return std::find(std::begin(off), std::end(off), word) == std::end(off);
}

/// CLI11's view of the table: an App for each command and each group.
class parser {
public:
    parser();
    std::variant<invocation, usage_answer> read(std::span<std::string const> words, environment const&,
                                                std::string const& usual_file);

private:
    std::variant<invocation, usage_answer> complete(command const&, environment const&, std::optional<configuration_file> const&);
    CLI::App* app_of(std::string_view path);
    void add(command const&);
    void prepare(CLI::App&);
    std::vector<CLI::App*> chosen() const;
    std::string chosen_path() const;
    usage_answer explain(CLI::ParseError const&) const;
    std::string explain_rest(CLI::App const&) const;
    bool is_given(parameter const&) const;
    arguments collect(command const&) const;
    std::string const* last_of(parameter const&) const;
    dns::result<std::optional<configuration_file>> read_file(environment const&, std::string const& usual_file) const;

    mutable CLI::App root_{"", "homing"};
};

parser::parser()
{
    prepare(root_);
    root_.require_subcommand(1);
    root_.set_version_flag("--version", "homing " HOMING_VERSION);
    for (auto const& c : all_commands())
        add(c);
}

void parser::prepare(CLI::App& app)
{
    app.set_help_flag("-h,--help");
    for (auto const* p : {&data_option, &config_option})
        app.add_option(std::string{p->name})->expected(1);
}

CLI::App* parser::app_of(std::string_view path)
{
    CLI::App* app = &root_;
    for (auto const& word : CLI::detail::split(std::string{path}, ' ')) {
        auto const there = app->get_subcommands([&](CLI::App const* a) { return a->get_name() == word; });
        CLI::App* next = there.empty() ? nullptr : there.front();
        if (next == nullptr) {
            next = app->add_subcommand(word);
            prepare(*next);
            // With it, words that happen to be commands elsewhere are plain words here.
            if (app != &root_)
                app->require_subcommand(1);
        }
        app = next;
    }
    return app;
}

void parser::add(command const& c)
{
    CLI::App* const app = app_of(c.path);
    for (auto const& p : c.parameters) {
        if (p.is_flag()) {
            app->add_flag(std::string{p.name})->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
            continue;
        }
        bool const takes_the_rest = !p.is_option() && p.may_repeat();
        CLI::Option* const option = app->add_option(std::string{p.name});
        if (takes_the_rest)
            option->expected(1, CLI::detail::expected_max_vector_size);
        option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(takes_the_rest);
    }
}

std::vector<CLI::App*> parser::chosen() const
{
    std::vector<CLI::App*> apps{&root_};
    while (!apps.back()->get_subcommands().empty())
        apps.push_back(apps.back()->get_subcommands().front());
    return apps;
}

std::string parser::chosen_path() const
{
    std::string path;
    for (auto const* app : chosen())
        if (app != &root_)
            path += (path.empty() ? "" : " ") + app->get_name();
    return path;
}

/// What is wrong with the first word that no one took.
std::string parser::explain_rest(CLI::App const& app) const
{
    auto const rest = app.remaining();
    if (rest.empty())
        return {};
    std::string const word = unshielded(rest.front());
    bool const is_option = word.starts_with('-');
    std::vector<std::string> names;
    if (is_option)
        for (auto const* o : app.get_options())
            names.push_back(o->get_name());
    else
        for (auto const* a : app.get_subcommands([](CLI::App const*) { return true; }))
            names.push_back(a->get_name());
    std::vector<std::string_view> const known{names.begin(), names.end()};
    std::string_view const meant = nearest(word, known);
    std::string const guess = meant.empty() ? std::string{} : fmt::format("; did you mean '{}'?", meant);
    if (is_option)
        return fmt::format("there is no option '{}'{}{}", word, guess,
                           guess.empty() ? "; a word that starts with - comes after --" : "");
    return known.empty() ? fmt::format("'{}' is one word too many", word)
                         : fmt::format("there is no command '{}'{}", word, guess);
}

usage_answer parser::explain(CLI::ParseError const& error) const
{
    std::string const path = chosen_path();
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success))
        return {dynamic_cast<CLI::CallForVersion const*>(&error) != nullptr ? std::string{error.what()} + '\n' : help(path),
                exit_code::done};
    std::string what = explain_rest(*chosen().back());
    if (what.empty() && find_command(path) == nullptr)
        return {help(path), exit_code::misused};
    if (what.empty())
        what = error.what();
    return {fmt::format("homing: {}\n'homing {}{}--help' shows what there is\n", what, path, path.empty() ? "" : " "),
            exit_code::misused};
}

arguments parser::collect(command const& c) const
{
    CLI::App const* const app = chosen().back();
    arguments given;
    for (auto const& p : c.parameters)
        for (auto const& word : app->get_option(std::string{p.name})->results())
            if (!p.is_flag() || is_on(word))
                given.add(p.name, unshielded(word));
    return given;
}

bool parser::is_given(parameter const& p) const
{
    return !chosen().back()->get_option(std::string{p.name})->results().empty();
}

/// Of an option that every command takes: what was said last, at whichever place.
std::string const* parser::last_of(parameter const& p) const
{
    auto const apps = chosen();
    for (auto app = apps.rbegin(); app != apps.rend(); ++app)
        if (auto const& words = (*app)->get_option(std::string{p.name})->results(); !words.empty())
            return &words.back();
    return nullptr;
}

/// Null for none: one that is empty counts as none.
char const* value_of(parameter const& p, environment const& variable)
{
    char const* const set = variable(p.environment_variable().c_str());
    return set == nullptr || *set == '\0' ? nullptr : set;
}

dns::result<std::optional<configuration_file>> parser::read_file(environment const& variable, std::string const& usual_file) const
{
    std::string const* const given = last_of(config_option);
    char const* const set = value_of(config_option, variable);
    std::error_code ignored;
    if (given == nullptr && set == nullptr && (usual_file.empty() || !std::filesystem::exists(usual_file, ignored)))
        return std::optional<configuration_file>{};
    auto file = read_configuration(given != nullptr ? *given : set != nullptr ? set : usual_file, all_settings());
    if (!file)
        return file.error();
    return std::optional{std::move(*file)};
}

void add_list(arguments& given, parameter const& p, std::string_view list)
{
    constexpr std::string_view separators = ", \t\n";
    for (;;) {
        list.remove_prefix(std::min(list.find_first_not_of(separators), list.size()));
        if (list.empty())
            return;
        std::size_t const end = std::min(list.find_first_of(separators), list.size());
        given.add(p.name, std::string{list.substr(0, end)});
        list.remove_prefix(end);
    }
}

void add_variable(arguments& given, parameter const& p, char const* set)
{
    if (p.is_flag() && !is_on(set))
        return;
    if (p.may_repeat())
        add_list(given, p, set);
    else
        given.add(p.name, set);
    given.set_source(p.name, p.environment_variable());
}

void add_entry(arguments& given, parameter const& p, configuration_file const& file)
{
    auto const entry = file.values.find(p.key());
    if (entry == file.values.end() || (p.is_flag() && !is_on(entry->second.words.front())))
        return;
    for (auto const& word : entry->second.words)
        given.add(p.name, word);
    given.set_source(p.name, file.place(p.key()));
}

void choose_data(invocation& chosen, std::string const* given, environment const& variable,
                 std::optional<configuration_file> const& file)
{
    chosen.data_directory = default_data_directory;
    chosen.given.set_source(data_option.name, "default");
    if (given != nullptr) {
        chosen.data_directory = *given;
        chosen.given.set_source(data_option.name, std::string{data_option.name});
    } else if (char const* const set = value_of(data_option, variable)) {
        chosen.data_directory = set;
        chosen.given.set_source(data_option.name, data_option.environment_variable());
    } else if (auto const entry = file ? file->values.find(data_option.key()) : decltype(file->values.end()){};
               file && entry != file->values.end()) {
        chosen.data_directory = entry->second.words.front();
        chosen.given.set_source(data_option.name, file->place(data_option.key()));
    }
}

std::variant<invocation, usage_answer> parser::complete(command const& c, environment const& variable,
                                                        std::optional<configuration_file> const& file)
{
    arguments given = collect(c);
    bool const names_files = std::any_of(c.parameters.begin(), c.parameters.end(), [&](parameter const& p) {
        return p.what != parameter::kind::text && given.has(p.name);
    });
    for (auto const& p : c.parameters) {
        if (!p.is_option() || is_given(p) || is_namesake_of_setting(p) || (names_files && p.what != parameter::kind::text))
            continue;
        if (char const* const set = value_of(p, variable))
            add_variable(given, p, set);
        else if (file)
            add_entry(given, p, *file);
    }
    if (std::string const wrong = misuse(c, given); !wrong.empty())
        return usage_answer{fmt::format("homing: {}\n'homing {} --help' shows what there is\n", wrong, c.path),
                            exit_code::misused};
    invocation chosen{&c, std::move(given), {}};
    choose_data(chosen, last_of(data_option), variable, file);
    return chosen;
}

std::variant<invocation, usage_answer> parser::read(std::span<std::string const> words, environment const& variable,
                                                    std::string const& usual_file)
{
    try {
        std::vector<std::string> reversed; // as CLI11 wants them
        std::transform(words.rbegin(), words.rend(), std::back_inserter(reversed), shielded);
        root_.parse(std::move(reversed));
    } catch (CLI::ParseError const& error) {
        return explain(error);
    }
    auto const file = read_file(variable, usual_file);
    if (!file)
        return usage_answer{fmt::format("homing: {}\n", file.error().message), exit_code::misused};
    return complete(*find_command(chosen_path()), variable, *file);
}

bool is_made_up_by_engines(std::string_view name)
{
    return name.starts_with("HOMING_PORT") || name.starts_with("HOMING_SERVICE_");
}

std::set<std::string> all_variables()
{
    std::set<std::string> known{data_option.environment_variable(), config_option.environment_variable()};
    for (auto const& c : all_commands())
        for (auto const& p : c.parameters)
            if (p.is_option())
                known.insert(p.environment_variable());
    return known;
}

} // namespace

std::vector<std::string> complaints_about(std::span<std::string_view const> names)
{
    auto const known = all_variables();
    std::vector<std::string_view> const candidates{known.begin(), known.end()};
    std::vector<std::string> complaints;
    for (auto const name : names) {
        if (!name.starts_with("HOMING_") || is_made_up_by_engines(name) || known.contains(std::string{name}))
            continue;
        auto const meant = nearest(name, candidates);
        complaints.push_back(fmt::format("the variable {} stands for nothing{}", name,
                                         meant.empty() ? std::string{} : fmt::format("; did you mean {}?", meant)));
    }
    return complaints;
}

std::variant<invocation, usage_answer> read_command_line(std::span<std::string const> words, environment const& variable,
                                                         std::string const& usual_file)
{
    return parser{}.read(words, variable, usual_file);
}

} // namespace homing::server
