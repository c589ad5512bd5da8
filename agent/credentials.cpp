#include "agent/credentials.hpp"

#include "dns/presentation_encoding.hpp"
#include "dns/presentation_token.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace homing::agent {

namespace {

using words = std::vector<std::string_view>;

constexpr std::string_view token_start = "hj1-";
constexpr std::size_t max_file_size = 16384, max_secret_size = 1024;

std::variant<key_words, fault> make_key(std::string_view name, std::string_view algorithm, std::string_view secret)
{
    auto const key_name = dns::name::from_text(name);
    auto const known = dns::tsig_algorithm_from_text(algorithm);
    if (!key_name)
        return fault{"the key's name is not a domain name"};
    if (!known)
        return fault{"the key's algorithm is none of hmac-md5, hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384, hmac-sha512"};
    key_words key{*key_name, *known, {}};
    dns::base64_decoder decoder{key.secret};
    if (!decoder.add(secret) || !decoder.finish() || key.secret.empty() || key.secret.size() > max_secret_size)
        return fault{"the key's secret is not base64"};
    return key;
}

std::variant<credentials, fault> with_key(std::variant<key_words, fault> key)
{
    if (auto* const why = std::get_if<fault>(&key))
        return std::move(*why);
    credentials found;
    found.key = std::get<key_words>(std::move(key));
    return found;
}

// ---- BIND's statement

constexpr std::string_view blanks = " \t\r\n";

/// Words, quoted texts, and the signs { } ; of a configuration file of BIND.
class statement_reader {
public:
    explicit statement_reader(std::string_view text) noexcept : rest_{text} {}

    /// Empty at the end, and when a quote or a comment does not end.
    std::string_view next()
    {
        skip_blanks();
        if (rest_.empty())
            return {};
        if (rest_.front() == '"')
            return quoted();
        std::size_t const size = is_sign(rest_.front()) ? 1 : std::min(rest_.find_first_of(" \t\r\n{};\""), rest_.size());
        return take(size);
    }

private:
    static bool is_sign(char c) noexcept { return c == '{' || c == '}' || c == ';'; }

    std::string_view take(std::size_t size) noexcept
    {
        auto const word = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return word;
    }

    std::string_view quoted() noexcept
    {
        auto const end = rest_.find_first_of("\"\n", 1);
        if (end == rest_.npos || rest_[end] != '"')
            return take(rest_.size()), std::string_view{};
        auto const word = take(end + 1);
        return word.size() == 2 ? std::string_view{} : word.substr(1, word.size() - 2);
    }

    void skip_past(std::string_view end) noexcept
    {
        auto const at = rest_.find(end, 2);
        rest_.remove_prefix(at == rest_.npos ? rest_.size() : at + end.size());
    }

    void skip_blanks() noexcept
    {
        for (;;) {
            rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
            if (rest_.starts_with("//"))
                skip_past("\n");
            else if (rest_.starts_with('#'))
                rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
            else if (rest_.starts_with("/*"))
                skip_past("*/");
            else
                return;
        }
    }

    std::string_view rest_;
};

bool is_word(std::string_view a, std::string_view lower) noexcept
{
    return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
               return dns::lower(static_cast<std::uint8_t>(x)) == static_cast<std::uint8_t>(y);
           });
}

/// After the word "key".
std::variant<key_words, fault> read_statement(statement_reader& in)
{
    fault const malformed{"the statement is not key \"NAME\" { algorithm ALGORITHM; secret \"SECRET\"; };"};
    auto const name = in.next();
    if (name.empty() || in.next() != "{")
        return malformed;
    std::string_view algorithm, secret;
    for (auto word = in.next(); word != "}"; word = in.next()) {
        auto* const value = is_word(word, "algorithm") ? &algorithm : is_word(word, "secret") ? &secret : nullptr;
        if (value == nullptr || !value->empty())
            return malformed;
        *value = in.next();
        if (value->empty() || in.next() != ";")
            return malformed;
    }
    if (algorithm.empty() || secret.empty())
        return malformed;
    return make_key(name, algorithm, secret);
}

// ---- one line

/// ALGORITHM:NAME:SECRET; nsupdate also takes NAME:SECRET, for an algorithm that depends on its version.
std::variant<key_words, fault> read_line(std::string_view line)
{
    auto const first = line.find(':'), last = line.rfind(':');
    if (first == line.npos || first == last)
        return fault{"it has no key: neither key \"NAME\" { ... }, nor a line ALGORITHM:NAME:SECRET, nor a token"};
    return make_key(line.substr(first + 1, last - first - 1), line.substr(0, first), line.substr(last + 1));
}

// ---- tokens

