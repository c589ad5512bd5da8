// agent: the other end, in this process.
#include "agent/agent.hpp"
#include "server/commands/commands.hpp"

namespace homing::server {

exit_code run_agent(console&, arguments const& given, std::string const&)
{
    // The same words as those of homing-agent, so that both mean the same by them.
    std::vector<std::string> words;
    for (auto const& [name, values] : given.values())
        for (auto const& value : values) {
            bool const is_flag = find_command("agent")->find(name)->is_flag();
            words.push_back(is_flag ? name : name + '=' + value);
        }
    return static_cast<exit_code>(agent::run(agent::read_words(words), "homing agent"));
}

} // namespace homing::server
