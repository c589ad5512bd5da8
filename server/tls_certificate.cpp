#include "server/tls_certificate.hpp"

#include "server/commands/key_text.hpp"
#include "server/file_descriptor.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>

namespace homing::server {

namespace {

constexpr std::size_t max_file = 1U << 20;
constexpr long valid_days = 365;
constexpr long slow_clocks_days = 2; // valid from so long ago

struct openssl_free {
    void operator()(X509* p) const noexcept { X509_free(p); }
    void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
    void operator()(BIO* p) const noexcept { BIO_free_all(p); }
    void operator()(X509_EXTENSION* p) const noexcept { X509_EXTENSION_free(p); }
    void operator()(GENERAL_NAMES* p) const noexcept { GENERAL_NAMES_free(p); }
};
template <class T>
using owned = std::unique_ptr<T, openssl_free>;

dns::failure openssl_failure(std::string const& what)
{
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    ERR_clear_error();
    return {fmt::format("{}: {}", what, text.data())};
}

dns::result<void> read_file(std::string const& path, std::string& text)
{
    file_descriptor const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    std::array<char, 16384> piece; // NOLINT: filled by the read
    for (ssize_t n = 1; file && n > 0 && text.size() <= max_file;) {
        n = ::read(file.get(), piece.data(), piece.size());
        if (n < 0)
            return dns::failure{fmt::format("{} cannot be read: {}", path, std::strerror(errno))};
        text.append(piece.data(), static_cast<std::size_t>(n));
    }
    if (!file)
        return dns::failure{fmt::format("{} cannot be opened: {}", path, std::strerror(errno))};
    if (text.size() > max_file)
        return dns::failure{fmt::format("{} is longer than a certificate or key can be", path)};
    return {};
}

owned<BIO> borrow(std::string_view text)
{
    return owned<BIO>{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

owned<X509> read_certificate(std::string_view pem)
{
    return owned<X509>{PEM_read_bio_X509(borrow(pem).get(), nullptr, nullptr, nullptr)};
}

/// Without asking a terminal for the password of one that has one.
owned<EVP_PKEY> read_key(std::string_view pem)
{
    auto const no_password = [](char*, int, int, void*) { return -1; };
    return owned<EVP_PKEY>{PEM_read_bio_PrivateKey(borrow(pem).get(), nullptr, no_password, nullptr)};
}

template <class Write>
std::string written(Write&& write)
{
    owned<BIO> const out{BIO_new(BIO_s_mem())};
    if (!out || write(out.get()) != 1)
        return {};
    char* text = nullptr;
    auto const size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string address_text(std::span<unsigned char const> octets)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    int const family = octets.size() == 4 ? AF_INET : AF_INET6;
    bool const is_address = octets.size() == 4 || octets.size() == 16;
    return is_address && ::inet_ntop(family, octets.data(), text.data(), text.size()) != nullptr ? text.data() : "";
}

std::set<std::string> names_of(X509* certificate)
{
    std::set<std::string> names;
    owned<GENERAL_NAMES> const all{
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
    for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
        auto const* const one = sk_GENERAL_NAME_value(all.get(), i);
        if (one->type != GEN_DNS && one->type != GEN_IPADD)
            continue;
        ASN1_STRING const* const value = one->type == GEN_DNS ? one->d.dNSName : one->d.iPAddress;
        std::span const octets{ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))};
        std::string text = one->type == GEN_DNS ? std::string{octets.begin(), octets.end()} : address_text(octets);
        for (char& c : text)
            c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        names.insert(std::move(text));
    }
    return names;
}

std::int64_t expiry_of(X509* certificate)
{
    std::tm parts{};
    return ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) == 1 ? ::timegm(&parts) : 0;
}

std::string fingerprint_of(X509* certificate)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    X509_digest(certificate, EVP_sha256(), digest.data(), &size);
    std::string text;
    for (unsigned i = 0; i < size; ++i)
        text += fmt::format("{}{:02X}", i == 0 ? "" : ":", digest[i]);
    return text;
}

