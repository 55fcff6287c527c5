/// What an event loop's waiting for devices costs, with dates worked out by hand.

#include "tests/model/processes.hpp"

using namespace gilsim::testing;

namespace {

const std::string kHog = "{task: {do: [{compute: 5ms}]}}";
const std::string kServices = "devices: {d: {servers: 2, time: 1ms}}\n";

std::string io(const std::string& what) {
    return "{task: {do: [{io: " + what + "}]}}, ";
}

/// When a loop ends whose tasks begin in turn.
long long loop(const std::string& world, const std::string& tasks) {
    return end(world + kServices + "programs: {m: [{asyncio: [" + tasks + "]}]}\nthreads: {main: m}\n");
}

}  // namespace

TEST_CASE("a device's answer interrupts the core on which the event loop computes") {
    const std::string world = with("timer_interrupt", "10us");
    CHECK(loop(world, kHog) == 5'000'000);
    CHECK(loop(world, io("1ms") + kHog) == 5'010'000);
    CHECK(loop(world, io("1ms") + io("2ms") + kHog) == 5'020'000);
    CHECK(loop(world, io("{device: d}") + kHog) == 5'010'000);
    // What comes during an interrupt is dealt with by it.
    CHECK(loop(world, io("1ms") + io("1005us") + kHog) == 5'010'000);
}

TEST_CASE("an event loop that asks a device leaves the guest unless its core waits for something sooner") {
    std::string world = kFree;
    world.replace(world.find("costs: {"), 8, "costs: {ask_device: 20us, ");
    CHECK(loop(world, io("1ms") + kHog) == 5'020'000);
    CHECK(loop(world, io("1ms") + io("2ms") + kHog) == 5'020'000);
    CHECK(loop(world, io("2ms") + io("1ms") + kHog) == 5'040'000);
    CHECK(loop(world, io("4500us") + kHog) == 5'000'000);                           // the core's next tick comes sooner
    CHECK(loop(world, io("{device: d}") + io("{device: d}") + kHog) == 5'040'000);  // a service has to be asked
}

namespace {

/// How often the loop's thread gives the GIL up for a call.
long calls(const std::string& program, const std::string& rest = "") {
    return count(
        story(kFree + rest + "programs: {m: [{asyncio: [" + program + "]}]}\nthreads: {main: m}\n", {"gil_release"}),
        "main/main gil_release main blocking");
}

}  // namespace

TEST_CASE("an event loop accepts connections, and reads what wakes it, until the call would block") {
    // Turns, and four calls for a connection: accept, receive, send, receive. A turn that accepts ends with one more
    // accept.
    const auto served = [](const std::string& dates) {
        return calls("{serve: {socket: s, do: []}}",
                     "sockets: {s: {accept: 0ns, receive: 0ns, send: 0ns}}\n"
                     "clients: {c: {to: s, request: r, at: " +
                         dates + "}}\n");
    };
    CHECK(served("[1ms]") == 12);
    CHECK(served("[1ms, 1ms]") == 16);
    CHECK(served("[1ms, 2ms]") == 22);
    CHECK(calls("{to_thread: [{sleep: 1ms}]}") == 7);
}

TEST_CASE("asyncio.sleep(0) is a turn of the loop, without a timer") {
    CHECK(calls("{sleep: 0ms}") == 2);
    CHECK(calls("{sleep: 1ms}") == 3);
}
