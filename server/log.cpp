#include "server/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

namespace homing::server {

namespace {

constexpr std::size_t queue_lines = 8192;

std::shared_ptr<spdlog::details::thread_pool> pool;
std::shared_ptr<spdlog::async_logger> logger;
std::atomic<spdlog::async_logger*> current{nullptr};

void write(spdlog::level::level_enum level, std::string_view line)
{
    if (auto* const log = current.load(std::memory_order_acquire))
        log->log(level, spdlog::string_view_t{line.data(), line.size()});
}

} // namespace

log_output::log_output(bool debug)
{
    pool = std::make_shared<spdlog::details::thread_pool>(queue_lines, 1);
    logger = std::make_shared<spdlog::async_logger>("homing", std::make_shared<spdlog::sinks::stderr_sink_mt>(), pool,
                                                    spdlog::async_overflow_policy::overrun_oldest);
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    logger->set_level(debug ? spdlog::level::debug : spdlog::level::info);
    current.store(logger.get(), std::memory_order_release);
}

log_output::~log_output()
{
    if (auto const dropped = log_lines_dropped(); dropped != 0)
        log_warning(fmt::format("{} lines of this log were dropped because they were not read fast enough", dropped));
    current.store(nullptr, std::memory_order_release);
    logger.reset();
    pool.reset(); // writes what is queued, then joins
}

void log_error(std::string_view line)
{
    write(spdlog::level::err, line);
}

void log_warning(std::string_view line)
{
    write(spdlog::level::warn, line);
}

void log_info(std::string_view line)
{
    write(spdlog::level::info, line);
}

void log_debug(std::string_view line)
{
    write(spdlog::level::debug, line);
}

bool is_debug_logged() noexcept
{
    auto const* const log = current.load(std::memory_order_acquire);
    return log != nullptr && log->should_log(spdlog::level::debug);
}

std::uint64_t log_lines_dropped()
{
    return pool ? pool->overrun_counter() : 0;
}

} // namespace homing::server
