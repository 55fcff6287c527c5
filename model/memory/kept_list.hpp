#pragma once
/// The list in which a program keeps the objects of a set: an array of references to them.

#include <optional>

#include "model/memory/big_blocks.hpp"

namespace gilsim::memory {

/// A value: fork copies it with the blocks of the process.
class KeptList {
public:
    /// list.append() of so many references: list_resize() (CPython, Objects/listobject.c) makes room for an eighth more
    /// than is needed. Yields the bytes that realloc() has copied.
    Bytes append(BigBlocks& blocks, std::int64_t count, Nanoseconds now);
    /// All references are followed.
    void read(BigBlocks& blocks) const;
    /// `del kept[:]`
    void clear(BigBlocks& blocks, Nanoseconds now);

private:
    std::optional<BigBlocks::Block> block_;  ///< none while it is too small for its pages to matter
    Bytes room_ = 0;
    Bytes used_ = 0;
};

}  // namespace gilsim::memory
