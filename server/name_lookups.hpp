// Addresses of names that are in no zone of ours: looked up by the system's resolver on a thread of its own, and remembered for a while.
//
// Nobody waits for it, not even the end of the process: what is not known is asked for, and told when it is. Bounded: so many names remembered, so
// many waiting. `find` and the destructor on one thread; `told` is called on the look-ups' own.
#pragma once

#include "dns/name.hpp"
#include "server/socket_address.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace homing::server {

class name_lookups {
public:
    static constexpr std::size_t most_remembered = 4096, most_waiting = 256;

    /// `told`: some name is known that was asked for. Not called any more when this is gone; must not throw.
    explicit name_lookups(std::function<void()> told);
    ~name_lookups();
    name_lookups(name_lookups const&) = delete;
    name_lookups& operator=(name_lookups const&) = delete;

    /// The addresses of the name, none if it has none; nothing if that is not known yet, and it is being looked up.
    std::optional<std::vector<socket_address>> find(dns::name_view, std::uint16_t port);

private:
    struct shared;
    std::shared_ptr<shared> shared_; // with the thread, which may outlive this: the resolver takes the time that it takes
};

/// A name that the public DNS does not have, or that stands in examples (RFC 6761, RFC 7686): looking it up tells strangers of it, and nothing else.
bool is_reserved_name(dns::name_view) noexcept;

} // namespace homing::server
