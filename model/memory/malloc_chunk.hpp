#pragma once
/// Chunks of the C library's malloc (glibc, malloc/malloc.c).

#include <algorithm>

#include "model/engine/time.hpp"

namespace gilsim::memory {

inline constexpr Bytes kChunkSizeField = 8;   ///< SIZE_SZ: of a chunk that is in use, what stands before the block
inline constexpr Bytes kChunkAlignment = 16;  ///< MALLOC_ALIGNMENT
inline constexpr Bytes kSmallestChunk = 32;   ///< MINSIZE

/// request2size: a block with the size that stands before it.
constexpr Bytes malloc_chunk(Bytes size) {
    return std::max(kSmallestChunk, round_up(size + kChunkSizeField, kChunkAlignment));
}

}  // namespace gilsim::memory
