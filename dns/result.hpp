// A value or a sentence: how fallible operations outside the hot path report (text, storage, transfers, the command line).
//
// A failure says what, where and what to do, ready to be shown to a person. Wire parsing does not use it: readers latch.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>

namespace homing::dns {

/// Why something could not be done, as a complete sentence for a person (no final newline).
struct failure {
    std::string message;
};

/// `result.value()` on a failure throws its sentence; callers test first.
[[noreturn]] inline void throw_exception_from_error(failure const& f, boost::source_location const&)
{
    throw std::runtime_error{f.message};
}

template <class T>
using result = boost::system::result<T, failure>;

} // namespace homing::dns
