#pragma once
/// Chunks of the C library's malloc (glibc, malloc/malloc.c).

#include <algorithm>

#include "model/engine/time.hpp"

namespace gilsim::memory {

inline constexpr Bytes kSizeField = 8;  ///< SIZE_SZ: of a chunk that is in use, what stands before the block
inline constexpr Bytes kAlignment = 16;  ///< MALLOC_ALIGNMENT
inline constexpr Bytes kSmallest = 32;   ///< MINSIZE

/// request2size: a block with the size that stands before it.
constexpr Bytes malloc_chunk(Bytes size) {
    return std::max(kSmallest, round_up(size + kSizeField, kAlignment));
}

}  // namespace gilsim::memory
