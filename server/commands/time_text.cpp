#include "server/commands/time_text.hpp"

#include "dns/presentation.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace homing::server {

namespace {

using namespace std::chrono;

std::string without_zone(std::int64_t ms)
{
    sys_time<milliseconds> const t{milliseconds{ms}};
    auto const day = floor<days>(t);
    year_month_day const date{day};
    hh_mm_ss const time{floor<seconds>(t - day)};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(), time.seconds().count());
}

/// Reads the parts of a time from the front of a text; after the first failure nothing more.
class cursor {
public:
    explicit cursor(std::string_view text) : rest_{text} {}

    bool good() const noexcept { return good_; }
    bool at_end() const noexcept { return rest_.empty(); }

    /// Exactly so many digits, from 0 to the limit.
    int number(std::size_t digits, int limit)
    {
        int value = 0;
        std::string_view const part = rest_.substr(0, digits);
        bool const is_number = part.size() == digits && part.find_first_not_of("0123456789") == part.npos;
        if (is_number)
            std::from_chars(part.data(), part.data() + digits, value);
        good_ = good_ && is_number && value <= limit;
        rest_.remove_prefix(part.size());
        return value;
    }
    /// One of these characters, if one comes.
    char one_of(std::string_view characters)
    {
        if (rest_.empty() || characters.find(rest_.front()) == characters.npos)
            return 0;
        char const c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }
    void expect(char c) { good_ = one_of({&c, 1}) != 0 && good_; }

    /// The digits of a fraction of a second, as milliseconds.
    int fraction()
    {
        int value = 0, unit = 100;
        std::size_t count = 0;
        for (char digit = 0; (digit = one_of("0123456789")) != 0; unit /= 10, ++count)
            value += (digit - '0') * unit;
        good_ = good_ && count > 0;
        return value;
    }

private:
    std::string_view rest_;
    bool good_ = true;
};

milliseconds read_offset(cursor& in)
{
    char const sign = in.one_of("+-Zz");
    if (sign != '+' && sign != '-')
        return {};
    int const h = in.number(2, 23);
    in.expect(':');
    auto const offset = hours{h} + minutes{in.number(2, 59)};
    return sign == '+' ? offset : -offset;
}

/// What follows a date, as the distance from its midnight in UTC.
milliseconds read_time_of_day(cursor& in)
{
    int const h = in.number(2, 23);
    in.expect(':');
    milliseconds time = hours{h} + minutes{in.number(2, 59)};
    if (in.one_of(":") != 0)
        time += seconds{in.number(2, 60)}; // leap seconds
    if (in.one_of(".") != 0)
        time += milliseconds{in.fraction()};
    return time - read_offset(in);
}

std::optional<std::int64_t> read_date_and_time(std::string_view text)
{
    cursor in{text};
    int const y = in.number(4, 9999);
    in.expect('-');
    auto const m = static_cast<unsigned>(in.number(2, 12));
    in.expect('-');
    auto const d = static_cast<unsigned>(in.number(2, 31));
    year_month_day const date{year{y}, month{m}, day{d}};
    if (!in.good() || !date.ok())
        return {};
    milliseconds const midnight = sys_days{date}.time_since_epoch();
    if (in.at_end())
        return midnight.count();
    if (in.one_of("Tt ") == 0)
        return {};
    milliseconds const time = read_time_of_day(in);
    return in.good() && in.at_end() ? std::optional{(midnight + time).count()} : std::nullopt;
}

} // namespace

std::string to_time(std::int64_t ms)
{
    return without_zone(ms) + 'Z';
}

std::string to_time(system_clock::time_point t)
{
    return to_time(floor<milliseconds>(t.time_since_epoch()).count());
}

std::string to_exact_time(std::int64_t ms)
{
    return without_zone(ms) + fmt::format(".{:03}Z", (ms % 1000 + 1000) % 1000);
}

dns::result<std::int64_t> read_time(std::string_view text, std::int64_t now_ms)
{
    if (auto const time = read_date_and_time(text))
        return *time;
    bool const has_unit = !text.empty() && (text.back() < '0' || text.back() > '9');
    if (auto const ago = dns::ttl_from_text(text); ago && has_unit)
        return now_ms - std::int64_t{*ago} * 1000;
    return dns::failure{fmt::format(
        "'{}' is not a time: 2026-05-04T15:04:05Z, 2026-05-04 (in UTC), or how long ago, as 90s, 30m, 2h, 7d or 1w", text)};
}

} // namespace homing::server
