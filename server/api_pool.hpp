// A few threads that carry out calls of the API, so that no event loop waits for the writer or the journal.
#pragma once

#include <functional>
#include <memory>

namespace homing::server {

class api_pool {
public:
    static constexpr std::size_t threads = 4;
    static constexpr std::size_t most = 64; ///< calls taken and not done

    api_pool();
    ~api_pool();

    /// False if there are too many already. The job must not throw. Any thread.
    bool submit(std::function<void()> job);
    /// Waits for what was taken. Nothing is submitted any more.
    void join();

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace homing::server
