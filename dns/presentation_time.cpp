#include "dns/presentation_time.hpp"

#include "dns/presentation_token.hpp"

namespace homing::dns {

namespace {

/// Days from 1970-01-01 to a date of the Gregorian calendar.
std::int64_t days_to(int year, int month, int day) noexcept
{
    year -= month <= 2;
    int const shifted = (month + 9) % 12; // March is 0, so that a leap day ends its year
    int const era = year / 400, of_era = year - era * 400;
    return std::int64_t{era} * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * shifted + 2) / 5 + day - 1 - 719468;
}

/// The date of a day counted from 1970-01-01.
struct calendar_date {
    unsigned year, month, day;
};

calendar_date date_of(std::uint32_t days)
{
    unsigned const z = days + 719468; // from 0000-03-01
    unsigned const era = z / 146097, of_era = z % 146097;
    unsigned const year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned const of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned const shifted = (5 * of_year + 2) / 153;
    unsigned const month = shifted < 10 ? shifted + 3 : shifted - 9;
    return {year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1};
}

void print_digits(std::string& out, unsigned value, unsigned digits)
{
    for (unsigned unit = digits == 4 ? 1000 : 10; unit != 0; unit /= 10)
        out += static_cast<char>('0' + value / unit % 10);
}

} // namespace

std::optional<std::uint32_t> seconds_of_date(std::string_view text)
{
    if (text.size() != 14 || text.find_first_not_of("0123456789") != std::string_view::npos)
        return {};
    auto const part = [&](std::size_t at, std::size_t n) { return static_cast<int>(*read_number(text.substr(at, n), 9999)); };
    int const year = part(0, 4), month = part(4, 2), day = part(6, 2);
    int const hour = part(8, 2), minute = part(10, 2), second = part(12, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
        return {};
    std::int64_t const seconds = days_to(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return static_cast<std::uint32_t>(seconds); // modulo 2^32: RFC 4034 3.1.5
}

void print_date(std::string& out, std::uint32_t t)
{
    auto const [year, month, day] = date_of(t / 86400);
    print_digits(out, year, 4);
    for (unsigned const part : {month, day, t / 3600 % 24, t / 60 % 60, t % 60})
        print_digits(out, part, 2);
}

} // namespace homing::dns
