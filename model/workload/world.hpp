#pragma once
/// Everything that one simulation consists of, and the lives of its processes and threads.

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/engine/engine.hpp"
#include "model/machine/machine.hpp"
#include "model/multiprocessing/shared.hpp"
#include "model/outside/client.hpp"
#include "model/outside/delays.hpp"
#include "model/outside/device.hpp"
#include "model/outside/socket.hpp"
#include "model/scenario/spec.hpp"
#include "model/sync/raw_lock.hpp"
#include "model/trace/recorder.hpp"
#include "model/workload/process.hpp"
#include "model/workload/program_error.hpp"

namespace gilsim::multiprocessing {
class ForkServer;
struct Launch;
}  // namespace gilsim::multiprocessing

namespace gilsim::workload {

class World {
public:
    World(const scenario::Variant& variant, engine::Engine& engine, trace::Recorder& recorder);
    ~World();

    /// The main process comes into being, at the present instant.
    void begin();
    /// Who waits for whom, one line each; a cycle first.
    [[nodiscard]] std::vector<std::string> describe_blocked() const;
    /// A cycle of threads that wait for one another has closed: the run was stopped for it.
    [[nodiscard]] bool deadlocked() const { return !waits_.cycle().empty(); }
    /// What a thread did that its program may not do, and where: the run was stopped for it. Empty: nothing.
    [[nodiscard]] const std::string& failure() const { return failure_; }
    /// The kernel has killed a process for lack of memory.
    [[nodiscard]] bool killed_for_memory() const { return killed_for_memory_; }

    // --- for the actors that execute programs ---------------------------------------------------------------------------

    /// Thread.start() or Process.start() for each member of the group (`Variant::groups` or a process's own `threads`).
    engine::Co<> start_group(SimThread& parent, const scenario::Group& group);
    /// join() of every member that has been started.
    engine::Co<> join_group(SimThread& thread, const scenario::Group& group);
    /// Waits, without the GIL, for the end of each member of a gathering in turn, and reaps it if it is a process.
    engine::Co<> join(SimThread& thread, Gathering& gathering);
    /// Thread.start() of a thread that runs `body`.
    engine::Co<> start_worker(SimThread& parent, const std::string& name, std::function<void(SimThread&)> body,
                              Gathering& gathering, const scenario::Group* group = nullptr);
    /// An interpreter within the process of its host, with objects of its own; no thread runs in it yet.
    Process& create_subinterpreter(Process& host, const std::string& name, scenario::Group::Subinterpreter kind);
    /// A new process, whose main thread boots for so long and then runs `launch.body`. `gathering`: that it joins; may
    /// be null. `forked`: its memory is a copy of the parent's.
    Process& begin_process(const multiprocessing::Launch& launch, Nanoseconds boot, SimThread* parent,
                           Gathering* gathering, bool forked);
    /// A process dies at once, as by a signal. `by`: who runs in the kernel meanwhile; of its own threads it is one
    /// that does not go on.
    engine::Co<> kill_process(Process& victim, machine::Thread& by);
    /// The same, because there is no page for it; the run says so.
    engine::Co<> kill_without_memory(Process& victim, machine::Thread& by);
    /// Who started a process learns that it has ended.
    engine::Co<> tell_parent(Process& process, machine::Thread& by);
    multiprocessing::ForkServer& fork_server() { return *fork_server_; }
    /// What processes share of an object of the scenario, made by `make` at the first call.
    template <class T, class Make>
    T& shared(std::size_t object, Make make) {
        if (shared_.size() <= object) shared_.resize(object + 1);
        if (shared_[object] == nullptr) shared_[object] = make();
        return static_cast<T&>(*shared_[object]);
    }
    outside::Device& device(int index) { return *devices_[static_cast<std::size_t>(index)]; }
    outside::Socket& socket(int index) { return *sockets_[static_cast<std::size_t>(index)]; }
    outside::Delays& delays() { return delays_; }
    /// A thread did what its program may not do: the run ends.
    void fail(const SimThread& thread, const ProgramError& error);

    const scenario::Variant& variant;
    engine::Engine& engine;
    machine::Machine machine;
    trace::Recorder& recorder;
    std::int64_t next_request = 0;
    memory::PhysicalMemory physical;
    memory::Gauge memory_in_use;
    std::int64_t next_message = 0;

    /// The trace's id of an operation's label.
    int label(const std::string& text);
    /// The trace's id of a new lock or other object that threads wait for. `process`: whose it is; `kind`: one word.
    int traced(const std::string& name, int process, std::string_view kind);

private:
    void begin_background();
    void begin_clients();
    void begin_signals(SimThread& main);
    Process& create_process(const std::string& name, int interpreter);
    SimThread& create_thread(Process& process, const std::string& name, const scenario::Group* group);
    engine::Co<> start_process(SimThread& parent, const scenario::Group& group, const std::string& name,
                               Gathering& gathering);
    void end_threads(Process& process, const machine::Thread* but);
    engine::Detached live(SimThread& thread, SimThread* parent, Nanoseconds bootstrap,
                          std::shared_ptr<sync::RawLock> started, std::function<void(SimThread&)> body,
                          bool ends_process);
    engine::Co<> await_end(SimThread& thread, SimThread& member, const Gathering& gathering);
    engine::Co<> tell_joiners(SimThread& member, machine::Thread& by);
    void end_process(SimThread& last);
    /// A process that has ended: its files are closed, and its parent is told, or who reaps it for that one.
    engine::Co<> announce_end(Process& process, machine::Thread& by);
    void create_memory(Process& process);
    [[nodiscard]] Bytes resident(const Process& process) const;
    engine::Co<> kill_for_memory(interpreter::PyThread& by);
    void main_of_process(SimThread& main, const std::vector<scenario::Group>& groups, int program);
    Gathering& gathering_of(const scenario::Group& group, const Process& process);

    struct Started {
        const scenario::Group* group;
        const Process* process;
        std::unique_ptr<Gathering> gathering;
    };
    std::vector<std::unique_ptr<Process>> processes_;
    std::vector<Started> started_;
    std::unordered_map<std::string, int> starts_;  ///< how many threads have had a name; never iterated
    int next_pid_ = 1000;  ///< processes and threads share one number space, as in Linux
    std::string failure_;
    WaitGraph waits_;
    outside::Delays delays_;
    std::vector<std::unique_ptr<outside::Device>> devices_;
    std::vector<std::unique_ptr<outside::Socket>> sockets_;
    std::vector<std::unique_ptr<outside::Client>> clients_;
    bool killed_for_memory_ = false;
    engine::Random signals_;
    std::unique_ptr<multiprocessing::ForkServer> fork_server_;
    std::vector<std::unique_ptr<multiprocessing::Shared>> shared_;  ///< by object of the variant
};

}  // namespace gilsim::workload
