#include "server/control_channel.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>

using namespace homing::server;
using nlohmann::json;

namespace {

struct ends {
    ends()
    {
        int both[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, both) == 0);
        left = std::make_unique<control_channel>(file_descriptor{both[0]});
        right = std::make_unique<control_channel>(file_descriptor{both[1]});
    }
    void raw(std::string const& text) { REQUIRE(::send(left->socket(), text.data(), text.size(), 0) == std::ssize(text)); }
    std::unique_ptr<control_channel> left, right;
};

} // namespace

TEST_CASE("objects arrive whole and in order, with their files")
{
    ends e;
    int const null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(e.left->send({{"a", 1}}, std::vector<int>{null, null}));
    CHECK(e.left->send({{"b", "two\nlines"}}));
    ::close(null);
    CHECK(*e.right->receive() == json{{"a", 1}});
    CHECK(e.right->take_file());
    CHECK(e.right->take_file());
    CHECK_FALSE(e.right->take_file());
    CHECK(*e.right->receive() == json{{"b", "two\nlines"}});
    e.left->shut_down();
    CHECK_FALSE(e.right->receive());
}

TEST_CASE("text that is not UTF-8 is sent all the same")
{
    ends e;
    CHECK(e.left->send({{"out", "caf\xe9"}}));
    CHECK(e.right->receive()->at("out") == "caf\xef\xbf\xbd");
}

TEST_CASE("what is not an object ends the conversation")
{
    for (std::string const text : {"[1]\n", "nonsense\n", "\n", "{\n", "1\n{}\n"}) {
        ends e;
        e.raw(text);
        CHECK_FALSE(e.right->receive());
        e.raw("{}\n");
        CHECK_FALSE(e.right->receive());
    }
}

TEST_CASE("a line without end ends the conversation, and its memory is bounded")
{
    ends e;
    std::string const piece(4096, ' ');
    std::size_t sent = 0;
    while (sent <= control_channel::max_line) {
        e.raw(piece);
        sent += piece.size();
        REQUIRE_FALSE(e.right->next_read());
        if (!e.right->read_more())
            break;
    }
    CHECK_FALSE(e.right->receive());
    CHECK(sent <= control_channel::max_line + 2 * piece.size());
}

TEST_CASE("more files than may wait end the conversation and are closed")
{
    ends e;
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    std::vector<int> const many(control_channel::max_descriptors, pipe_ends[1]);
    CHECK(e.left->send({{"a", 1}}, many));
    CHECK(e.left->send({{"b", 1}}, many));
    CHECK(e.right->receive());
    CHECK_FALSE(e.right->receive());
    e.right.reset();
    ::close(pipe_ends[1]);
    char c;
    CHECK(::read(pipe_ends[0], &c, 1) == 0); // nobody holds the other end
    ::close(pipe_ends[0]);
}

TEST_CASE("a silent peer is given up")
{
    ends e;
    e.right->time_out_after(1);
    CHECK_FALSE(e.right->receive());
}

TEST_CASE("a socket is found in a directory with a path that fits in no address")
{
    char base[] = "/tmp/homing-control-XXXXXX";
    REQUIRE(::mkdtemp(base) != nullptr);
    std::string const deep = std::string{base} + "/" + std::string(200, 'd');
    std::filesystem::create_directory(deep);
    {
        control_address const address{deep};
        REQUIRE(address);
        file_descriptor const listener{::socket(AF_UNIX, SOCK_STREAM, 0)};
        file_descriptor const client{::socket(AF_UNIX, SOCK_STREAM, 0)};
        REQUIRE(address.bind(listener.get()) == 0);
        REQUIRE(::listen(listener.get(), 1) == 0);
        CHECK(std::filesystem::exists(deep + "/control.sock"));
        CHECK(address.connect(client.get()) == 0);
    }
    std::filesystem::remove_all(base);
    CHECK_FALSE(control_address{base});
}
