/// What a core remembers of the library's code (`costs.code_memory`, `first_run` of idle states). Times in us.

#include "model/machine/code_memory.hpp"

#include <sstream>

#include "tests/catch.hpp"
#include "tests/model/stage.hpp"
#include "tests/model/story.hpp"

using namespace gilsim;
using namespace gilsim::testing;

namespace {

// What each request takes of a program in a world where a call of the library's takes 1 us; `costs`, `interpreter`:
// more fields of its machine, its interpreter.
std::vector<long long> requests(const std::string& costs, const std::string& body, int cores = 2,
                                const std::string& interpreter = "") {
    std::string world = kFree;
    const auto replace = [&world](const std::string& old, const std::string& by) {
        world.replace(world.find(old), old.size(), by);
    };
    if (costs.find("idle_states") != std::string::npos) replace("idle_states: [{after: 0ns, wake: 0ns}], ", "");
    replace("  costs: {", "  costs: {" + costs);
    replace("cores: 4", "cores: " + std::to_string(cores));
    replace("library_call: 0ns", interpreter + "library_call: 1us");
    const std::string log = story(world + body, {"request_begin", "request_end"});
    INFO(log);
    std::vector<long long> dates;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) dates.push_back(std::stoll(line));
    std::vector<long long> result;
    for (std::size_t i = 0; i + 1 < dates.size(); i += 2) result.push_back((dates[i + 1] - dates[i]) / 1000);
    return result;
}

using Times = std::vector<long long>;

// put() of a queue takes six calls.
const std::string kPut = "{request: {name: r, do: [{put: q}]}}";

}  // namespace

TEST_CASE("library code takes longer the first time after idleness, the more the longer that was", "[cold]") {
    // Three in a row after the second of two sleeps.
    const auto puts = [](const std::string& costs) {
        return requests(costs,
                        "objects: {q: queue}\n"
                        "programs: {p: [{sleep: 1ms}, {sleep: 1ms}, {repeat: {times: 3, do: [" +
                            kPut +
                            "]}}]}\n"
                            "threads: {main: p}\n");
    };
    const std::string states =
        "idle_states: [{after: 0ns, wake: 0ns, first_run: 50}, {after: 1ms, wake: 0ns, first_run: 200}], ";
    CHECK(puts("") == Times{6, 6, 6});
    CHECK(puts("idle_states: [{after: 0ns, wake: 0ns, first_run: 50}], ") == Times{9, 6, 6});
    CHECK(puts(states) == Times{18, 6, 6});
    const std::string host =
        "halt_polling: {most: 10ms, start: 5ms, wake: 0ns, first_run: ";  // when it halts once more
    CHECK(puts(states + host + "0}, ") == Times{9, 6, 6});  // not since the first halt, for which the host did not poll
    CHECK(puts(states + host + "100}, ") == Times{12, 6, 6});
}

TEST_CASE(
    "a core that has left the guest, to send an interrupt or to set its timer, runs its code as for the first time",
    "[cold]") {
    // To sleep and to wake b on the other core a leaves the guest; one of the calls is the event's, too, after b was
    // told.
    const auto puts = [](const std::string& costs) {
        return requests("send_interrupt: 2us, " + costs,
                        "objects: {q: queue, e: event}\n"
                        "programs:\n"
                        "  a: [{sleep: 1ms}, " +
                            kPut + ", " + kPut + ", {set: e}, " + kPut + ", " + kPut +
                            "]\n"
                            "  b: [{wait: e}]\n"
                            "threads: {a: a, b: b}\n");
    };
    CHECK(puts("") == Times{6, 6, 6, 6});
    CHECK(puts("code_memory: {after_exit: 100}, ") == Times{12, 6, 11, 6});
}

TEST_CASE("a core forgets code that much other code has displaced", "[cold]") {
    const scenario::CodeMemorySpec spec{.holds = 4 * us, .displaced = 100, .after_exit = 0};
    machine::CodeMemory memory(spec);
    const auto piece = [&](int name, Nanoseconds warm) { return memory.run(machine::CodeSite{"", name}, warm) - warm; };
    CHECK(piece(1, 1 * us) == 1 * us);  // never run before
    CHECK(piece(1, 1 * us) == 0);
    CHECK(piece(2, 4 * us) == 4 * us);
    CHECK(piece(1, 1 * us) == 0);  // 4 us of other code since: held
    CHECK(piece(2, 4 * us) == 0);
    CHECK(piece(3, 2 * us) == 2 * us);
    CHECK(piece(1, 1 * us) == 500);  // 6 us since: a half of what displaces all
    CHECK(piece(3, 2 * us) == 0);
    CHECK(piece(3, 2 * us) == 0);  // the same code again displaces nothing
    CHECK(piece(2, 4 * us) == 0);
    CHECK(piece(4, 30 * us) == 10 * us);  // the first 10 us of a piece; the rest repeats them
    CHECK(piece(2, 4 * us) == 4 * us);
}