/// FNV-1a: shows that a token was not pasted whole.
std::string checksum(std::string_view text)
{
    std::uint32_t sum = 2166136261U;
    for (char const c : text)
        sum = (sum ^ static_cast<std::uint8_t>(c)) * 16777619U;
    std::string hex;
    std::uint8_t const octets[] = {static_cast<std::uint8_t>(sum >> 24), static_cast<std::uint8_t>(sum >> 16),
                                   static_cast<std::uint8_t>(sum >> 8), static_cast<std::uint8_t>(sum)};
    dns::append_hex(hex, octets);
    return hex;
}

words split(std::string_view text)
{
    words found;
    for (;;) {
        auto const end = std::min(text.find(' '), text.size());
        found.push_back(text.substr(0, end));
        if (end == text.size())
            return found;
        text.remove_prefix(end + 1);
    }
}

/// base64 as URLs and shells like it (RFC 4648 5), without padding.
std::string to_url_base64(std::string_view text)
{
    std::string out;
    dns::append_base64(out, {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
    while (out.ends_with('='))
        out.pop_back();
    std::replace(out.begin(), out.end(), '+', '-');
    std::replace(out.begin(), out.end(), '/', '_');
    return out;
}

std::optional<std::string> from_url_base64(std::string_view text)
{
    std::string padded{text};
    std::replace(padded.begin(), padded.end(), '-', '+');
    std::replace(padded.begin(), padded.end(), '_', '/');
    padded.append((4 - padded.size() % 4) % 4, '=');
    std::vector<std::uint8_t> octets;
    dns::base64_decoder decoder{octets};
    if (!decoder.add(padded) || !decoder.finish())
        return {};
    return std::string{octets.begin(), octets.end()};
}

} // namespace

std::string to_token(credentials const& a)
{
    std::string text = a.host + ' ' + (a.server.empty() ? "-" : a.server) + ' ' + a.key.key_name.to_string() + ' ' +
                       std::string{dns::to_string(a.key.algorithm)} + ' ';
    dns::append_base64(text, a.key.secret);
    text += ' ' + std::to_string(a.ttl) + ' ' + std::to_string(a.refresh);
    return std::string{token_start} + to_url_base64(text + ' ' + checksum(text));
}

std::variant<credentials, fault> read_token(std::string_view token)
{
    fault const damaged{"the token is not whole: copy all of it, from hj1- to its end"};
    if (!token.starts_with(token_start) || token.size() > max_file_size)
        return fault{"it is not a token: one begins with hj1-"};
    auto const text = from_url_base64(token.substr(token_start.size()));
    if (!text)
        return damaged;
    auto const end = text->rfind(' ');
    if (end == text->npos || text->substr(end + 1) != checksum(std::string_view{*text}.substr(0, end)))
        return damaged;
    auto const fields = split(std::string_view{*text}.substr(0, end));
    if (fields.size() != 7 || fields[0].empty())
        return damaged;
    auto key = make_key(fields[2], fields[3], fields[4]);
    if (auto* const why = std::get_if<fault>(&key))
        return std::move(*why);
    auto const ttl = dns::read_number(fields[5], UINT32_MAX), refresh = dns::read_number(fields[6], UINT32_MAX);
    if (!ttl || !refresh)
        return damaged;
    return credentials{std::get<key_words>(std::move(key)), std::string{fields[0]},
                       std::string{fields[1] == "-" ? "" : fields[1]}, *ttl, *refresh};
}

std::variant<credentials, fault> read_credentials(std::string_view text)
{
    if (text.size() > max_file_size)
        return fault{"it is too large for a key"};
    statement_reader in{text};
    auto const first = in.next();
    if (is_word(first, "key"))
        return with_key(read_statement(in));
    if (first.starts_with(token_start))
        return read_token(first);
    return with_key(read_line(first));
}

void hide_tokens(int argc, char** argv) noexcept
{
    for (int i = 0; i < argc; ++i)
        if (char* const token = std::strstr(argv[i], token_start.data()))
            std::memset(token + token_start.size(), 'x', std::strlen(token + token_start.size()));
}

std::variant<std::string, fault> read_private_file(std::string const& path)
{
    int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return fault{path + ": " + std::strerror(errno)};
    struct stat facts {};
    std::string text(max_file_size + 1, '\0');
    bool const is_known = ::fstat(fd, &facts) == 0;
    ssize_t size = 0, got = 0;
    while (
        static_cast<std::size_t>(size) < text.size() &&
        ((got = ::read(fd, text.data() + size, text.size() - static_cast<std::size_t>(size))) > 0 || (got < 0 && errno == EINTR)))
        size += std::max<ssize_t>(got, 0);
    int const error = errno;
    ::close(fd);
    if (!is_known || got < 0)
        return fault{path + ": " + std::strerror(error)};
    if (S_ISREG(facts.st_mode) && (facts.st_mode & (S_IWGRP | S_IRWXO)) != 0)
        return fault{path + ": others can read or change it: 'chmod 600 " + path + "' keeps the key to you"};
    text.resize(static_cast<std::size_t>(size));
    return text;
}

} // namespace homing::agent
