#include "server/tls_certificate.hpp"
#include "server/tls_contexts.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace homing::server;

namespace {

constexpr std::int64_t some_time = 1'790'000'000;
constexpr std::int64_t day = 24 * 60 * 60;

class directory {
public:
    directory()
    {
        char name[] = "/tmp/homing-tls-XXXXXX";
        path_ = ::mkdtemp(name);
    }
    ~directory() { std::filesystem::remove_all(path_); }

    std::string write(char const* name, std::string const& text) const
    {
        std::ofstream{path_ + "/" + name} << text;
        return path_ + "/" + name;
    }

private:
    std::string path_;
};

} // namespace

TEST_CASE("a certificate of our own is for its names, for a year, and can be used")
{
    std::set<std::string> const names{"192.0.2.1", "2001:db8::1", "example.com", "ns1.example.com"};
    auto const made = make_self_signed(names, "", some_time);
    REQUIRE(made.has_value());
    auto const facts = facts_of(*made);
    REQUIRE(facts.has_value());
    CHECK(facts->names == names);
    CHECK(facts->expires == some_time + 365 * day);
    CHECK(facts->fingerprint.size() == 32 * 3 - 1);
    CHECK(facts->pin.starts_with("sha256//"));
    CHECK(make_tls_context(*made).has_value());
}

TEST_CASE("a renewed one keeps the key, and what cannot be one is not kept")
{
    auto const first = make_self_signed({"a.example"}, "", some_time).value();
    auto const second = make_self_signed({"a.example", "b.example"}, first.key, some_time + day).value();
    CHECK(facts_of(first)->pin == facts_of(second)->pin);
    CHECK(facts_of(first)->fingerprint != facts_of(second)->fingerprint);
    auto const third = make_self_signed({"a.example"}, "nothing", some_time).value();
    CHECK(facts_of(first)->pin != facts_of(third)->pin);
}

TEST_CASE("files are read together, or it is said what is wrong with which")
{
    directory const d;
    auto const one = make_self_signed({"a.example"}, "", some_time).value();
    auto const other = make_self_signed({"a.example"}, "", some_time).value();
    auto const chain = d.write("chain", one.chain), key = d.write("key", one.key), other_key = d.write("other", other.key);
    auto const empty = d.write("empty", ""), huge = d.write("huge", std::string((1U << 20) + 1, 'x'));
    REQUIRE(read_identity(chain, key).has_value());
    CHECK(facts_of(*read_identity(chain, key))->fingerprint == facts_of(one)->fingerprint);
    for (auto const& [certificate, its_key, said] :
         {std::tuple{chain, other_key, "is not that of the certificate"}, std::tuple{key, key, "holds no certificate"},
          std::tuple{chain, chain, "holds no private key"}, std::tuple{empty, key, "holds no certificate"},
          std::tuple{chain, huge, "is longer"}, std::tuple{chain + "x", key, "cannot be opened"}}) {
        auto const read = read_identity(certificate, its_key);
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error().message.find(said) != std::string::npos);
    }
}
