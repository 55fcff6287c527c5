#include "model/workload/executor.hpp"

#include <algorithm>
#include <exception>
#include <memory>

#include <fmt/format.h>

#include "model/machine/draw.hpp"
#include "model/machine/sleep.hpp"
#include "model/scenario/choices.hpp"
#include "model/workload/event_loop.hpp"
#include "model/workload/without_gil.hpp"

namespace gilsim::workload {

using engine::Co;
using trace::EventKind;

namespace {

/// So many turns of an unbounded loop in no time are taken for one that never ends: a random span may be 0 now and then.
constexpr std::int64_t kTimelessTurns = 100'000;

/// Runs `work` to its end, then lets the actor go on if it has begun to wait.
engine::Detached run_for_actor(Co<> work, bool& done, bool& waiting, std::exception_ptr& failure,
                               engine::Engine& engine, engine::Actor& actor) {
    try {
        co_await std::move(work);
    } catch (...) {
        failure = std::current_exception();
    }
    done = true;
    if (waiting) engine.wake(actor);
}

/// The time counts from when the GIL has been released.
Co<> sleep(machine::Thread& os, Nanoseconds time) {
    co_await machine::sleep_until(os, os.machine().now() + time);
}

Co<> io(SimThread& thread, Nanoseconds time) {
    machine::DeviceRequest request(thread.os);
    co_await request.ask(time);
    co_await without_gil(thread, request.wait());
}

Co<> use(SimThread& thread, outside::Device& device) {
    co_await machine::ask_device(thread.os);
    co_await without_gil(thread, outside::wait_for(thread.os, device));
}

}  // namespace

void Executor::perform(Co<> work) {
    bool done = false;
    bool waiting = false;
    std::exception_ptr failure;
    run_for_actor(std::move(work), done, waiting, failure, world_.engine, world_.engine.self());
    waiting = true;
    while (!done) world_.engine.block();
    if (failure) std::rethrow_exception(failure);
}

void Executor::run(const scenario::Program& program) {
    const int outer = thread_.line;
    for (const auto& op : program) {
        thread_.line = op.line;
        std::visit([this](const auto& what) { execute(what); }, op.what);
    }
    thread_.line = outer;
}

void Executor::emit(EventKind kind, int object, std::int64_t value) {
    world_.recorder.emit(
        {.time = world_.engine.now(), .kind = kind, .thread = thread_.os.id(), .object = object, .value = value});
}

class Executor::Labelled {
public:
    Labelled(Executor& executor, const std::string& label, const char* kind)
        : executor_(executor), label_(executor.world_.label(label.empty() ? kind : label)) {
        executor_.emit(EventKind::op_begin, label_);
    }
    ~Labelled() {
        if (std::uncaught_exceptions() == 0) executor_.emit(EventKind::op_end, label_);
    }
    Labelled(const Labelled&) = delete;
    Labelled& operator=(const Labelled&) = delete;

private:
    Executor& executor_;
    int label_;
};

void Executor::execute(const scenario::Compute& op) {
    const Labelled labelled(*this, op.label, "compute");
    perform(thread_.process.interpreter->bytecode(thread_.py, machine::draw(op.work, thread_.random), op.checkpoint_every));
}

void Executor::execute(const scenario::Native& op) {
    const Labelled labelled(*this, op.label, "native");
    perform(thread_.process.interpreter->native(thread_.py, machine::draw(op.work, thread_.random), op.releases_gil));
}

void Executor::execute(const scenario::Sleep& op) {
    const Labelled labelled(*this, op.label, "sleep");
    const Nanoseconds time = machine::draw(op.time, thread_.random);
    if (task_ != nullptr)
        task_->loop.sleep(*task_, time);
    else
        perform(without_gil(thread_, sleep(thread_.os, time)));
}

void Executor::execute(const scenario::Io& op) {
    const Labelled labelled(*this, op.label, "io");
    const Nanoseconds time = op.device < 0 ? machine::draw(op.time, thread_.random) : 0;
    if (task_ != nullptr) {
        if (op.device < 0)
            task_->loop.io(*task_, time);
        else
            task_->loop.io(*task_, world_.device(op.device));
    } else if (op.device < 0) {
        perform(io(thread_, time));
    } else {
        perform(use(thread_, world_.device(op.device)));
    }
}

void Executor::execute(const scenario::Repeat& op) {
    const Nanoseconds end = op.duration >= 0 ? world_.engine.now() + op.duration : kNever;
    const Nanoseconds start = world_.engine.now();
    Nanoseconds date = start;
    std::int64_t timeless = 0;
    for (std::int64_t turn = 0; op.times < 0 || turn < op.times; ++turn) {
        if (world_.engine.now() >= end) break;
        if (op.every > 0) {
            // The next multiple that lies ahead: those that have passed meanwhile are left out.
            date = std::max(date + op.every, start + ((world_.engine.now() - start) / op.every + 1) * op.every);
            if (date >= end) break;
            wait_for_turn(op, date);
        }
        const Nanoseconds before = world_.engine.now();
        run(op.body);
        timeless = world_.engine.now() == before ? timeless + 1 : 0;
        if (op.times < 0 && timeless == kTimelessTurns)
            throw ProgramError(
                fmt::format("has repeated this {} times in no simulated time, and would for ever", kTimelessTurns),
                "give the body something to do that takes time, or 'times'");
    }
}

void Executor::sleep_until(Nanoseconds date) {
    if (task_ != nullptr)
        task_->loop.call_at(*task_, date);
    else
        perform(without_gil(thread_, sleep(thread_.os, date - world_.engine.now())));
}

// How late a turn begins is a request that begins at its date and that the turn ends. What the thread does meanwhile is
// what the turn waits for. Requests are numbered as they begin; an event loop that has computed until that very date
// comes before the delay, and begins it itself.
void Executor::wait_for_turn(const scenario::Repeat& op, Nanoseconds date) {
    if (op.late < 0) return sleep_until(date);
    const auto serial = std::make_shared<std::int64_t>(-1);
    const auto begin = [&world = world_, thread = thread_.os.id(), kind = op.late, serial] {
        if (*serial >= 0) return;
        *serial = world.next_request++;
        trace::Event event{
            .time = world.engine.now(), .kind = EventKind::request_begin, .object = kind, .value = *serial};
        world.recorder.emit(event);
        event.kind = EventKind::request_serve;
        event.thread = thread;
        world.recorder.emit(event);
    };
    world_.delays().after(date - world_.engine.now(), begin);
    sleep_until(date);
    begin();
    emit(EventKind::request_end, op.late, *serial);
}

void Executor::execute(const scenario::Request& op) {
    execute(scenario::RequestBegin{op.request});
    run(op.body);
    execute(scenario::RequestEnd{op.request});
}

std::int64_t& Executor::open_request(int kind) {
    open_requests_.resize(world_.variant.requests.size(), -1);
    return open_requests_[static_cast<std::size_t>(kind)];
}

void Executor::execute(const scenario::RequestBegin& op) {
    std::int64_t& open = open_request(op.request);
    if (open >= 0)
        throw ProgramError(fmt::format("begins request '{}' while it has one open", request_name(op.request)),
                           "end it first, by 'request_end'");
    open = world_.next_request++;
    emit(EventKind::request_begin, op.request, open);
}

void Executor::execute(const scenario::RequestEnd& op) {
    std::int64_t& open = open_request(op.request);
    if (open < 0)
        throw ProgramError(fmt::format("ends request '{}', which it has not begun", request_name(op.request)),
                           "begin it first, by 'request_begin'");
    emit(EventKind::request_end, op.request, open);
    open = -1;
}

void Executor::execute(const scenario::Start& op) { perform(world_.start_group(thread_, group(op.group))); }

void Executor::execute(const scenario::Join& op) { perform(world_.join_group(thread_, group(op.group))); }

void Executor::execute(const scenario::Allocate& op) {
    const Labelled labelled(*this, op.label, "allocate");
    perform(thread_.process.memory->allocate(thread_.py, op));
}

void Executor::execute(const scenario::Free& op) {
    const Labelled labelled(*this, op.label, "free");
    perform(thread_.process.memory->free(thread_.py, op));
}

void Executor::execute(const scenario::WalkSet& op) {
    const Labelled labelled(*this, op.label, "walk");
    perform(thread_.process.memory->walk(thread_.py, op));
}

void Executor::execute(const scenario::Gc& op) {
    const Labelled labelled(*this, std::string(scenario::text_of(op.action)), "gc");
    perform(thread_.process.memory->gc(thread_.py, op.action));
}

void Executor::execute(const scenario::Run& op) {
    run(world_.variant.programs[static_cast<std::size_t>(op.program)]);
}

void Executor::execute(const scenario::Touch& op) {
    const Labelled labelled(*this, op.label, "touch");
    const bool owner = thread_.is_main();
    perform(thread_.process.interpreter->touch(thread_.py, op, owner));
}

void Executor::execute(const scenario::CriticalSection& op) {
    perform(thread_.process.interpreter->begin_critical_section(thread_.py, op.object));
    run(op.body);
    perform(thread_.process.interpreter->end_critical_section(thread_.py));
}

void Executor::execute(const scenario::StopTheWorld& op) {
    const Labelled labelled(*this, op.label, "stop_the_world");
    perform(thread_.process.interpreter->stopped_world(thread_.py, machine::draw(op.work, thread_.random)));
}

}  // namespace gilsim::workload
