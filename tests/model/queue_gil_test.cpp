/// The GILs that are handed over, and the one that nobody is asked for.

#include "tests/catch.hpp"
#include "tests/model/policy_run.hpp"

using namespace gilsim::test;

namespace {

using Lines = std::vector<std::string>;

/// Four cores, check points every microsecond, an interval of 1 ms. Starting and ending cost nothing.
std::string four_cores(const std::string& gil, const std::string& programs, const std::string& threads) {
    return "gilsim: 1\nmachine: " + free_machine_text(4) + "\ninterpreter: {gil: " + gil +
           ", checkpoint_every: 1us, gil_overhead: 0ns, switch_interval: 1ms, thread_create: 0ns, thread_bootstrap: "
           "0ns, "
           "thread_exit: 0ns, process_exit: 0ns}\nprograms: {" +
           programs + "}\nthreads: " + threads + "\n";
}

/// Two CPU-bound threads beside one that comes back from a device every 100 us, three times.
std::string with_io(const std::string& gil) {
    return four_cores(gil, "p: [{compute: 20ms}], q: [{repeat: {times: 3, do: [{io: 100us}, {compute: 1us}]}}]",
                      "{i: q, a: p, b: p}");
}

}  // namespace

TEST_CASE("fifo: the lock is handed to the waiter that came first", "[gil][fifo]") {
    const auto log = log_of(four_cores("fifo", "p: [{compute: 5ms}]", "{a: p, b: p}"));
    // main starts a, then waits for the GIL to start b. Each waiter asks a full interval after it came (the 10 us are
    // its way back to a core); the holder notices 1 us later; the next owner has the lock from the release on.
    CHECK(first(17, log, {"gil_", "drop_request"}) == Lines{
                                                          "10 main gil_acquire after nobody",
                                                          "10 main gil_release blocking",
                                                          "20 a gil_acquire after main",
                                                          "30 main gil_wait",
                                                          "1040 main drop_request main",
                                                          "1041 a gil_release requested",
                                                          "1041 main gil_acquire after a",
                                                          "1041 a gil_wait",
                                                          "1051 main gil_release blocking",
                                                          "1051 a gil_acquire after main",
                                                          "1061 b gil_wait",
                                                          "2071 b drop_request main",
                                                          "2072 a gil_release requested",
                                                          "2072 b gil_acquire after a",
                                                          "2072 a gil_wait",
                                                          "2092 main gil_wait",
                                                          "3082 a drop_request main",
                                                      });
    // main, which came second and has waited through a switch, gets it from a, not from b.
    CHECK(count(log, "4094000 main/main gil_acquire main after main/a") == 1);
    CHECK(count(log, "forced_switch") == 0);
}

TEST_CASE("priority: who returns from a device asks at once and goes first", "[gil][priority]") {
    const auto log = log_of(with_io("priority"));
    // i's first return: a holds it, b waits for it.
    Lines around;
    for (const auto& line : only(log, {"gil_", "drop_request"}))
        if (std::stoll(line) >= 130 && around.size() < 6) around.push_back(line);
    CHECK(around == Lines{
                        "130 i gil_wait",
                        "130 i drop_request main",
                        "131 a gil_release requested",
                        "131 i gil_acquire after a",
                        "131 a gil_wait",
                        "142 i gil_release blocking",
                    });
    CHECK(time_of(log, "main/i thread_end") == 386'000);
    CHECK(time_of(log_of(with_io("fifo")), "main/i thread_end") > 4'000'000);  // behind a and b, an interval each
}

TEST_CASE("priority: who is back before the next holder has woken up has its wish seen at that one's first check point",
          "[gil][priority]") {
    const auto log = log_of(four_cores(
        "priority", "p: [{compute: 20ms}], q: [{repeat: {times: 3, do: [{io: 3us}, {compute: 1us}]}}]",
        "{i: q, a: p, b: p}"));
    CHECK(time_of(log, "main/i thread_end") - time_of(log, "main/i gil_wait") < 200'000);
}

TEST_CASE("priority: with a patience of the interval the order alone is changed", "[gil][priority]") {
    const auto end = time_of(log_of(with_io("priority, io_patience: 1ms")), "main/i thread_end");
    CHECK(end > 3'000'000);                                              // each return waits for an interval,
    CHECK(end < time_of(log_of(with_io("fifo")), "main/i thread_end"));  // but not for two
}

TEST_CASE("priority: among threads that return from devices nobody is hurried", "[gil][priority]") {
    const auto log = log_of(four_cores("priority", "q: [{io: 100us}, {compute: 500us}]", "{i: q, j: q}"));
    CHECK(count(log, "gil_wait") > 0);
    CHECK(count(log, "main/j drop_request") == 0);
}

TEST_CASE("never: the GIL moves only when its holder blocks or ends", "[gil][never]") {
    const auto log = log_of(four_cores("never", "p: [{compute: 50ms}]", "{a: p, b: p}"));
    CHECK(count(log, "drop_request") == 0);
    CHECK(count(log, "gil_release main requested") == 0);
    CHECK(time_of(log, "main/main gil_wait") < 1'000'000);
    CHECK(time_of(log, "main/b op_begin") >= time_of(log, "main/a op_end"));
}
