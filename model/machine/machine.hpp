#pragma once
/// The machine: cores, and the part of the operating system that moves threads between them.

#include <memory>
#include <vector>

#include "model/engine/engine.hpp"
#include "model/machine/core.hpp"
#include "model/machine/draw.hpp"
#include "model/machine/thread.hpp"
#include "model/scenario/spec.hpp"
#include "model/trace/recorder.hpp"

namespace gilsim::machine {

class Machine {
public:
    Machine(engine::Engine& engine, const scenario::MachineSpec& spec, std::uint64_t seed, trace::Recorder& recorder);

    /// A new thread, not yet ready. Lives as long as the machine. `id` indexes the recorder's directory. `slice`: its
    /// own (EEVDF); 0: the scheduler's.
    Thread& create_thread(int id, int nice, std::vector<int> affinity, Nanoseconds slice = 0);
    /// A new thread becomes ready on the core of its creator (or another that is idle). When it first gets a core it
    /// pays its debts, then `body` resumes.
    void start_thread(Thread& thread, std::coroutine_handle<> body, Thread* creator);
    /// A thread that is there at the beginning has computed for so long before.
    void has_computed(Thread& thread, Nanoseconds time) { thread.utilization_ = Utilization(0.5, time); }
    /// Ends the calling thread: called by its own coroutine as its last act.
    void end_thread(Thread& thread);
    /// Ends a thread from outside, wherever it is (its process ends).
    void kill_thread(Thread& thread);

    /// Makes a blocked thread ready. `waker`: the thread that does it; nullptr: a timer or device, in whose
    /// `Core::Interrupt` this is called, or something outside of the machine, which takes none of its cores' time. If
    /// another core must be told, the waker owes the core time for that: it pays when it goes on.
    void wake(Thread& thread, Thread* waker) { wake(thread, waker, false); }
    /// The same with the hint that the waker is about to sleep, which writers of pipes and sockets give (Linux:
    /// WF_SYNC).
    void wake_sync(Thread& thread, Thread* waker) { wake(thread, waker, true); }

    [[nodiscard]] const scenario::CostSpec& costs() const { return spec_.costs; }
    [[nodiscard]] const scenario::MachineSpec& spec() const { return spec_; }
    engine::Engine& engine() { return engine_; }
    [[nodiscard]] Nanoseconds now() const { return engine_.now(); }
    trace::Recorder& recorder() { return recorder_; }
    /// One value of a latency of the machine.
    Nanoseconds draw(const scenario::Span& latency) { return machine::draw(latency, latencies_); }
    /// Whether anything takes cores from whatever runs there; one value of how often or how long; from any moment, of
    /// which nothing is known, to the next time.
    [[nodiscard]] bool has_noise() const { return has_noise_; }
    Nanoseconds draw_noise(const scenario::Span& span) { return machine::draw(span, noise_); }
    Nanoseconds until_detour() { return noise_.uniform(0, draw_noise(spec_.costs.noise.every)); }
    /// The first tick after `time`.
    [[nodiscard]] Nanoseconds tick_after(Nanoseconds time) const;
    [[nodiscard]] std::size_t cores() const { return cores_.size(); }
    [[nodiscard]] Core& core(int id) const { return *cores_[static_cast<std::size_t>(id)]; }

private:
    friend class Core;
    friend class Thread;
    void set_state(Thread& thread, Thread::State state);
    void bury(Thread& thread);
    void wake(Thread& thread, Thread* waker, bool sync);
    Core& core_for_woken(Thread& thread, Core* waking, bool sync);
    Core& core_for_new(Thread& thread, const Thread* creator);
    Core* idle_core_for(const Thread& thread, int first);
    engine::Engine& engine_;
    const scenario::MachineSpec spec_;
    trace::Recorder& recorder_;
    engine::Random latencies_;
    const bool has_noise_;
    engine::Random noise_;
    Nanoseconds tick_phase_;
    std::vector<std::unique_ptr<Core>> cores_;
    std::vector<std::unique_ptr<Thread>> threads_;
};

}  // namespace gilsim::machine
