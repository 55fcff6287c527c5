#pragma once
/// What people are told on standard error.

#include <cstdio>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace gilsim::analysis {

/// Writes to stderr. Where that fails (a full disk, a closed descriptor) nobody is left to be told so: it is no error.
template <class... Args>
void tell(fmt::format_string<Args...> format, Args&&... args) {
    fmt::memory_buffer text;  // a short one needs no memory: this may be to tell that there is none
    fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
    std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace gilsim::analysis
