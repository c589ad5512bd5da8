// A disk that fails when a test wants it: loaded into homing with LD_PRELOAD, it lets the calls that write and sync files fail.
//
// HOMING_FAILING_DISK names a file of four 32-bit numbers that the test changes while homing runs: an errno for writes, how many of
// them still fail (-1: all), and the same for syncs. A sync that fails has done nothing, as with a disk that reports an error.
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

struct failure {
    std::atomic<std::int32_t> error, left;

    bool happens()
    {
        std::int32_t const n = left.load();
        if (n == 0)
            return false;
        if (n > 0)
            --left;
        errno = error;
        return true;
    }
};

struct plan {
    failure write, sync;
};

plan* open_plan()
{
    static plan harmless{};
    char const* const path = std::getenv("HOMING_FAILING_DISK");
    int const file = path ? ::open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return &harmless;
    void* const shared = ::mmap(nullptr, sizeof(plan), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return shared == MAP_FAILED ? &harmless : static_cast<plan*>(shared);
}

plan& the_plan()
{
    static plan* const p = open_plan();
    return *p;
}

template <class F>
F next(char const* name)
{
    void* const found = ::dlsym(RTLD_NEXT, name);
    F f;
    std::memcpy(&f, &found, sizeof f);
    return f;
}

bool is_a_file(int fd)
{
    struct stat s;
    return ::fstat(fd, &s) == 0 && S_ISREG(s.st_mode);
}

template <class F, class... Arguments>
auto write_with(char const* name, int fd, Arguments... arguments)
{
    static F const real = next<F>(name);
    return is_a_file(fd) && the_plan().write.happens() ? -1 : real(fd, arguments...);
}

template <class F>
int sync_with(char const* name, int fd)
{
    static F const real = next<F>(name);
    return is_a_file(fd) && the_plan().sync.happens() ? -1 : real(fd);
}

} // namespace

extern "C" {

ssize_t write(int fd, void const* data, size_t size)
{
    return write_with<ssize_t (*)(int, void const*, size_t)>("write", fd, data, size);
}
ssize_t pwrite(int fd, void const* data, size_t size, off_t at)
{
    return write_with<ssize_t (*)(int, void const*, size_t, off_t)>("pwrite", fd, data, size, at);
}
ssize_t pwrite64(int fd, void const* data, size_t size, off64_t at)
{
    return write_with<ssize_t (*)(int, void const*, size_t, off64_t)>("pwrite64", fd, data, size, at);
}
int fdatasync(int fd)
{
    return sync_with<int (*)(int)>("fdatasync", fd);
}
int fsync(int fd)
{
    return sync_with<int (*)(int)>("fsync", fd);
}

} // extern "C"
