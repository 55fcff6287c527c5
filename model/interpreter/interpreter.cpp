#include "model/interpreter/interpreter.hpp"

#include <algorithm>
#include <cmath>

namespace gilsim::interpreter {

using engine::Co;
using State = machine::Thread::State;

namespace {
/// Costs of reference counts are those of so many.
constexpr std::int64_t kPerCost = 1000;
/// A writer of a shared line looks again after this time, at the latest, how many others are on a core.
constexpr Nanoseconds kLookAgain = kMillisecond;
}  // namespace

Interpreter::Interpreter(machine::Machine& machine, int id, const scenario::InterpreterSpec& spec)
    : id_(id),
      spec_(spec),
      usual_evaluator_(std::llround(machine::mean(spec.evaluator))),
      machine_(machine),
      gil_(make_gil({machine, id, spec_})) {}

Interpreter::Interpreter(machine::Machine& machine, const Interpreter& host)
    : id_(host.id_), spec_(host.spec_), usual_evaluator_(host.usual_evaluator_), machine_(machine), gil_(host.gil_) {}

Co<> Interpreter::attach(PyThread& thread) {
    co_await gil_->take(thread);
    const Nanoseconds longer = thread.os.forgotten(usual_evaluator_);
    if (longer > 0) co_await thread.os.run(longer * machine_.draw(spec_.evaluator) / usual_evaluator_);
}

Co<> Interpreter::bytecode(PyThread& thread, Nanoseconds work, Nanoseconds checkpoint_every, State as) {
    const Nanoseconds every = checkpoint_every > 0 ? checkpoint_every : spec_.checkpoint_every;
    while (work > 0) {
        co_await check_point(thread);
        Stretch stretch = gil_->stretch(work, every);
        // Somebody has asked since the GIL was handed to us: the next check point sees it.
        if (gil_->drop_requested(thread)) stretch.core_time = std::min(stretch.core_time, every);
        work -= gil_->executed(co_await thread.os.to_checkpoint(stretch.core_time, stretch.every, as));
    }
}

Co<> Interpreter::native(PyThread& thread, Nanoseconds work, bool releases_gil) {
    if (releases_gil) {
        co_await detach(thread);
        co_await thread.os.run(work, State::native_released);
        co_await attach(thread);
    } else {
        co_await thread.os.run(work, State::native);
    }
    co_await check_point(thread);
}

// _Py_HandlePending: signals, a collection, then the GIL drop request, last but for asynchronous exceptions.
Co<> Interpreter::check_point(PyThread& thread) {
    if (!signals_.empty() && &thread == main_thread_) co_await run_handlers(thread);
    if (pending_scheduled_) {
        pending_scheduled_ = false;
        co_await pending_(thread);
    }
    if (gil_->drop_requested(thread)) co_await change_holder(thread);
}

Co<> Interpreter::change_holder(PyThread& thread) {
    const Nanoseconds slow_path = thread.os.cold(machine_.draw(spec_.request_overhead), kGilCode);
    co_await thread.os.run(gil_->notice(thread) + slow_path);
    co_await gil_->drop(thread, trace::ReleaseReason::requested);
    co_await attach(thread);
}

void Interpreter::signal(PyThread& main_thread, Nanoseconds work, std::function<void()> done) {
    main_thread_ = &main_thread;
    signals_.push_back({work, std::move(done)});
    gil_->calls_pending(true);
    main_thread.os.interrupt();
}

Co<> Interpreter::run_handlers(PyThread& thread) {
    gil_->calls_pending(false);
    while (!signals_.empty()) {
        const Signal next = std::move(signals_.front());
        signals_.pop_front();
        co_await bytecode(thread, next.work);
        next.done();
    }
}

Interpreter::SharedObject& Interpreter::shared_object(int index) {
    const auto at = static_cast<std::size_t>(index);
    if (at >= shared_objects_.size()) shared_objects_.resize(at + 1);
    if (shared_objects_[at] == nullptr) shared_objects_[at] = std::make_unique<SharedObject>(spec_);
    return *shared_objects_[at];
}

Co<> Interpreter::touch(PyThread& thread, const scenario::Touch& touch, bool owner) {
    using Counting = scenario::Touch::Counting;
    const bool free_threaded = gil_->free_threaded();
    if (free_threaded && touch.counting == Counting::shared) {
        co_await touch_shared(thread, touch.times, owner ? spec_.refcount : spec_.refcount_shared,
                              shared_object(touch.object).line);
        co_return;
    }
    const bool uncounted =
        touch.counting == Counting::immortal || (free_threaded && touch.counting == Counting::deferred);
    co_await bytecode(thread, touch.times * (uncounted ? spec_.refcount_uncounted : spec_.refcount) / kPerCost);
}

// The line with the count is with one core at a time. As long as a thread has it to itself, an atomic update costs what
// it costs; of several cores each waits until its turn has come round, for each of the two updates.
Co<> Interpreter::touch_shared(PyThread& thread, std::int64_t times, Nanoseconds alone, machine::SharedLine& line) {
    const machine::SharedLine::Writer writer(line, thread.os);
    while (times > 0) {
        co_await check_point(thread);
        const std::int64_t cores = line.writing_cores();
        const Nanoseconds by_turns = 2 * cores * machine_.costs().contended_line;
        const bool contended = cores > 1 && by_turns > alone;
        const Nanoseconds cost = std::max<Nanoseconds>(contended ? by_turns : alone, 1);
        const std::int64_t planned = std::min(times, std::max<std::int64_t>(kLookAgain * kPerCost / cost, 1));
        const Nanoseconds work = std::max<Nanoseconds>(planned * cost / kPerCost, 1);
        const Nanoseconds done = co_await thread.os.to_checkpoint(work, spec_.checkpoint_every,
                                                                  contended ? State::contended : State::bytecode);
        times -= done >= work ? planned : std::max<std::int64_t>(done * kPerCost / cost, 1);
    }
}

Co<> Interpreter::begin_critical_section(PyThread& thread, int object) {
    return begin_critical_section(thread, shared_object(object).mutex);
}

Co<> Interpreter::begin_critical_section(PyThread& thread, sync::PyMutex& mutex) {
    if (!gil_->free_threaded()) co_return;
    thread.sections.emplace_back();
    if (!mutex.try_lock()) {
        // To park is to detach, which suspends the sections around this one.
        co_await detach(thread);
        co_await mutex.lock(thread.os, State::waiting_lock);
        co_await attach(thread);
    }
    thread.sections.back() = {&mutex, true};
}

Co<> Interpreter::end_critical_section(PyThread& thread) {
    if (!gil_->free_threaded()) co_return;
    const CriticalSection ended = thread.sections.back();
    thread.sections.pop_back();
    if (ended.locked) co_await ended.mutex->unlock(thread.os);
    if (thread.sections.empty() || thread.sections.back().locked) co_return;
    CriticalSection& outer = thread.sections.back();  // suspended: it goes on
    if (!outer.mutex->try_lock()) {
        co_await detach(thread);
        co_await attach(thread);  // takes it
        co_return;
    }
    outer.locked = true;
}

Co<> Interpreter::stopped_world(PyThread& thread, Nanoseconds work) {
    co_await gil_->stop_the_world(thread);
    co_await thread.os.run(work, State::native);
    co_await gil_->start_the_world(thread);
    co_await check_point(thread);
}

}  // namespace gilsim::interpreter
