#pragma once
/// multiprocessing.shared_memory.SharedMemory (Lib/multiprocessing/shared_memory.py): a file in memory that processes
/// map.

#include "model/multiprocessing/shared.hpp"
#include "model/workload/process.hpp"

namespace gilsim::workload {
class World;
}

namespace gilsim::multiprocessing {

using engine::Co;
using workload::SimThread;
using workload::World;

/// The pages: which of them exist.
struct SharedPages final : Shared {
    Bytes touched = 0;  ///< from the beginning
};

class SharedMemory final : public threading::Object {
public:
    SharedMemory(World& world, std::string name, const scenario::ObjectSpec& spec, SharedPages& pages)
        : Object(std::move(name), -1), world_(world), spec_(spec), pages_(pages) {}
    /// Opens and maps it, then touches as much of it; -1: all. What the process has touched before costs nothing again.
    /// Who touches a page for which files in memory have no room is killed.
    Co<> attach(SimThread& thread, Bytes touch);

private:
    World& world_;
    const scenario::ObjectSpec& spec_;
    SharedPages& pages_;
    bool mapped_ = false;
    Bytes touched_ = 0;  ///< by this process, from the beginning
};

}  // namespace gilsim::multiprocessing
