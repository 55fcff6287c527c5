/// The checker of laws must be able to fail: for each law, runs that break it.

#include <algorithm>

#include "tests/catch.hpp"
#include "tests/trace/small_run.hpp"

namespace gilsim::test {

namespace {

using trace::Event;
using trace::EventKind;
using trace::ThreadState;

/// The n-th event of a kind.
Event& nth(Run& run, EventKind kind, int n, int thread = -2) {
    for (auto& event : run.events) {
        if (event.kind == kind && (thread == -2 || event.thread == thread) && n-- == 0) return event;
    }
    throw std::runtime_error("no such event");
}

void remove(Run& run, EventKind kind, int n, int thread = -2) {
    const auto* event = &nth(run, kind, n, thread);
    run.events.erase(run.events.begin() + (event - run.events.data()));
}

void insert_before(Run& run, const Event& where, Event event) {
    run.events.insert(run.events.begin() + (&where - run.events.data()), event);
}

template <class Change>
Run broken(Change&& change) {
    auto run = small_run();
    change(run);
    return run;
}

/// Whether a violation begins with these words.
bool says(const Violations& found, const std::string& words) {
    return std::any_of(found.begin(), found.end(), [&](const std::string& v) { return v.rfind(words, 0) == 0; });
}

}  // namespace

TEST_CASE("law: form", "[laws]") {
    CHECK(says(check_form(written_and_read(broken([](Run& r) { nth(r, EventKind::lock_wait, 0).time = 5; }))),
               "form: time goes back"));
    CHECK(says(check_form(written_and_read(broken([](Run& r) {
                   remove(r, EventKind::op_begin, 0);
                   remove(r, EventKind::op_begin, 0);
               }))),
               "nesting: track operations at 300: end of a slice that has not begun"));
    CHECK(says(check_form(written_and_read(broken([](Run& r) { r.end = 8'000'000; }))), "form: event behind the end"));

    auto trace = written_and_read(small_run());
    trace.items.pop_back();  // the last slice is closed no more
    while (trace.items.back().kind != Item::Kind::slice_end) trace.items.pop_back();
    trace.items.pop_back();
    CHECK(says(check_form(trace), "nesting: track "));
}

TEST_CASE("law: form finds damage in the bytes", "[laws]") {
    CHECK_THROWS_AS(decode("\x0a\x05zz"), std::runtime_error);
    CHECK_THROWS_AS(decode("hello"), std::runtime_error);
    // a packet with a slice on a track that nobody described, without a sequence; and no run_end
    const std::string packet("\x0a\x08\x40\x01\x5a\x04\x48\x01\x58\x63", 10);
    const auto found = check_form(decode(packet));
    CHECK(says(found, "form: event on a track that is not described: 99"));
    CHECK(says(found, "form: track event without a sequence"));
    CHECK(says(found, "form: no run_end"));
}

TEST_CASE("law: states tile the life of a thread", "[laws]") {
    CHECK(says(check_states_tile(written_and_read(broken([](Run& r) {
                   remove(r, EventKind::state, 0, kWorker);
                   remove(r, EventKind::state, 0, kWorker);
               }))),
               "states: worker has no state at 1000 ns"));
    CHECK(says(check_states_tile(written_and_read(broken([](Run& r) {
                   auto& end = nth(r, EventKind::thread_end, 0);
                   insert_before(r, *(&end + 2), {950, EventKind::state, -1, kHelper, -1, 0});
               }))),
               "states: helper has a state after its end"));
    CHECK(says(
        check_states_tile(written_and_read(broken([](Run& r) { remove(r, EventKind::thread_start, 0, kWorker); }))),
        "states: worker has states but no start"));

    auto trace = written_and_read(small_run());  // two states at once: an end is missing
    auto& items = trace.items;
    items.erase(std::find_if(items.begin(), items.end(), [](const Item& i) {
        return i.kind == Item::Kind::slice_end && i.time == 1'500 && kind_of(i.track) == kThreadTrack;
    }));
    CHECK(says(check_states_tile(trace), "states: worker is in two states at 1500 ns"));
    trace.items.clear();
    CHECK(check_states_tile(trace).empty());  // nobody lived
}

TEST_CASE("law: cores", "[laws]") {
    CHECK(says(check_cores(written_and_read(broken([](Run& r) { remove(r, EventKind::sched_switch, 0); }))),
               "cores: core 0 switches from 1000 but runs 0"));
    CHECK(says(check_cores(written_and_read(broken([](Run& r) { nth(r, EventKind::sched_switch, 1).thread = kMain; }))),
               "cores: thread 1000 is on two cores at 300 ns"));
    CHECK(says(check_cores(written_and_read(broken([](Run& r) { nth(r, EventKind::sched_switch, 1).core = 5; }))),
               "cores: more than the machine has"));
    CHECK(says(check_cores(written_and_read(broken([](Run& r) { nth(r, EventKind::sched_switch, 1).time = 250; }))),
               "cores: busy for "));
}

TEST_CASE("law: the threads on cores are those that run", "[laws]") {
    CHECK(says(check_running(written_and_read(broken(
                   [](Run& r) { nth(r, EventKind::state, 2, kWorker).value = static_cast<int>(ThreadState::io); }))),
               "running: thread 1001 is on a core in a state that needs none at 1500 ns"));
    CHECK(says(check_running(written_and_read(broken([](Run& r) {
                   nth(r, EventKind::state, 0, kWorker).value = static_cast<int>(ThreadState::native);
                   remove(r, EventKind::state, 1, kWorker);
               }))),
               "running: thread 1001 is in an on-core state without a core at 1000 ns"));
}

TEST_CASE("law: one holder of the GIL", "[laws]") {
    CHECK(says(check_gil(written_and_read(broken([](Run& r) { remove(r, EventKind::gil_release, 0, kMain); }))),
               "gil: GIL main: taken by worker while main holds it at 5022600 ns"));
    CHECK(says(
        check_gil(written_and_read(broken([](Run& r) { nth(r, EventKind::gil_acquire, 0, kWorker).value = kDaemon; }))),
        "gil: GIL main: last holder is told wrong at 5022600 ns"));
    CHECK(says(
        check_gil(written_and_read(broken([](Run& r) { nth(r, EventKind::gil_release, 0, kMain).thread = kWorker; }))),
        "gil: worker: releases a GIL that it does not hold at 5002400 ns"));
    CHECK(says(check_gil(written_and_read(broken([](Run& r) {
                   remove(r, EventKind::gil_acquire, 0, kMain);
                   remove(r, EventKind::gil_release, 0, kMain);
               }))),
               "gil: main runs Python without the GIL at 0 ns"));
}

TEST_CASE("law: hand-offs", "[laws]") {
    const auto good = written_and_read(small_run());
    const auto end_of_flow = [](Trace& trace) {
        return std::find_if(trace.items.begin(), trace.items.end(), [](const Item& i) { return !i.flow_ends.empty(); });
    };
    auto trace = good;
    end_of_flow(trace)->flow_ends.clear();
    CHECK(says(check_handoffs(trace), "handoff: worker takes over without a flow at 5022600 ns"));
    trace = good;
    end_of_flow(trace)->flow_ends.front() = 77;
    CHECK(says(check_handoffs(trace), "handoff: worker takes over another release"));
    trace = good;
    end_of_flow(trace)->time = 5;
    CHECK(says(check_handoffs(trace), "handoff: worker takes over before the release"));
    trace = good;
    end_of_flow(trace)->name = "gil_wait";
    CHECK(says(check_handoffs(trace), "handoff: worker ends a flow without taking the GIL"));
    trace = good;
    for (auto& item : trace.items) {
        if (!item.flow_begins.empty()) item.flow_begins.front() = 1;
    }
    CHECK(says(check_handoffs(trace), "handoff: worker begins a flow twice"));
    trace = good;
    for (auto& item : trace.items) item.flow_begins.clear();
    CHECK(says(check_handoffs(trace), "handoff: main releases without a flow"));
    trace = good;
    auto self = std::find_if(trace.items.begin(), trace.items.end(),
                             [](const Item& i) { return i.name == "gil_acquire" && i.time == 7'100'000; });
    self->flow_ends.push_back(3);
    CHECK(says(check_handoffs(trace), "handoff: main takes over from nobody"));
}

TEST_CASE("law: Little", "[laws]") {
    CHECK(says(check_little(written_and_read(broken([](Run& r) {
                   auto again = nth(r, EventKind::gil_wait, 0);
                   again.time = 5'002'000;
                   insert_before(r, nth(r, EventKind::drop_request, 0), again);
               }))),
               "little: worker waits twice at 5002000 ns"));
    const auto good = written_and_read(small_run());
    auto trace = good;
    for (auto& item : trace.items) {
        if (item.name == "gil_wait") item.also.clear();
    }
    CHECK(says(check_little(trace), "little: area of GIL waiters main is 0, the waits add up to 7010700"));
    trace = good;
    for (auto& item : trace.items) {
        if (item.name == "gil_wait") item.also.front().second = -1;
    }
    CHECK(says(check_little(trace), "little: GIL waiters main is negative"));
    trace = good;
    for (auto& item : trace.items) {
        if (item.name == "runnable") item.also.clear();
    }
    CHECK(says(check_little(trace), "little: area of runnable threads is "));
}

TEST_CASE("law: nobody runs Python while the world is stopped", "[laws]") {
    // In the small run main stops the world for no time, while no other thread runs Python.
    CHECK(check_stopped_worlds(written_and_read(small_run())).empty());
    const auto later = [](EventKind kind, int thread) {
        return broken([&](Run& r) {
            nth(r, EventKind::world_start, 0).time = 7'050'000;
            auto& start = nth(r, EventKind::world_start, 0);
            insert_before(r, start, {7'030'000, kind, -1, thread, -1, static_cast<int>(ThreadState::contended)});
        });
    };
    CHECK(says(check_stopped_worlds(written_and_read(later(EventKind::state, kDaemon))),
               "world: a daemon with a long näme runs Python while the world is stopped at 7030000 ns"));
    CHECK(check_stopped_worlds(written_and_read(later(EventKind::state, kMain))).empty());  // who stopped it may
    CHECK(says(check_stopped_worlds(written_and_read(broken([](Run& r) {
                   nth(r, EventKind::world_start, 0).kind = EventKind::world_stop;
               }))),
               "world: stopped twice at 7020100 ns"));
    CHECK(says(check_stopped_worlds(written_and_read(broken([](Run& r) { remove(r, EventKind::world_stop, 0); }))),
               "world: started twice at 7020100 ns"));
}

TEST_CASE("law: requests", "[laws]") {
    CHECK(says(check_requests(written_and_read(broken([](Run& r) { nth(r, EventKind::request_end, 0).value = 99; }))),
               "requests: end without a beginning at 900 ns"));
    CHECK(says(check_requests(written_and_read(broken([](Run& r) { nth(r, EventKind::request_begin, 3).value = 1; }))),
               "requests: serial number used twice at 7100000 ns"));
    auto trace = written_and_read(small_run());
    for (auto& item : trace.items) {
        if (kind_of(item.track) == kRequestTrack) item.track = kRequestTrack + 16;
    }
    CHECK(says(check_requests(trace), "requests: two in one lane at 300 ns"));
}

}  // namespace gilsim::test
