// The first start of a server: a zone and an admin's key, made in one transaction and told of once.
//
// Between `server::open` and `server::run`: `prepare` hands the changes to the writer before that starts, so that they are one batch; the service
// waits for them before anybody else is heard, and ends the server where they fail. On the server's thread.
#pragma once

#include "server/commands/command.hpp"
#include "server/server.hpp"

#include <future>
#include <memory>
#include <optional>

namespace homing::server {

/// What --zone and --address say.
struct first_zone {
    dns::name origin;
    std::vector<std::vector<std::uint8_t>> addresses; ///< of ns1, this server: 4 or 16 octets each
};

/// Unset: they were not given. A failure says what is wrong with them.
dns::result<std::optional<first_zone>> read_first_zone(arguments const&);

class first_run final : public side_service {
public:
    first_run(console& io, std::optional<first_zone> wanted) : io_{io}, wanted_{std::move(wanted)} {}

    /// Nothing but a word in the log, where one is due, in a store that has a zone.
    void prepare(server&);

    dns::result<void> start(server&) override;
    void stop() override {}

private:
    void make(server&);
    void compare(server&) const;
    void print(server&) const;

    console& io_;
    std::optional<first_zone> const wanted_;
    bool is_first_ = false;
    std::optional<std::future<update::outcome>> key_, zone_;
};

} // namespace homing::server
