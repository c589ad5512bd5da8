#pragma once
// Catch2 version 3 calls this header so; Debian 12 has version 2, where everything is in one.
#include <catch2/catch.hpp>

#include <string>

namespace Catch::Matchers {

// Version 3's name for what version 2 calls Contains.
inline StdString::ContainsMatcher ContainsSubstring(const std::string& part, CaseSensitive::Choice choice = CaseSensitive::Yes)
{
    return Contains(part, choice);
}

} // namespace Catch::Matchers
