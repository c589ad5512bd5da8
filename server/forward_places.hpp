// Room for updates on their way to a primary: so many in all, fewer for those whose signature could not be verified here, and few of these for one client,
// so that made-up ones leave room for others.
//
// Any thread.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

namespace homing::server {

class forward_places {
public:
    static constexpr std::size_t most = 256, most_unverified = 128, most_unverified_of_client = 16;

    /// False: there is none left. `client`: empty for a verified one. Each that was taken is given back.
    bool take(std::string const& client)
    {
        std::lock_guard const lock{mutex_};
        if (all_ == most)
            return false;
        if (!client.empty()) {
            if (unverified_ == most_unverified || clients_[client] == most_unverified_of_client) {
                forget_if_none(client);
                return false;
            }
            ++clients_[client];
            ++unverified_;
        }
        ++all_;
        return true;
    }
    void give_back(std::string const& client)
    {
        std::lock_guard const lock{mutex_};
        --all_;
        if (client.empty())
            return;
        --unverified_;
        --clients_[client];
        forget_if_none(client);
    }

private:
    void forget_if_none(std::string const& client)
    {
        if (auto const at = clients_.find(client); at != clients_.end() && at->second == 0)
            clients_.erase(at);
    }

    std::mutex mutex_; // guards all
    std::size_t all_ = 0, unverified_ = 0;
    std::unordered_map<std::string, std::size_t> clients_; // of unverified ones
};

} // namespace homing::server
