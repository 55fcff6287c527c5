/// Sub-interpreters: a GIL of their own, or a shared one.

#include "model/scenario/diagnostic.hpp"
#include "model/scenario/load.hpp"
#include "tests/catch.hpp"
#include "tests/model/policy_run.hpp"

using namespace gilsim::test;

namespace {

std::string text(const std::string& more, const std::string& group,
                 const std::string& programs = "p: [{compute: 10ms}]") {
    return "gilsim: 1\nmachine: " + free_machine_text(4) +
           "\ninterpreter: {version: \"3.12\", gil_overhead: 0ns, thread_create: 0ns, thread_bootstrap: 0ns, "
           "thread_exit: 0ns, "
           "process_exit: 0ns, subinterpreter_create: 2ms, subinterpreter_destroy: 1ms" +
           more + "}\nobjects: {l: lock}\nprograms: {" + programs + "}\nthreads: {w: {count: 3, run: p, " + group +
           "}}\n";
}

}  // namespace

TEST_CASE("sub-interpreters with a GIL of their own run side by side, also while they are made", "[subinterpreter]") {
    const auto log = log_of(text(", own_gil: true", "subinterpreter: own_gil"));
    const auto end = time_of(log, "run_end");
    CHECK(end > 13'000'000);  // 2 ms to be made, 10 ms of work, 1 ms to end
    CHECK(end < 13'500'000);
    CHECK(count(log, "main/w-2 gil_acquire w-2") == 1);
    CHECK(count(log, "main/w-2 gil_acquire main") == 1);  // its thread begins in the main interpreter
    CHECK(count(log, "drop_request") == 0);
}

TEST_CASE("sub-interpreters that share the GIL take turns", "[subinterpreter]") {
    const auto log = log_of(text("", "subinterpreter: shared_gil"));
    CHECK(time_of(log, "run_end") > 39'000'000);
    CHECK(count(log, "gil_acquire w-") == 0);
    CHECK(count(log, "drop_request main") > 0);
}

TEST_CASE("each sub-interpreter has objects of its own", "[subinterpreter]") {
    const std::string locked = "p: [{with: {lock: l, do: [{compute: 5ms}, {sleep: 1ms}]}}]";
    CHECK(count(log_of(text(", own_gil: true", "subinterpreter: own_gil", locked)), "lock_wait") == 0);
    CHECK(count(log_of(text("", "subinterpreter: none", locked)), "lock_wait") > 0);
}

TEST_CASE("an interpreter without own GILs is diagnosed before the run", "[subinterpreter]") {
    const auto result = gilsim::scenario::load_text(
        "gilsim: 1\ninterpreter: {version: \"3.8\"}\nprograms: {p: [{compute: 1ms}]}\n"
        "threads: {w: {run: p, subinterpreter: own_gil}}\n",
        "test.yaml");
    REQUIRE_FALSE(result.scenario.has_value());
    const auto message = gilsim::scenario::render(result.diagnostics);
    CHECK(message.find("CPython 3.8 has no sub-interpreters with a GIL of their own") != std::string::npos);
    CHECK(message.find("test.yaml:4:") != std::string::npos);
    CHECK(message.find("shared_gil") != std::string::npos);
}
