#pragma once
/// A simulated process and its threads.

#include <memory>
#include <string>
#include <vector>

#include "model/engine/random.hpp"
#include "model/interpreter/interpreter.hpp"
#include "model/sync/semaphore.hpp"
#include "model/workload/program_lock.hpp"

namespace gilsim::workload {

class Process;
struct Gathering;

/// A simulated Python thread.
class SimThread {
public:
    SimThread(Process& process, machine::Thread& os, std::string name, bool daemon, std::uint64_t seed);

    Process& process;
    machine::Thread& os;
    interpreter::PyThread py{os};
    const std::string name;  ///< with its process's, where that is not the main one
    const bool daemon;
    engine::Random random;
    bool ended = false;

    /// Why it blocks, for the report of a deadlock.
    const ProgramLock* awaited_lock = nullptr;
    const Gathering* joining = nullptr;
    int line = 0;  ///< of the operation it executes
};

/// A simulated process: an interpreter of its own, its locks, its threads. A sub-interpreter is the same, within the
/// process of its host.
class Process {
public:
    Process(std::string process_name, int process_id, Process* its_host = nullptr)
        : name(std::move(process_name)), id(process_id), host(its_host) {}

    const std::string name;
    const int id;  ///< in the trace
    Process* const host;  ///< of a sub-interpreter; nullptr: a process
    std::unique_ptr<interpreter::Interpreter> interpreter;
    std::vector<std::unique_ptr<ProgramLock>> objects;  ///< as in Variant::objects
    std::vector<std::unique_ptr<SimThread>> threads;
    bool ended = false;
};

/// The members of a group that has been started, as somebody may join them.
struct Gathering {
    std::string name;
    int unfinished = 0;
    sync::Semaphore all_ended{0};  ///< posted once per joiner when the last member ends
    int joiners = 0;
};

}  // namespace gilsim::workload
