// Zone files: any octets are read or refused, what was read can be checked, and a zone without errors is written as a file that reads as
// the same zone.
#include "zone/versions.hpp"
#include "zone/zone_file.hpp"

#include <cstdlib>
#include <memory>

using namespace homing;

namespace {

dns::name const origin = *dns::name::from_text("example.com.");

struct closed {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
};
using stream = std::unique_ptr<std::FILE, closed>;

void must(bool good)
{
    if (!good)
        std::abort();
}

bool has_errors(std::vector<zone::finding> const& found)
{
    for (auto const& f : found)
        if (f.level == zone::finding::severity::error)
            return true;
    return false;
}

std::string written(zone::contents const& contents)
{
    zone::versions all{1};
    auto d = all.begin();
    d.put(1, contents);
    all.publish(std::move(d));
    char* text = nullptr;
    std::size_t size = 0;
    stream out{open_memstream(&text, &size)};
    must(zone::write_zone_file(out.get(), *all.newest().find(origin)) == 0U);
    out.reset();
    std::string copy{text, size};
    std::free(text); // NOLINT: open_memstream allocates with malloc
    return copy;
}

zone::file_reading read(std::string_view text)
{
    stream const in{fmemopen(const_cast<char*>(text.data()), text.size(), "r")};
    auto r = zone::read_zone_file(in.get(), "input", origin);
    must(r.has_value());
    return std::move(*r);
}

void must_be_equal(zone::contents const& a, zone::contents const& b)
{
    must(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto const x = a[i], y = b[i];
        must(x.owner == y.owner && x.type == y.type);
        must(*dns::rrset::from_packed(x.type, x.ttl, x.packed) == *dns::rrset::from_packed(y.type, y.ttl, y.packed));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0)
        return 0;
    auto const first = read({reinterpret_cast<char const*>(data), size});
    if (has_errors(zone::check(first.zone)))
        return 0;
    auto const again = read(written(first.zone));
    must(again.errors.empty());
    must_be_equal(first.zone, again.zone);
    return 0;
}