TEST_CASE("what made a core forget counts until a piece has run once", "[cold]") {
    const scenario::CodeMemorySpec spec;
    machine::CodeMemory memory(spec);
    const auto piece = [&](int name) { return memory.run(machine::CodeSite{"", name}, 1 * us) - 1 * us; };
    CHECK(piece(1) == 0);
    CHECK(piece(2) == 0);
    memory.forget(300);
    CHECK(piece(1) == 3 * us);
    memory.forget(50);
    CHECK(piece(1) == 500);
    CHECK(piece(2) == 3 * us);  // not since the longer one
    CHECK(piece(2) == 0);
    CHECK(piece(1) == 0);
}

TEST_CASE("code memory is the core's: what one thread has run, another finds", "[cold]") {
    // p wakes up while r has the GIL; on a core of its own that core was idle.
    const auto puts = [](int cores) {
        return requests("idle_states: [{after: 0ns, wake: 0ns, first_run: 100}], ",
                        "objects: {q: queue}\n"
                        "programs: {p: [{sleep: 1ms}, " +
                            kPut + "], r: [{compute: 3ms}, " + kPut +
                            "]}\n"
                            "threads: {p: p, r: r}\n",
                        cores);
    };
    CHECK(puts(1) == Times{12, 6});
    CHECK(puts(2) == Times{12, 12});
}

TEST_CASE("who has the GIL again after a sleep runs the evaluator cold", "[cold][gil]") {
    // The core was idle meanwhile: 4 us of code take 50 % longer. After a call that only releases the GIL it is warm.
    const auto times = [](const std::string& evaluator) {
        return requests("idle_states: [{after: 0ns, wake: 0ns, first_run: 50}], ",
                        "programs: {p: [{request: {name: r, do: [{sleep: 1ms}]}},\n"
                        "               {request: {name: r, do: [{native: {work: 1ms, gil: release}}]}}]}\n"
                        "threads: {main: p}\n",
                        2, evaluator);
    };
    CHECK(times("") == Times{1000, 1000});
    CHECK(times("evaluator: 4us, ") == Times{1002, 1000});
}

TEST_CASE("who got the GIL on request keeps it for as long as its cold evaluator needs", "[cold][gil]") {
    // Each thread begins with 10 us (so much of a piece counts). b sleeps from 20 to 1020, asks for the GIL at 6020,
    // gets it at the next check point, and has nothing to do but to end; its core has been idle.
    std::string world = kFree;
    const auto replace = [&world](const std::string& old, const std::string& by) {
        world.replace(world.find(old), old.size(), by);
    };
    replace("idle_states: [{after: 0ns, wake: 0ns}]", "idle_states: [{after: 0ns, wake: 0ns, first_run: 100}]");
    replace("library_call: 0ns", "library_call: 0ns, evaluator: 20us, checkpoint_every: 1us");
    const std::string log = story(world +
                                      "programs: {a: [{compute: 9ms}], b: [{sleep: 1ms}]}\n"
                                      "threads: {main: a, b: b}\n",
                                  {"gil_acquire", "gil_release"});
    INFO(log);
    CHECK(has(log, "6021000 main/b gil_acquire"));
    CHECK(has(log, "6031000 main/b gil_release"));
}

TEST_CASE("asking a device takes core time with the GIL held, and leaves the guest", "[cold]") {
    // b waits for the GIL until a has asked; a's put is as for the first time again after that.
    const auto times = [](const std::string& costs) {
        return requests("code_memory: {after_exit: 100}, " + costs,
                        "objects: {q: queue}\n"
                        "programs:\n"
                        "  a: [" +
                            kPut + ", {request: {name: r, do: [{io: 1ms}]}}, " + kPut +
                            "]\n"
                            "threads: {main: a}\n");
    };
    CHECK(times("") == Times{6, 1000, 6});
    CHECK(times("ask_device: 50us, ") == Times{6, 1050, 12});
    const std::string log =
        story(std::string(kFree).replace(std::string(kFree).find("  costs: {"), 10, "  costs: {ask_device: 50us, ") +
                  "programs: {a: [{io: 1ms}], b: [{sleep: 10us}, {compute: 1us}]}\n"
                  "threads: {a: a, b: b}\n",
              {"gil_release", "gil_acquire"});
    INFO(log);
    CHECK(has(log, "50000 main/a gil_release"));
}
