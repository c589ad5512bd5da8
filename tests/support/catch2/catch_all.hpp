#pragma once
// Catch2 version 3 calls this header so; Debian 12 has version 2, where everything is in one.
#include <catch2/matchers/catch_matchers_string.hpp>
