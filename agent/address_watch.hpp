// Hears from the kernel (netlink, rtnetlink(7)) of this machine's addresses, links and routes. No polling: the socket is readable when there is news. One
// thread.
#pragma once

#include "agent/address_table.hpp"
#include "agent/descriptor.hpp"

namespace homing::agent {

class address_watch {
public:
    /// Asks for all there are. Throws std::system_error.
    address_watch();

    int socket() const noexcept { return socket_.get(); }
    address_table const& table() const noexcept { return table_; }

    struct news {
        bool addresses = false, network = false;
    };
    /// Takes what there is. Call when the socket is readable. Nothing is news before all is known. Throws std::system_error.
    news take();

private:
    enum class stage : std::uint8_t { links, addresses, complete };

    void ask(stage);
    void note(address_table::news const&, news&);

    descriptor socket_;
    address_table table_;
    stage stage_ = stage::links;
    bool is_lost_ = false;
    std::vector<std::uint8_t> buffer_;
};

} // namespace homing::agent
