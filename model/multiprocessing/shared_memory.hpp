#pragma once
/// multiprocessing.shared_memory.SharedMemory (Lib/multiprocessing/shared_memory.py): a file in memory that processes
/// map.

#include "model/multiprocessing/shared.hpp"
#include "model/workload/process.hpp"

namespace gilsim::multiprocessing {

using engine::Co;
using workload::SimThread;

/// The pages: which of them exist.
struct SharedPages final : Shared {
    Bytes touched = 0;  ///< from the beginning
};

class SharedMemory final : public threading::Object {
public:
    SharedMemory(std::string name, const scenario::ObjectSpec& spec, SharedPages& pages)
        : Object(std::move(name), -1), spec_(spec), pages_(pages) {}
    /// Opens and maps it, then touches as much of it; -1: all. What the process has touched before costs nothing again.
    Co<> attach(SimThread& thread, Bytes touch);

private:
    const scenario::ObjectSpec& spec_;
    SharedPages& pages_;
    bool mapped_ = false;
    Bytes touched_ = 0;  ///< by this process, from the beginning
};

}  // namespace gilsim::multiprocessing
