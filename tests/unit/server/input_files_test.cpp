#include "server/commands/input_files.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace homing::server;

namespace {

class directory {
public:
    directory()
    {
        char name[] = "/tmp/homing-input-XXXXXX";
        path_ = ::mkdtemp(name);
    }
    ~directory() { std::filesystem::remove_all(path_); }
    std::string operator/(std::string const& name) const { return path_ + "/" + name; }
    std::string const& path() const { return path_; }
    void write(std::string const& name, std::string const& text) const { std::ofstream{*this / name} << text; }

private:
    std::string path_;
};

std::string content(input_file& file)
{
    char buffer[64];
    stream const from = open_input(file);
    return {buffer, std::fread(buffer, 1, sizeof buffer, from.get())};
}

} // namespace

TEST_CASE("a directory's zone files come by name, and nothing else does")
{
    directory const d;
    d.write("b.zone", "b");
    d.write("a.zone", "a");
    d.write("a.zone.bak", "");
    d.write(".zone", "");
    auto files = input_files::zones_in(d.path());
    CHECK(files.count() == 2);
    auto first = files.next();
    REQUIRE(first);
    CHECK(first->name == d / "a.zone");
    CHECK(content(*first) == "a");
    CHECK(files.next()->name == d / "b.zone");
    CHECK_FALSE(files.next());
}

TEST_CASE("what cannot be read says so and does not hold up the rest")
{
    directory const d;
    std::filesystem::create_directory(d / "folder.zone");
    std::filesystem::create_symlink("nowhere", d / "broken.zone");
    ::mkfifo((d / "pipe.zone").c_str(), 0600);
    d.write("good.zone", "good");
    auto files = input_files::zones_in(d.path());
    CHECK(files.count() == 4);
    CHECK(files.next()->error == "cannot be read: No such file or directory");
    CHECK(files.next()->error == "cannot be read: Is a directory");
    CHECK(files.next()->error.empty());
    auto pipe = files.next();
    REQUIRE(pipe);
    CHECK((!pipe->error.empty() || content(*pipe).empty()));

    CHECK(input_files::single(d / "missing").next()->error == "cannot be read: No such file or directory");
    auto nowhere = input_files::zones_in(d / "missing");
    CHECK(nowhere.next()->error == "cannot be read: No such file or directory");
    CHECK_FALSE(nowhere.next());
}

TEST_CASE("a pipe becomes a file that can be handed on")
{
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::write(ends[1], "from a pipe", 11) == 11);
    ::close(ends[1]);
    auto files = input_files::single("/proc/self/fd/" + std::to_string(ends[0]));
    ::close(ends[0]);
    auto file = files.next();
    REQUIRE(file);
    struct stat what {};
    REQUIRE(::fstat(file->fd.get(), &what) == 0);
    CHECK(S_ISREG(what.st_mode));
    CHECK(content(*file) == "from a pipe");
}
