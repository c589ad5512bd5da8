#include "server/api_pool.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>

namespace homing::server {

struct api_pool::parts {
    std::atomic<std::size_t> unfinished{0};
    boost::asio::thread_pool pool{threads};
};

api_pool::api_pool() : parts_{std::make_unique<parts>()} {}

api_pool::~api_pool()
{
    join();
}

bool api_pool::submit(std::function<void()> job)
{
    if (parts_->unfinished.fetch_add(1) >= most) {
        --parts_->unfinished;
        return false;
    }
    boost::asio::post(parts_->pool, [job = std::move(job), &unfinished = parts_->unfinished] {
        job();
        --unfinished;
    });
    return true;
}

void api_pool::join()
{
    parts_->pool.join();
}

} // namespace homing::server
