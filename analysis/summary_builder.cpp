#include "analysis/summary_builder.hpp"

#include <algorithm>

namespace gilsim::analysis {
namespace {

using trace::Event;
using trace::EventKind;

// The entry of an id; ids are dense, so that the vector grows to the highest one seen.
template <class T>
T& at(std::vector<T>& entries, std::int32_t id) {
    const auto index = static_cast<std::size_t>(id);
    if (index >= entries.size()) [[unlikely]]
        entries.resize(index + 1);
    return entries[index];
}

}  // namespace

StateTimes& StateTimes::operator+=(const StateTimes& other) {
    for (std::size_t i = 0; i < times.size(); ++i) times[i] += other.times[i];
    return *this;
}

Nanoseconds StateTimes::total() const {
    Nanoseconds sum = 0;
    for (const Nanoseconds t : times) sum += t;
    return sum;
}

Nanoseconds StateTimes::on_core() const {
    Nanoseconds sum = 0;
    for (const trace::StateRow& r : trace::kStates) sum += r.on_core ? (*this)[r.state] : 0;
    return sum;
}

// Books the time since the last booking: on the thread's state, and in the same state on its innermost operation and on
// every request it serves.
void SummaryBuilder::charge(Thread& thread, Nanoseconds now) {
    const Nanoseconds span = now - thread.charged;
    thread.charged = now;
    if (span == 0 || thread.state < 0) return;
    const auto state = static_cast<std::size_t>(thread.state);
    thread.states.times[state] += span;
    if (!thread.operations.empty()) {
        Operation& operation = at(operations_, thread.operations.back());
        operation.states.times[state] += span;
        if (thread.holds_gil >= 0) operation.gil_held += span;
    }
    for (const int kind : thread.requests) at(requests_, kind).states.times[state] += span;
}

void SummaryBuilder::event(const Event& e) {
    switch (e.kind) {
        case EventKind::state: {
            Thread& thread = at(threads_, e.thread);
            charge(thread, e.time);
            thread.state = static_cast<int>(e.value);
            break;
        }
        case EventKind::sched_switch:
            switch_core(e);
            break;
        case EventKind::sched_waking:
            break;
        case EventKind::gil_wait:
            at(threads_, e.thread).gil_wait_since = e.time;
            break;
        case EventKind::gil_acquire:
            acquire_gil(e);
            break;
        case EventKind::gil_release:
            release_gil(at(threads_, e.thread), e.time);
            break;
        case EventKind::drop_request:
            ++at(interpreters_, e.object).gil.drop_requests;
            break;
        case EventKind::forced_switch:
            ++at(interpreters_, e.object).gil.forced_switches;
            break;
        case EventKind::gil_missed:
            ++at(interpreters_, e.object).gil.missed;
            break;
        case EventKind::world_stop:
            ++at(interpreters_, e.object).gil.world_stops;
            break;
        case EventKind::world_start:
            break;
        case EventKind::lock_wait:
        case EventKind::sync_wait:
            at(threads_, e.thread).lock_wait_since = e.time;
            break;
        case EventKind::lock_acquire: {
            Lock& lock = at(locks_, e.object);
            Thread& thread = at(threads_, e.thread);
            ++lock.acquisitions;
            lock.held_since = e.time;
            if (thread.lock_wait_since >= 0) lock.waits.add(e.time - thread.lock_wait_since);
            thread.lock_wait_since = -1;
            break;
        }
        case EventKind::lock_release: {
            Lock& lock = at(locks_, e.object);
            if (lock.held_since >= 0) lock.held += e.time - lock.held_since;
            lock.held_since = -1;
            break;
        }
        case EventKind::sync_done: {
            Lock& lock = at(locks_, e.object);
            Thread& thread = at(threads_, e.thread);
            if (thread.lock_wait_since >= 0) lock.waits.add(e.time - thread.lock_wait_since);
            thread.lock_wait_since = -1;
            lock.timeouts += e.value;
            break;
        }
        case EventKind::sync_signal:
            at(locks_, e.object).signals += e.value;
            break;
        case EventKind::request_serve:
            serve_request(e);
            break;
        case EventKind::message_send:
        case EventKind::message_receive:
            break;  // arrows between threads: nothing to add up
        case EventKind::op_begin: {
            Thread& thread = at(threads_, e.thread);
            charge(thread, e.time);
            thread.operations.push_back(e.object);
            Operation& operation = at(operations_, e.object);
            ++operation.count;
            if (operation.thread >= 0 && operation.thread != e.thread) ++operation.changes;
            operation.thread = e.thread;
            break;
        }
        case EventKind::op_end: {
            Thread& thread = at(threads_, e.thread);
            charge(thread, e.time);
            if (!thread.operations.empty()) thread.operations.pop_back();
            break;
        }
        case EventKind::request_begin:
            begin_request(e);
            break;
        case EventKind::request_end:
            end_request(e);
            break;
        case EventKind::counter: {
            Counter& counter = at(counters_, e.object);
            counter.before = counter.last;
            counter.last = e.value;
            counter.changed = e.time;
            counter.max = std::max(counter.max, e.value);
            break;
        }
        case EventKind::gc_begin:
            at(threads_, e.thread).collecting_since = e.time;
            break;
        case EventKind::gc_end: {
            Thread& thread = at(threads_, e.thread);
            Process& process = at(processes_, thread.process);
            process.gc_pauses.add(e.time - thread.collecting_since);
            process.gc_total += e.time - thread.collecting_since;
            process.objects_collected += e.value;
            break;
        }
        case EventKind::page_faults:
            at(processes_, e.object).page_faults += e.value;
            break;
        case EventKind::copy_on_write:
            at(processes_, e.object).pages_copied += e.value;
            break;
        case EventKind::process_killed:
            at(processes_, e.object).killed = true;
            break;
        case EventKind::thread_start: {
            Thread& thread = at(threads_, e.thread);
            thread.start = thread.charged = e.time;
            thread.process = e.object;
            break;
        }
        case EventKind::thread_end: {
            Thread& thread = at(threads_, e.thread);
            charge(thread, e.time);
            release_gil(thread, e.time);  // a process that exits takes its GIL with it
            thread.end = e.time;
            thread.ended = true;
            thread.state = -1;
            break;
        }
        case EventKind::process_start:
            at(processes_, e.object).start = e.time;
            break;
        case EventKind::process_end: {
            Process& process = at(processes_, e.object);
            process.end = e.time;
            process.ended = true;
            break;
        }
    }
}

void SummaryBuilder::switch_core(const Event& e) {
    Core& core = at(cores_, e.core);
    if (core.thread >= 0) core.busy += e.time - core.since;
    core.thread = e.thread;
    core.since = e.time;
    ++core.switches;
    if (e.object >= 0) {
        ContextSwitches& switches = at(threads_, e.object).switches;
        ++(e.value == 1 ? switches.involuntary : switches.voluntary);
    }
}

void SummaryBuilder::acquire_gil(const Event& e) {
    Interpreter& interpreter = at(interpreters_, e.object);
    Thread& thread = at(threads_, e.thread);
    charge(thread, e.time);
    thread.holds_gil = e.object;
    interpreter.held_since = e.time;
    ++interpreter.gil.acquisitions;
    if (e.value >= 0 && e.value != e.thread) {
        ++interpreter.gil.handoffs;
        if (interpreter.holder_before == e.thread) ++interpreter.gil.returns;
        interpreter.holder_before = static_cast<int>(e.value);
    }
    if (thread.gil_wait_since >= 0) interpreter.waits.add(e.time - thread.gil_wait_since);
    thread.gil_wait_since = -1;
}

void SummaryBuilder::release_gil(Thread& thread, Nanoseconds now) {
    if (thread.holds_gil < 0) return;
    charge(thread, now);
    Interpreter& interpreter = at(interpreters_, thread.holds_gil);
    thread.holds_gil = -1;
    interpreter.gil.held += now - interpreter.held_since;
    interpreter.held_since = -1;
}

void SummaryBuilder::begin_request(const Event& e) {
    if (e.thread >= 0) {
        Thread& thread = at(threads_, e.thread);
        charge(thread, e.time);
        thread.requests.push_back(e.object);
    }
    ++at(requests_, e.object).begun;
    if (open_.empty()) first_open_ = e.value;
    const auto slot = static_cast<std::size_t>(e.value - first_open_);
    if (slot >= open_.size()) open_.resize(slot + 1);
    open_[slot] = {e.time, e.thread};
}

void SummaryBuilder::serve_request(const Event& e) {
    const std::int64_t slot = e.value - first_open_;
    if (slot < 0 || slot >= static_cast<std::int64_t>(open_.size())) return;
    open_[static_cast<std::size_t>(slot)].thread = e.thread;
    Thread& thread = at(threads_, e.thread);
    charge(thread, e.time);
    thread.requests.push_back(e.object);
}

void SummaryBuilder::end_request(const Event& e) {
    const std::int64_t slot = e.value - first_open_;
    if (slot < 0 || slot >= static_cast<std::int64_t>(open_.size())) return;
    OpenRequest& request = open_[static_cast<std::size_t>(slot)];
    if (request.begin < 0) return;
    at(requests_, e.object).latency.add(e.time - request.begin);
    if (request.thread >= 0) {
        Thread& thread = at(threads_, request.thread);
        charge(thread, e.time);
        const auto kind = std::find(thread.requests.rbegin(), thread.requests.rend(), e.object);
        if (kind != thread.requests.rend()) thread.requests.erase(std::next(kind).base());
    }
    request.begin = -1;
    while (!open_.empty() && open_.front().begin < 0) {
        open_.pop_front();
        ++first_open_;
    }
}

void SummaryBuilder::finish(Nanoseconds end, trace::Outcome outcome) {
    end_ = end;
    outcome_ = outcome;
    for (Thread& thread : threads_) {
        if (thread.ended) continue;
        charge(thread, end);
        thread.end = end;
    }
    processes_.resize(directory_.processes.size());
    for (Process& process : processes_) {
        if (!process.ended) process.end = end;
    }
    cores_.resize(static_cast<std::size_t>(directory_.cores));
    for (Core& core : cores_) {
        if (core.thread >= 0) core.busy += end - core.since;
        core.thread = -1;
    }
    interpreters_.resize(directory_.interpreters.size());
    for (Interpreter& interpreter : interpreters_) {
        if (interpreter.held_since >= 0) interpreter.gil.held += end - interpreter.held_since;
        interpreter.held_since = -1;
    }
    locks_.resize(directory_.locks.size());
    for (Lock& lock : locks_) {
        if (lock.held_since >= 0) lock.held += end - lock.held_since;
        lock.held_since = -1;
    }
    requests_.resize(directory_.requests.size());
    operations_.resize(directory_.labels.size());
    counters_.resize(directory_.counters.size());
}

}  // namespace gilsim::analysis
