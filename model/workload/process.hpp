#pragma once
/// A simulated process and its threads.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/engine/random.hpp"
#include "model/interpreter/interpreter.hpp"
#include "model/machine/shootdown.hpp"
#include "model/memory/process_memory.hpp"
#include "model/sync/semaphore.hpp"
#include "model/threading/counter.hpp"
#include "model/threading/object.hpp"
#include "model/workload/wait_graph.hpp"

namespace gilsim::workload {

class Process;

/// A simulated Python thread.
class SimThread {
public:
    SimThread(Process& its_process, machine::Thread& its_os, std::string its_name, bool is_daemon,
              const engine::Random& its_random)
        : process(its_process), os(its_os), name(std::move(its_name)), daemon(is_daemon), random(its_random) {}

    Process& process;
    machine::Thread& os;
    interpreter::PyThread py{os};
    const std::string name;  ///< with its process's, where that is not the main one
    const bool daemon;
    engine::Random random;
    bool ended = false;
    [[nodiscard]] bool is_main() const;  ///< of its process
    bool away = false;  ///< it runs in another interpreter, as another SimThread of the same OS thread

    /// What it waits for without a time limit, if it does: for the report of a deadlock.
    const threading::Awaited* awaited = nullptr;
    int line = 0;  ///< of the operation it executes
    std::shared_ptr<void> received = nullptr;  ///< what it received or got last, until it receives again

    // Its end, for who joins it; of a main thread: that of its process.
    bool over = false;            ///< who joins it need not wait
    bool reaped = false;          ///< of a process: its parent has asked how it ended
    int joiners = 0;              ///< so many wait
    sync::Semaphore joinable{0};  ///< posted once for each of them
};

/// A simulated process: an interpreter of its own, its objects, its threads. A sub-interpreter is the same, within the
/// process of its host.
class Process {
public:
    Process(std::string process_name, int process_id, int its_interpreter, WaitGraph& wait_graph,
            Process* its_host = nullptr)
        : name(std::move(process_name)), id(process_id), runs(its_interpreter), waits(wait_graph), host(its_host) {}

    const std::string name;
    const int id;    ///< in the trace
    const int runs;  ///< indexes Variant::interpreters: so do the children that a library starts
    WaitGraph& waits;
    Process* const host;  ///< of a sub-interpreter; nullptr: a process
    std::unique_ptr<interpreter::Interpreter> interpreter;
    std::unique_ptr<memory::ProcessMemory> memory;
    std::vector<std::unique_ptr<threading::Counter>> counters;  ///< of the objects
    std::vector<std::unique_ptr<threading::Object>> objects;    ///< as in Variant::objects
    std::vector<std::unique_ptr<SimThread>> threads;
    bool ended = false;
    bool has_tracker = false;  ///< a resource tracker, its own or one that it has inherited
    machine::TableChanges table_changes;
    bool forked = true;  ///< leaves by os._exit; a spawned one finalises its interpreter (Py_FinalizeEx)
    // Told when it has ended; by which thread.
    std::vector<std::function<void(machine::Thread*)>> on_end;     ///< its files are closed
    std::vector<std::function<void(machine::Thread*)>> on_reaped;  ///< whoever waits for its sentinel
    std::function<void(machine::Thread&)>
        reaper;  ///< the fork server that has forked it; none: it is its parent's child
};

inline bool SimThread::is_main() const {
    return process.threads.front().get() == this;
}

/// The members of a group that has been started, as somebody may join them.
struct Gathering final : threading::Awaited {
    std::string name;
    std::vector<SimThread*> members;  ///< in the order of their starts; of a process: its main thread

    [[nodiscard]] bool over() const {
        return std::all_of(members.begin(), members.end(), [](const SimThread* member) { return member->over; });
    }
    [[nodiscard]] std::string told() const override { return "the end of '" + name + "'"; }
    [[nodiscard]] std::vector<const SimThread*> blockers() const override {
        std::vector<const SimThread*> left;
        for (const SimThread* member : members)
            if (!member->ended) left.push_back(member);
        return left;
    }
};

}  // namespace gilsim::workload
