// Keeps the certificate of HTTPS in force: reads it again when its files change, or, where none was given, makes one and makes it anew before it
// expires and when there are names that it is not for.
//
// A thread of its own reads files and makes keys, so that none that serves waits for a disk. A new certificate that cannot be used
// changes nothing; the log says why. Made, started and stopped by the server.
#pragma once

#include "server/server.hpp"
#include "server/tls_contexts.hpp"

#include <condition_variable>
#include <functional>
#include <optional>
#include <thread>

namespace homing::server {

/// Tells one state of a file from another.
struct file_stamp {
    std::int64_t modified_ns = 0, changed_ns = 0;
    std::uint64_t number = 0, size = 0;
    friend bool operator==(file_stamp const&, file_stamp const&) = default;
};

class certificate_watch final : public side_service {
public:
    struct source {
        std::string certificate_file, key_file; ///< both empty: one of our own
        std::string own_file;                   ///< where that is kept: key and certificate, mode 0600
        std::set<std::string> fixed_names;      ///< that it is for besides those of the zones
        zone::versions* versions = nullptr;
    };
    static constexpr char const* own_file_name = "https.pem"; ///< in the data directory

    /// With a certificate in force.
    static dns::result<std::unique_ptr<certificate_watch>> open(source);

    std::shared_ptr<tls_contexts> const& contexts() const noexcept { return contexts_; }

    /// What clients can tell a certificate of our own by; empty for one that was given. Stays the same when it is made anew. Before `start`.
    std::string own_pin() const { return is_ours() ? facts_.pin : std::string{}; }

    dns::result<void> start(server&) override;
    void stop() override;

private:
    using stamps = std::pair<file_stamp, file_stamp>;

    explicit certificate_watch(source from) : from_{std::move(from)} {}

    void run();
    void look();
    bool is_ours() const noexcept { return from_.certificate_file.empty(); }
    stamps stamps_now() const;
    dns::result<void> take_files();
    dns::result<void> take_own();
    dns::result<void> renew_own(std::string_view old_key);
    dns::result<void> use(tls_identity const&);
    bool is_look_due();
    bool is_own_good() const;
    std::set<std::string> wanted_names() const;
    void warn_of_expiry();

    source const from_;
    std::shared_ptr<tls_contexts> const contexts_ = std::make_shared<tls_contexts>();
    certificate_facts facts_;
    stamps seen_;
    std::size_t zones_seen_ = 0;
    std::int64_t next_full_look_ = 0, next_warning_ = 0; // seconds since 1970
    std::mutex mutex_;                                   // guards is_stopping_
    std::condition_variable stopping_;
    bool is_stopping_ = false;
    std::thread thread_;
};

} // namespace homing::server
