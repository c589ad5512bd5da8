#include "dns/types.hpp"

#include <cstdio>

namespace homing::dns {

namespace {

/// `prefix` and the number, in a buffer that the next call on this thread overwrites.
char const* numbered(char const* prefix, unsigned value) noexcept
{
    thread_local char text[24];
    std::snprintf(text, sizeof text, "%s%u", prefix, value);
    return text;
}

} // namespace

char const* mnemonic(rcode r) noexcept
{
    switch (r) {
    case rcode::noerror: return "NOERROR";
    case rcode::formerr: return "FORMERR";
    case rcode::servfail: return "SERVFAIL";
    case rcode::nxdomain: return "NXDOMAIN";
    case rcode::notimp: return "NOTIMP";
    case rcode::refused: return "REFUSED";
    case rcode::yxdomain: return "YXDOMAIN";
    case rcode::yxrrset: return "YXRRSET";
    case rcode::nxrrset: return "NXRRSET";
    case rcode::notauth: return "NOTAUTH";
    case rcode::notzone: return "NOTZONE";
    case rcode::badvers: return "BADVERS"; // 16 is BADSIG in a TSIG
    case rcode::badkey: return "BADKEY";
    case rcode::badtime: return "BADTIME";
    case rcode::badtrunc: return "BADTRUNC";
    }
    return numbered("RCODE", static_cast<unsigned>(r));
}

char const* mnemonic(opcode o) noexcept
{
    switch (o) {
    case opcode::query: return "QUERY";
    case opcode::iquery: return "IQUERY";
    case opcode::status: return "STATUS";
    case opcode::notify: return "NOTIFY";
    case opcode::update: return "UPDATE";
    case opcode::dso: return "DSO";
    }
    return numbered("OPCODE", static_cast<unsigned>(o));
}

} // namespace homing::dns
