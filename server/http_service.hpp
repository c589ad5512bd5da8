// The HTTP endpoint: listens, reads requests, answers them.
//
// A thread with an event loop of its own, so that no DNS worker ever waits for it; each connection is a coroutine, bounded in what it may send
// and in time. Changes go to the writer like any other, and come back through an outbox. Made, started and stopped by the server.
#pragma once

#include "server/http_options.hpp"
#include "server/server.hpp"
#include "server/tls_contexts.hpp"

#include <memory>

namespace homing::server {

class http_service final : public side_service {
public:
    /// Binds its addresses. Before the writer starts; the writer and the versions outlive this. `tls`: for HTTPS; null where there is none.
    static dns::result<std::unique_ptr<http_service>> open(http_options, update::writer&, zone::versions&,
                                                          std::shared_ptr<tls_contexts> tls);
    ~http_service() override;

    /// Where clients reach it (public_url.hpp).
    std::string url() const;

    dns::result<void> start(server&) override;
    /// Takes nothing more; waits a while for requests that began.
    void stop() override;

    struct parts;

private:
    explicit http_service(std::unique_ptr<parts>);
    std::unique_ptr<parts> parts_;
};

} // namespace homing::server
