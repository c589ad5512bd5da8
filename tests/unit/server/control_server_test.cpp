#include "server/control_client.hpp"
#include "server/control_server.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

using namespace homing;
using namespace homing::server;
using nlohmann::json;

namespace {

/// A store in a directory of its own with a control server beside it.
class fixture {
public:
    fixture()
    {
        char name[] = "/tmp/homing-control-XXXXXX";
        directory = ::mkdtemp(name);
        writer = std::move(*update::writer::open(std::move(*storage::open_sqlite_store(directory)), versions));
        writer->start();
        REQUIRE(control.start(directory, *writer, versions).has_value());
    }
    ~fixture()
    {
        control.stop();
        writer->stop();
        writer.reset();
        std::filesystem::remove_all(directory);
    }

    std::unique_ptr<control_channel> connect() const
    {
        file_descriptor socket{::socket(AF_UNIX, SOCK_STREAM, 0)};
        REQUIRE(control_address{directory}.connect(socket.get()) == 0);
        return std::make_unique<control_channel>(std::move(socket));
    }

    std::string directory;
    zone::versions versions{1};
    std::unique_ptr<update::writer> writer;
    control_server control;
};

struct talk {
    std::string out, err;
    std::optional<int> exit;
};

/// Sends a request and reads to the end; `reply` is the answer to the question for files.
talk say(fixture const& f, json const& request, json const& reply = {{"files", json::array()}},
         std::vector<int> const& files = {})
{
    auto const channel = f.connect();
    talk heard;
    if (!ask_for_commands(*channel) || !channel->send(request))
        return heard;
    while (auto const object = channel->receive()) {
        if (object->contains("files"))
            channel->send(reply, files);
        heard.out += object->value("out", "");
        heard.err += object->value("err", "");
        if (object->contains("exit"))
            heard.exit = object->at("exit").get<int>();
    }
    return heard;
}

json request(char const* command, json const& given)
{
    return {{"command", command}, {"arguments", given}};
}

} // namespace

TEST_CASE("a command runs in the server and its change is in force")
{
    fixture const f;
    auto const added = say(f, request("zone add", {{"ORIGIN", {"example.com"}}, {"--ns", {"ns1.example.com=192.0.2.1"}}}));
    INFO(added.err);
    CHECK(added.exit == 0);
    auto const listed = say(f, request("zone list", json::object()));
    CHECK(listed.exit == 0);
    CHECK(listed.out.find("example.com.") == 0);
    auto const again = say(f, request("zone add", {{"ORIGIN", {"example.com"}}}));
    CHECK(again.exit == 1);
    CHECK_FALSE(again.err.empty());
}

TEST_CASE("a zone comes as an open file, and only as one")
{
    fixture const f;
    char text[] = "$TTL 60\n@ SOA ns.example.net. h 1 2 3 4 5\n@ NS ns.example.net.\n";
    file_descriptor const file{::open((f.directory + "/x").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    REQUIRE(::write(file.get(), text, sizeof text - 1) == sizeof text - 1);
    REQUIRE(::lseek(file.get(), 0, SEEK_SET) == 0);
    json const import = request("zone import", {{"ORIGIN", {"example.org"}}, {"FILE", {"x.zone"}}});
    json const one_file = {{"files", {{{"name", "x.zone"}}}}, {"total", 1}};
    CHECK(say(f, import, one_file, {file.get()}).exit == 0);

    auto const without = say(f, import, one_file);
    CHECK(without.exit == 1);
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    auto const pipe = say(f, import, one_file, {ends[0]});
    CHECK(pipe.exit == 1);
    CHECK(pipe.err.find("x.zone: error: is not a regular file") != std::string::npos);
    ::close(ends[0]);
    ::close(ends[1]);
    auto const error = say(f, import, {{"files", {{{"name", "x.zone"}, {"error", "cannot be read: it is gone"}}}}});
    CHECK(error.exit == 1);
    CHECK(error.err.find("x.zone: error: cannot be read: it is gone") != std::string::npos);
}

TEST_CASE("requests that are none are refused and hurt nobody")
{
    fixture const f;
    for (json const& bad :
         {json::object(), json{{"command", 1}}, json{{"command", "zone list"}}, request("zone list", {{"x", {"y"}}}),
          request("zone list", json::array()), request("zone list", {{"x", "y"}}), request("zone list", {{"x", {1}}}),
          request("serve", json::object()), request("zone check", {{"ORIGIN", {"a"}}, {"FILE", {"b"}}}),
          request("nothing", json::object()), request("zone add", json::object())}) {
        auto const heard = say(f, bad);
        INFO(bad.dump());
        CHECK(heard.exit == 2);
        CHECK_FALSE(heard.err.empty());
    }
    for (json const& bad :
         {json::object(), json{{"files", 1}}, json{{"files", {1}}}, json{{"files", {json::object()}}, {"total", -1}}})
        CHECK(say(f, request("zone import", {{"--all", {"d"}}}), bad).exit == 0); // as if there were no files
    CHECK(say(f, request("zone list", json::object())).exit == 0);
}

TEST_CASE("the socket is nobody else's, and stale ones are no obstacle")
{
    fixture f;
    struct stat what {};
    REQUIRE(::stat((f.directory + "/control.sock").c_str(), &what) == 0);
    CHECK(S_ISSOCK(what.st_mode));
    CHECK((what.st_mode & 0777) == 0600);
    f.control.stop();
    CHECK_FALSE(std::filesystem::exists(f.directory + "/control.sock"));
    file_descriptor const left_over{::socket(AF_UNIX, SOCK_STREAM, 0)};
    REQUIRE(control_address{f.directory}.bind(left_over.get()) == 0);
    control_server second;
    REQUIRE(second.start(f.directory, *f.writer, f.versions).has_value());
    CHECK(say(f, request("zone list", json::object())).exit == 0);
    second.stop();
}

TEST_CASE("silent clients take places, not the server: it stops at once, and others wait for theirs")
{
    fixture f;
    std::vector<std::unique_ptr<control_channel>> silent;
    for (std::size_t i = 0; i < control_server::max_conversations; ++i) {
        silent.push_back(f.connect());
        CHECK(ask_for_commands(*silent.back()));
    }
    auto const waiting = f.connect(); // connected, but not heard yet
    silent.front()->shut_down();
    CHECK(ask_for_commands(*waiting));
    f.control.stop();
    CHECK_FALSE(waiting->receive());
}
