#pragma once
/// Small simulations whose every date can be worked out by hand: a machine whose mechanisms cost nothing (unless a test
/// says otherwise), threads that act out scripts, and the events of a few kinds as text.

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "model/engine/engine.hpp"
#include "model/interpreter/interpreter.hpp"
#include "model/machine/machine.hpp"
#include "model/machine/sleep.hpp"
#include "model/trace/recorder.hpp"

namespace gilsim::testing {

using engine::Co;
using trace::EventKind;
using State = machine::Thread::State;
inline constexpr Nanoseconds us = kMicrosecond;
inline constexpr Nanoseconds ms = kMillisecond;

inline scenario::Span span(Nanoseconds time) { return {scenario::Span::Kind::constant, time, 0}; }

/// A machine that charges nothing for anything. First tick at 4 ms; no thread is cache-hot; condition variables in order.
scenario::MachineSpec free_machine(std::int64_t cores);
/// An interpreter that charges nothing, with a check point every microsecond and a switch interval of 5 ms.
scenario::InterpreterSpec free_interpreter();

class Stage;

/// A thread on the stage, and what its script may do.
class Player {
public:
    Player(Stage& on, machine::Thread& thread) : stage(on), os(thread) {}

    Stage& stage;
    machine::Thread& os;
    interpreter::PyThread py{os};

    /// Writes a line of its own into the log.
    void says(const std::string& text) const;
    [[nodiscard]] Nanoseconds now() const { return os.machine().now(); }
    Co<> attach();
    Co<> detach(trace::ReleaseReason reason = trace::ReleaseReason::blocking);
    Co<> bytecode(Nanoseconds work);
    /// A call without check points that holds the GIL.
    Co<> native(Nanoseconds work);
    Co<> sleep(Nanoseconds time);
};
using Script = std::function<Co<>(Player&)>;
/// Takes the GIL, executes so much bytecode, and gives it up for good.
Script computes(Nanoseconds work);

/// Where a thread stands in the scheduler's eyes.
struct Role {
    int nice = 0;
    std::vector<int> cores{};  ///< empty: all
    Nanoseconds slice = 0;   ///< 0: the scheduler's
};

class Stage {
public:
    Stage(const scenario::MachineSpec& machine, scenario::InterpreterSpec interpreter, std::set<EventKind> kinds);
    ~Stage();
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    /// A thread that becomes ready at `from`; of several at the same time the first one comes first.
    void thread(const std::string& name, Nanoseconds from, Script script, const Role& role = {});
    /// Something that happens at a time, outside of any thread.
    void at(Nanoseconds time, std::function<void()> what);
    void say(const std::string& who, const std::string& text);
    /// Runs to the end; the log, one line per event: time in us, who, what.
    std::string run();

private:
    friend class Player;
    struct Log;
    engine::Detached act(Player& player, const Script& script);

    scenario::InterpreterSpec interpreter_spec_;
    engine::Engine engine_;
    trace::Recorder recorder_;
    std::unique_ptr<Log> log_;
    machine::Machine machine_;
    interpreter::Interpreter interpreter_;
    std::vector<std::unique_ptr<Player>> players_;
    std::vector<std::unique_ptr<Script>> scripts_;
    std::vector<std::unique_ptr<engine::Timer>> timers_;
};

/// Runs a play on a stage of its own, in a child process; its log, or `CRASHED: why`. It begins with a newline, as a raw
/// string literal does that it is compared with.
std::string play(const scenario::MachineSpec& machine, const scenario::InterpreterSpec& interpreter,
                 std::set<EventKind> kinds, const std::function<void(Stage&)>& script);

/// Runs a scenario that must load and have one variant: its log likewise, the last line being the outcome.
std::string run_yaml(const std::string& text, const std::set<EventKind>& kinds);

/// What the GIL does.
inline const std::set<EventKind> kGil{EventKind::gil_wait, EventKind::gil_acquire, EventKind::gil_release,
                                      EventKind::drop_request, EventKind::forced_switch};
inline const std::set<EventKind> kSwitches{EventKind::sched_switch};
inline const std::set<EventKind> kNothing{};

}  // namespace gilsim::testing
