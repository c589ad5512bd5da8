// A writer over a store, on disk or in memory, with the zone example.com and a key in it.
#pragma once

#include "tests/support/served_zones.hpp"
#include "update/writer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <future>

namespace homing::tests {

class temporary_directory {
public:
    temporary_directory()
    {
        auto pattern = (std::filesystem::temp_directory_path() / "homing-writer-XXXXXX").string();
        path_ = mkdtemp(pattern.data());
    }
    ~temporary_directory() { std::filesystem::remove_all(path_); }
    temporary_directory(temporary_directory const&) = delete;
    temporary_directory& operator=(temporary_directory const&) = delete;
    std::string store() const { return (path_ / "data").string(); }

private:
    std::filesystem::path path_;
};

inline zone::contents make_contents(std::string const& apex, std::vector<std::string> const& lines)
{
    zone::contents c{name(apex)};
    for (auto const& line : lines) {
        auto const r = record(line);
        c.add(r.owner, r.type, r.ttl, r.rdata);
    }
    c.finish();
    return c;
}

inline std::vector<std::string> with(std::vector<std::string> lines, std::vector<std::string> const& more)
{
    lines.insert(lines.end(), more.begin(), more.end());
    return lines;
}

inline zone::contents example(std::vector<std::string> const& more = {})
{
    return make_contents("example.com.", with(served_zones::base(), more));
}

inline update::request change(std::vector<std::string> const& lines, std::string const& key = "all.")
{
    return {make_update("example.com.", key, lines), {key, "192.0.2.53#5353", "dns/udp"}};
}

// A writer over a store, with the zone example.com and the key "all." in it.
class running_writer {
public:
    explicit running_writer(std::unique_ptr<storage::store> s, update::writer_limits l = {})
        : writer{std::move(update::writer::open(std::move(s), versions, l).value())}
    {
    }
    void fill()
    {
        REQUIRE(writer->execute({update::put_zone{example()}, {}}).ok());
        REQUIRE(writer->execute({update::put_key{key("all.", {"*"})}, {}}).ok());
    }

    /// The zone's records as every reader sees them now; none if there is no such zone.
    std::multiset<std::string> records(std::string const& apex = "example.com.")
    {
        zone::versions::reader reader{versions};
        zone::versions::reading const now{reader};
        auto const* z = now->find(name(apex));
        return z ? tests::records(*z) : std::multiset<std::string>{};
    }
    bool has(std::string const& line) { return records().contains(*tests::records({line}).begin()); }

    zone::versions versions{1};
    std::unique_ptr<update::writer> writer;
};

// The same with a store in memory, whose faults and batches can be looked at while the writer rests.
class observed_writer : public running_writer {
public:
    explicit observed_writer(update::writer_limits l = {}) : observed_writer{new memory_store, l} {}

    memory_store& store;

    /// Outcomes of requests that all waited when the writer came to them.
    std::vector<update::outcome> execute_together(std::vector<update::request> requests)
    {
        std::promise<void> held, go;
        writer->submit(change({}), [&, gate = std::shared_future<void>{go.get_future()}](update::outcome const&) {
            held.set_value();
            gate.wait();
        });
        held.get_future().wait();
        std::vector<std::future<update::outcome>> results;
        for (auto& r : requests) {
            auto p = std::make_shared<std::promise<update::outcome>>();
            results.push_back(p->get_future());
            REQUIRE(writer->submit(std::move(r), [p](update::outcome const& o) { p->set_value(o); }));
        }
        go.set_value();
        std::vector<update::outcome> outcomes;
        for (auto& r : results)
            outcomes.push_back(r.get());
        return outcomes;
    }

private:
    observed_writer(memory_store* s, update::writer_limits l) : running_writer{std::unique_ptr<storage::store>{s}, l}, store{*s}
    {
        writer->start();
        fill();
        store.batches.clear();
        store.attempts = 0;
    }
};

} // namespace homing::tests
