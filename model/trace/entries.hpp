#pragma once
/// Tables by id that grow as ids appear: ids in events are dense, but their number is not known beforehand.

#include <cstddef>
#include <vector>

namespace gilsim::trace {

/// The id of nothing.
inline constexpr int kNone = -1;

/// The entry of an id (not negative), made if it is not there.
template <class T>
T& entry(std::vector<T>& entries, int id) {
    const auto i = static_cast<std::size_t>(id);
    if (i >= entries.size()) entries.resize(i + 1);
    return entries[i];
}

}  // namespace gilsim::trace
