#pragma once
/// What must hold in every full trace of the simulator, checked on a decoded trace. Each law returns its violations,
/// one sentence each, beginning with the law's name; none means that it holds. All sums are exact integers.

#include <string>
#include <vector>

#include "tests/trace/perfetto_reader.hpp"

namespace gilsim::test {

using Violations = std::vector<std::string>;

/// Well-formed: every name and track is known, times do not decrease within a sequence, slices nest and end, the run
/// has one end and nothing is later.
Violations check_form(const Trace& trace);
/// The states of a thread tile its life, from thread_start to thread_end or the end of the run, without gap or overlap.
Violations check_states_tile(const Trace& trace);
/// Cores: a switch takes off the core who is on it; busy plus idle time of a core is the makespan, and the busy time of
/// all cores is the time of all threads in on-core states.
Violations check_cores(const Trace& trace);
/// At each instant the threads on a core are those in an on-core state (so: as many busy cores as such threads).
Violations check_running(const Trace& trace);
/// At most one holder per GIL, who alone releases it; the last holder is told right; Python code runs under the GIL.
Violations check_gil(const Trace& trace);
/// Hand-offs: an acquire by another thread than the releasing one ends the flow of that release, which is not later;
/// no other event ends a flow but messages; each flow has one beginning.
Violations check_handoffs(const Trace& trace);
/// Messages: each is received once at most, through the channel and not before it was sent.
Violations check_messages(const Trace& trace);
/// Little's law as an identity: the area under a waiters counter is the sum of the waits; the same for runnable
/// threads.
Violations check_little(const Trace& trace);
/// Stop-the-world: from world_stop to world_start no other thread of the interpreter is in a state in which it runs Python.
/// Threads of a process with several interpreters cannot be told apart: there the law says nothing.
Violations check_stopped_worlds(const Trace& trace);
/// Requests: one end for each beginning, no serial number twice.
Violations check_requests(const Trace& trace);
/// Collections of an interpreter exclude one another and the program of the thread that collects; nobody has more of its own than is
/// resident; page faults are counted when there are some.
Violations check_memory(const Trace& trace);

/// All of them.
Violations check_laws(const Trace& trace);

}  // namespace gilsim::test
