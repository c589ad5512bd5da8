#include "zone/zone_file_entries.hpp"

#include <algorithm>
#include <cstring>
#include <sys/stat.h>

namespace homing::zone {

namespace {

constexpr std::size_t largest_block = 256 * 1024;
// The longest rdata, 65535 octets, each written as \DDD, takes a quarter of this.
constexpr std::size_t longest_entry = 1024 * 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

} // namespace

zone_file_entries::zone_file_entries(std::FILE* file, progress const& report) : file_{file}, report_{report}
{
    struct stat s;
    if (int const fd = fileno(file); fd >= 0 && fstat(fd, &s) == 0 && S_ISREG(s.st_mode))
        total_ = static_cast<std::uint64_t>(s.st_size);
}

zone_file_entries::outcome zone_file_entries::next()
{
    for (;;) {
        std::string_view const text{window_.data() + begin_, end_ - begin_};
        std::size_t position = 0;
        auto const found = scanner_.next(text, position, next_line_, complete_);
        begin_ += position;
        switch (found) {
        case dns::entry_scanner::outcome::entry: return outcome::entry;
        case dns::entry_scanner::outcome::end: return outcome::end;
        case dns::entry_scanner::outcome::fault:
            fault_ = scanner_.fault();
            fault_line_ = scanner_.fault_line();
            return outcome::fault;
        case dns::entry_scanner::outcome::incomplete: break;
        }
        if (end_ - begin_ > longest_entry)
            return too_long();
        if (!read_block())
            return outcome::unreadable;
    }
}

bool zone_file_entries::read_block()
{
    if (begin_ != 0)
        std::memmove(window_.data(), window_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (window_.size() < end_ + block_size_)
        window_.resize(end_ + block_size_);
    std::size_t const n = std::fread(window_.data() + end_, 1, block_size_, file_);
    if (n < block_size_ && std::ferror(file_) != 0)
        return false;
    if (done_ == 0 && std::string_view{window_.data(), n}.starts_with(byte_order_mark))
        begin_ = byte_order_mark.size();
    end_ += n;
    done_ += n;
    complete_ = n < block_size_;
    block_size_ = std::min(2 * block_size_, largest_block);
    if (report_)
        report_(done_, total_);
    return true;
}

/// Goes on at the next line, if there is one in sight.
zone_file_entries::outcome zone_file_entries::too_long()
{
    fault_ = "a record here is longer than 1 MiB; a parenthesis that is never closed does that";
    fault_line_ = next_line_++;
    auto const* const newline = static_cast<char const*>(std::memchr(window_.data() + begin_, '\n', end_ - begin_));
    if (newline == nullptr)
        return outcome::cut_short;
    begin_ = static_cast<std::size_t>(newline - window_.data()) + 1;
    return outcome::fault;
}

} // namespace homing::zone
