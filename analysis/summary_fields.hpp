#pragma once
/// The one table of the fields of summary.json: key, member, meaning. A visitor `v(key, member, meaning)` is shown
/// every field in the order of the file; writing, reading and documenting the file are three visitors.

#include <concepts>
#include <type_traits>

#include "analysis/summary.hpp"

namespace gilsim::analysis {

/// `T`, const or not.
template <class S, class T>
concept Is = std::same_as<std::remove_const_t<S>, T>;

void fields(auto& v, Is<Distribution> auto& s) {
    v("count", s.count, "how many there were");
    v("mean_ns", s.mean, "their mean, rounded down");
    v("p50_ns", s.p50, "median (nearest rank, as the other percentiles)");
    v("p90_ns", s.p90, "90th percentile");
    v("p99_ns", s.p99, "99th percentile");
    v("max_ns", s.max, "the longest");
}

void fields(auto& v, Is<ContextSwitches> auto& s) {
    v("voluntary", s.voluntary, "times the thread left a core because it blocked or ended");
    v("involuntary", s.involuntary, "times the thread was taken off a core although it could have gone on");
}

void fields(auto& v, Is<ThreadSummary> auto& s) {
    v("name", s.name, "the thread");
    v("process", s.process, "the process it belongs to");
    v("start_ns", s.start, "when it began to exist");
    v("end_ns", s.end, "when it ended, or the end of the run");
    v("ended", s.ended, "false: it still existed when the run ended (a daemon, a deadlock, a limit)");
    v("states_ns", s.states, "its time per state; together exactly end_ns - start_ns");
    v("context_switches", s.switches, "how often it left a core");
}

void fields(auto& v, Is<CoreSummary> auto& s) {
    v("busy_ns", s.busy, "time with a thread on the core");
    v("idle_ns", s.idle, "the rest of the makespan");
    v("switches", s.switches, "context switches, those to and from idle included");
}

void fields(auto& v, Is<GilSummary> auto& s) {
    v("policy", s.policy, "the GIL's policy, as in the scenario");
    v("acquisitions", s.acquisitions, "times a thread took the GIL");
    v("handoffs", s.handoffs, "of these, times the holder before was another thread");
    v("returns", s.returns, "of these, times it went back to the holder before that thread");
    v("drop_requests", s.drop_requests, "times a waiter asked the holder to drop it");
    v("forced_switches", s.forced_switches, "times a thread that had dropped it waited until another one had it");
    v("missed", s.missed, "times a thread was woken for it and found it taken again");
    v("world_stops", s.world_stops, "times a thread stopped all others (interpreters without a GIL)");
    v("held_ns", s.held, "time during which some thread held it");
    v("idle_ns", s.idle, "the rest of the life of its process");
    v("waits", s.waits, "waits for it, from finding it taken until having it; waits that never ended do not count");
}

void fields(auto& v, Is<InterpreterSummary> auto& s) {
    v("name", s.name, "the interpreter");
    v("process", s.process, "the process it lives in");
    v("gil", s.gil, "what its GIL did");
}

void fields(auto& v, Is<ProcessSummary> auto& s) {
    v("name", s.name, "the process");
    v("pid", s.pid, "its number in traces");
    v("threads", s.threads, "threads it ever had");
    v("start_ns", s.start, "when it began to exist");
    v("end_ns", s.end, "when it ended, or the end of the run");
    v("ended", s.ended, "false: it still existed when the run ended");
    v("killed", s.killed, "the kernel killed it for lack of memory");
    v("rss_peak_bytes", s.rss_peak, "the most memory that was resident, pages shared with others included");
    v("uss_peak_bytes", s.uss_peak, "the most memory that it alone had when one of its own operations had ended, or at its end");
    v("uss_end_bytes", s.uss_end, "the memory that it alone had at its end, or at the end of the run");
    v("page_faults", s.page_faults, "page faults of its operations: first touches, copies, and pages no longer shared");
    v("pages_copied", s.pages_copied, "those that copied a page shared since a fork");
    v("collections", s.collections, "garbage collections");
    v("objects_collected", s.objects_collected, "objects that they freed");
    v("gc_pauses", s.gc_pauses, "from the begin to the end of a collection");
    v("gc_total_ns", s.gc_total, "all of them together");
}

void fields(auto& v, Is<RequestSummary> auto& s) {
    v("name", s.name, "the kind of request");
    v("count", s.count, "requests completed");
    v("unfinished", s.unfinished, "requests begun, but not completed when the run ended");
    v("throughput_per_s", s.throughput_per_s, "count / makespan, rounded to the nearest integer");
    v("latency", s.latency, "from a request's begin to its end");
    v("states_ns", s.states, "what the threads that served them did meanwhile: their time per state");
}

void fields(auto& v, Is<OperationSummary> auto& s) {
    v("name", s.name, "the operations' label in the scenario, or their kind");
    v("count", s.count, "times one of them began");
    v("changes", s.changes, "of these, times it began in another thread than the one before");
    v("gil_held_ns", s.gil_held, "time for which threads held a GIL in them");
    v("states_ns", s.states, "time that threads spent in them per state; an inner operation's time is its own");
}

void fields(auto& v, Is<LockSummary> auto& s) {
    v("name", s.name, "the lock or other object");
    v("kind", s.kind, "its kind, as in the scenario");
    v("process", s.process, "the process it lives in");
    v("acquisitions", s.acquisitions, "times it was taken (locks)");
    v("held_ns", s.held, "time during which it was held (locks)");
    v("waits", s.waits, "waits for it; waits that never ended do not count");
    v("timeouts", s.timeouts, "waits of these that ended because patience ran out");
    v("signals", s.signals, "waiters that it was told to let go: notifications, items put");
}

void fields(auto& v, Is<CounterSummary> auto& s) {
    v("name", s.name, "the counter");
    v("process", s.process, "the process it belongs to; empty: the machine");
    v("unit", s.unit, "its unit; empty: a plain count");
    v("last", s.last, "its value at the end of the run");
    v("max", s.max, "its greatest value");
}

void fields(auto& v, Is<RunSummary> auto& s) {
    v("name", s.name, "the variant");
    v("seed", s.seed, "the seed of its random streams");
    v("outcome", s.outcome,
      "`completed`, `deadlock`, `limit` (stopped at the scenario's time limit), `failed` (see `failure`) or `out_of_memory` (a "
      "process was killed)");
    v("makespan_ns", s.makespan, "simulated time from the start to the end of the run");
    v("memory_peak_bytes", s.memory_peak, "the most memory that all processes had at a time, shared pages once");
    v("deadlock", s.deadlock, "who waits for whom, one line each, the cycle first; empty without a deadlock");
    v("failure", s.failure, "if a thread did what its program may not do: where, who, what, and the remedy; else empty");
    v("context_switches", s.switches, "of all threads of the program (not of the system, not of clients, not of a fork server or resource tracker) as getrusage counts them: without the last one of a thread that ended");
    v("threads", s.threads, "every thread, in the order of their start");
    v("cores", s.cores, "every core, from core 0");
    v("interpreters", s.interpreters, "every interpreter");
    v("processes", s.processes, "every process, in the order of their start");
    v("requests", s.requests, "every kind of request");
    v("operations", s.operations, "what programs did, by label");
    v("locks", s.locks, "every lock and other object that threads synchronise by");
    v("counters", s.counters, "every counter of the trace");
}

void fields(auto& v, Is<ScenarioSummary> auto& s) {
    v("scenario", s.scenario, "the scenario's file name without folders");
    v("title", s.title, "its title: the question it asks");
    v("variants", s.variants, "one entry per variant that was run, in the order of the file");
}

}  // namespace gilsim::analysis
