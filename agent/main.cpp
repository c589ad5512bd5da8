// homing-agent: the agent alone, for routers and the like.
#include "agent/agent.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace {

using namespace homing::agent;

void print_help()
{
    std::printf("usage: homing-agent --host NAME --key-file FILE [OPTION...]\n"
                "       homing-agent --join TOKEN [OPTION...]\n\n"
                "Tells a name server the address of this machine whenever it changes (RFC 2136, TSIG).\n\n");
    for (auto const& o : options()) {
        std::string words{o.name};
        if (!o.value.empty())
            words += ' ' + std::string{o.value};
        std::printf("  %-22s %.*s\n", words.c_str(), static_cast<int>(o.help.size()), o.help.data());
    }
    std::printf("\nWithout --join and --key-file the token is taken from the environment, HOMING_JOIN. SIGTERM ends it.\n");
}

int run_words(std::vector<std::string> const& words)
{
    for (auto const& w : words)
        if (w == "--help" || w == "-h")
            return print_help(), 0;
        else if (w == "--version")
            return std::printf("homing-agent " HOMING_VERSION "\n"), 0;
    auto given = read_words(words);
    char const* const token = std::getenv("HOMING_JOIN");
    if (auto* const g = std::get_if<given_options>(&given); g != nullptr && token != nullptr && *token != '\0')
        if (g->find("--join") == g->end() && g->find("--key-file") == g->end())
            (*g)["--join"].emplace_back(token);
    int const code = run(std::move(given), "homing-agent");
    if (code == misused)
        std::fprintf(stderr, "'homing-agent --help' shows how it is used\n");
    return code;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        std::vector<std::string> const words{argv + (argc > 0 ? 1 : 0), argv + argc};
        hide_tokens(argc, argv);
        return run_words(words);
    } catch (std::exception const& e) {
        std::fprintf(stderr, "homing-agent: %s\n", e.what());
        return 1;
    }
}
