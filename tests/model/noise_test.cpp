/// What takes a core from whatever runs there, unseen by the scheduler (`costs.noise`).

#include "tests/catch.hpp"
#include "tests/model/story.hpp"

using namespace gilsim;
using namespace gilsim::testing;

namespace {

// A world with such noise.
std::string world(const std::string& noise) {
    std::string world = kFree;
    world.insert(world.find("  costs: {") + 10, "noise: {" + noise + "}, ");
    return world;
}

// When a run ends whose only event it is.
long long makespan(const std::string& yaml) {
    return std::stoll(story(yaml, {}));
}

}  // namespace

TEST_CASE("detours take their time from what runs, and what work costs includes them", "[noise]") {
    // One every 1.1 ms, the first at random: 10 to 11 of them in 11 ms of work, of which 10 are left to do between
    // them.
    const long long took =
        makespan(world("every: 1ms, takes: 100us") + "programs: {p: [{compute: 11ms}]}\nthreads: {main: p}\n");
    CHECK(took > 10'900'000);
    CHECK(took <= 11'100'000);
    CHECK(took % 100'000 < 20);  // rounded up after each
}

TEST_CASE("who works for a short while now and then is hit as often as who works on", "[noise]") {
    // 100 ms of work in pieces of 0.1 ms, half of it left between detours, which take the other half.
    const long long took = makespan(world("every: 1ms, takes: 1ms") +
                                    "programs: {p: [{repeat: {times: 1000, do: [{compute: 100us}, {sleep: 3ms}]}}]}\n"
                                    "threads: {main: p}\n");
    CHECK(took - 3'000'000'000 > 85'000'000);
    CHECK(took - 3'000'000'000 < 115'000'000);
}

TEST_CASE("between detours work is faster by as much, what the system does is not", "[noise]") {
    const auto takes = [](const std::string& noise) {
        std::string with = world(noise);
        with.replace(with.find("gil_overhead: 0ns"), 17, "gil_overhead: 100us");
        return makespan(with + "programs: {p: [{native: {work: 1ms, gil: release}}]}\nthreads: {main: p}\n");
    };
    CHECK(takes("") - takes("every: 1000s, takes: 1000s") == 500'000);  // none in such a short time
}

TEST_CASE("threads that do the same again and again stay in step without noise, and do not with it", "[noise]") {
    const auto waits = [](const std::string& noise) {
        return count_in(
            story(world(noise) +
                      "programs:\n"
                      "  a: [{repeat: {times: 500, do: [{compute: 10us}, {native: {work: 25us, gil: release}}]}}]\n"
                      "  b: [{sleep: 5us}, {run: a}]\n"
                      "threads: {a: a, b: b}\n",
                  {"gil_wait"}),
            "gil_wait");
    };
    CHECK(waits("takes: 30us") <= 2);  // those of the start
    CHECK(waits("every: {exponential: 300us}, takes: {uniform: [5us, 25us]}") >= 10);
}

TEST_CASE("a detour leaves the guest: code that runs next takes longer", "[noise]") {
    const auto takes = [](const char* after_exit) {
        std::string with = world("every: 1ms, takes: 100us");
        with.insert(with.find("  costs: {") + 10, std::string("code_memory: {after_exit: ") + after_exit + "}, ");
        with.replace(with.find("library_call: 0ns"), 17, "library_call: 1us");
        return makespan(with + "programs: {p: [{compute: 2ms}, {put: q}]}\nobjects: {q: queue}\nthreads: {main: p}\n");
    };
    CHECK(takes("100") - takes("0") == 5454);  // six calls of 1 us, 1.1 times as fast
}