std::string pin_of(X509* certificate)
{
    unsigned char* encoded = nullptr;
    int const size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned digest_size = 0;
    if (size > 0)
        EVP_Digest(encoded, static_cast<std::size_t>(size), digest.data(), &digest_size, EVP_sha256(), nullptr);
    OPENSSL_free(encoded);
    return "sha256//" + to_base64({digest.data(), digest_size});
}

bool is_address(std::string const& name)
{
    std::array<unsigned char, 16> octets{};
    return ::inet_pton(AF_INET, name.c_str(), octets.data()) == 1 || ::inet_pton(AF_INET6, name.c_str(), octets.data()) == 1;
}

bool add_extension(X509* certificate, int what, std::string const& text)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    owned<X509_EXTENSION> const extension{X509V3_EXT_conf_nid(nullptr, &context, what, text.c_str())};
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool describe(X509* certificate, std::set<std::string> const& names, std::int64_t now)
{
    std::array<unsigned char, 16> serial{};
    RAND_bytes(serial.data(), serial.size());
    serial[0] = static_cast<unsigned char>((serial[0] & 0x7fU) | 0x40U); // positive, and of a fixed length (RFC 5280 4.1.2.2)
    std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> const number{BN_bin2bn(serial.data(), serial.size(), nullptr), BN_free};
    constexpr long day = 24L * 60 * 60;
    auto at = static_cast<std::time_t>(now);
    std::string all;
    for (auto const& name : names)
        all += fmt::format("{}{}:{}", all.empty() ? "" : ",", is_address(name) ? "IP" : "DNS", name);
    auto* const subject = X509_get_subject_name(certificate);
    return X509_set_version(certificate, 2) == 1 && number &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr &&
           X509_time_adj_ex(X509_getm_notBefore(certificate), 0, -slow_clocks_days * day, &at) != nullptr &&
           X509_time_adj_ex(X509_getm_notAfter(certificate), 0, valid_days * day, &at) != nullptr &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<unsigned char const*>("homing"), -1, -1, 0) ==
               1 &&
           X509_set_issuer_name(certificate, subject) == 1 && add_extension(certificate, NID_subject_alt_name, all) &&
           add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
           add_extension(certificate, NID_ext_key_usage, "serverAuth");
}

} // namespace

dns::result<tls_identity> read_identity(std::string const& certificate_file, std::string const& key_file)
{
    tls_identity identity;
    if (auto read = read_file(certificate_file, identity.chain); !read)
        return read.error();
    if (auto read = read_file(key_file, identity.key); !read)
        return read.error();
    auto const certificate = read_certificate(identity.chain);
    if (!certificate)
        return openssl_failure(certificate_file + " holds no certificate in PEM form");
    auto const key = read_key(identity.key);
    if (!key)
        return openssl_failure(key_file + " holds no private key in PEM form that can be read without a password");
    if (X509_check_private_key(certificate.get(), key.get()) != 1) {
        ERR_clear_error();
        return dns::failure{fmt::format("the key in {} is not that of the certificate in {}", key_file, certificate_file)};
    }
    return identity;
}

dns::result<certificate_facts> facts_of(tls_identity const& identity)
{
    auto const certificate = read_certificate(identity.chain);
    if (!certificate)
        return openssl_failure("this is no certificate in PEM form");
    return certificate_facts{names_of(certificate.get()), expiry_of(certificate.get()), fingerprint_of(certificate.get()),
                             pin_of(certificate.get())};
}

dns::result<tls_identity> make_self_signed(std::set<std::string> const& names, std::string_view old_key, std::int64_t now)
{
    auto key = read_key(old_key);
    ERR_clear_error();
    if (!key)
        key.reset(EVP_EC_gen("P-256"));
    owned<X509> const certificate{X509_new()};
    if (!key || !certificate || !describe(certificate.get(), names, now) ||
        X509_set_pubkey(certificate.get(), key.get()) != 1 || X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0)
        return openssl_failure("no certificate could be made");
    return tls_identity{
        written([&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); }),
        written([&](BIO* out) { return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
}

} // namespace homing::server
