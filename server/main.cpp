// homing: reads the command line and runs the command.
#include "agent/credentials.hpp"
#include "server/command_runner.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>

#include <unistd.h>

namespace {

using namespace homing::server;

exit_code answer(usage_answer const& a)
{
    std::FILE* const to = a.code == exit_code::done ? stdout : stderr;
    std::fputs(a.text.c_str(), to);
    return std::fflush(to) == 0 ? a.code : exit_code::failed;
}

void complain_about_variables()
{
    std::vector<std::string_view> names;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        std::string_view const both = *variable;
        names.push_back(both.substr(0, both.find('=')));
    }
    for (auto const& complaint : complaints_about(names))
        std::fprintf(stderr, "homing: warning: %s\n", complaint.c_str());
}

exit_code run(std::span<std::string const> words)
{
    auto const asked = read_command_line(
        words, [](char const* variable) { return std::getenv(variable); }, default_configuration_file);
    complain_about_variables();
    if (auto const* const what = std::get_if<invocation>(&asked))
        return run_command(*what);
    return answer(std::get<usage_answer>(asked));
}

} // namespace

int main(int argc, char** argv)
{
    try {
        std::vector<std::string> const words(argv + (argc > 0 ? 1 : 0), argv + argc);
        homing::agent::hide_tokens(argc, argv);
        return static_cast<int>(run(words));
    } catch (std::exception const& e) {
        std::fprintf(stderr, "homing: %s\n", e.what());
        return static_cast<int>(exit_code::failed);
    }
}
