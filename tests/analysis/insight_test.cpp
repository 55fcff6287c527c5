// Analyses of hand-made runs, with results worked out by hand.

#include "analysis/insight/difference.hpp"
#include "analysis/insight/run_analysis.hpp"
#include "analysis/insight/words.hpp"
#include "tests/analysis/stream.hpp"
#include "tests/catch.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using namespace gilsim::analysis::testing;

namespace {

// A run told by hand to the whole analysis.
struct Told {
    explicit Told(int cores) {
        directory.cores = cores;
        directory.scenario = "hand.yaml";
    }
    void send(EventKind kind, Nanoseconds t, int thread, int object, std::int64_t value = 0, int core = -1) {
        run.event({.time = t,
                   .kind = kind,
                   .core = static_cast<std::int16_t>(core),
                   .thread = thread,
                   .object = object,
                   .value = value});
    }
    int process(const std::string& name) {
        const int id = static_cast<int>(directory.processes.size());
        directory.processes.push_back({name, 1000 + id});
        directory.interpreters.push_back({name, id, "timed"});
        send(EventKind::process_start, 0, -1, id);
        return id;
    }
    int thread(Nanoseconds t, const std::string& name, ThreadState s, int process = 0) {
        const int id = static_cast<int>(directory.threads.size());
        directory.threads.push_back({name, process, 2000 + id});
        send(EventKind::thread_start, t, id, process);
        state(t, id, s);
        return id;
    }
    int label(const std::string& text) {
        directory.labels.push_back(text);
        return static_cast<int>(directory.labels.size()) - 1;
    }
    void state(Nanoseconds t, int thread, ThreadState s) {
        send(EventKind::state, t, thread, -1, static_cast<std::int64_t>(s));
    }
    void on(Nanoseconds t, int core, int thread, ThreadState s) {
        send(EventKind::sched_switch, t, thread, -1, 0, core);
        state(t, thread, s);
    }
    void off(Nanoseconds t, int core, int thread, ThreadState s) {
        state(t, thread, s);
        send(EventKind::sched_switch, t, -1, thread, s == ThreadState::runnable ? 1 : 0, core);
    }
    void wake(Nanoseconds t, int thread, int waker, int core) {
        send(EventKind::sched_waking, t, thread, waker, 0, core);
        state(t, thread, ThreadState::runnable);
    }
    // What a share of a run is called, and how long it is.
    std::vector<std::pair<std::string, Nanoseconds>> told(const std::vector<Share>& shares) const {
        std::vector<std::pair<std::string, Nanoseconds>> result;
        for (const Share& s : shares) {
            const Doing& d = run.threads().doings()[static_cast<std::size_t>(s.doing)];
            std::string text = "nobody";
            if (s.doing != Threads::kNobody) {
                text = run.threads().parties()[static_cast<std::size_t>(d.party)].name;
                if (d.label >= 0) text += " " + directory.labels[static_cast<std::size_t>(d.label)];
                text += " " + std::string(trace::row(d.state).name);
            }
            result.emplace_back(text, s.time);
        }
        return result;
    }
    using Parts = std::vector<std::pair<std::string, Nanoseconds>>;

    trace::Directory directory;
    RunAnalysis run{directory, true};
};

using enum ThreadState;

// Two cores. `cpu-1` computes from 0 to 100 with the GIL, asked for it at 60 by `io-1`, which waits from 10 on and was
// reading from 0 to 10; at 100 it hands over, io-1 takes the GIL at 105 and ends the run at 120.
void gil_story(Told& t) {
    t.process("python");
    const int crunch = t.label("crunch");
    const int answer = t.label("answer");
    const int cpu = t.thread(0, "cpu-1", runnable);
    t.on(0, 0, cpu, runtime);
    t.send(EventKind::gil_acquire, 0, cpu, 0, -1);
    t.send(EventKind::op_begin, 0, cpu, crunch);
    t.state(0, cpu, bytecode);
    const int io_ = t.thread(0, "io-1", io);
    t.send(EventKind::op_begin, 5, io_, answer);
    t.wake(10, io_, -1, 1);
    t.on(10, 1, io_, runtime);
    t.send(EventKind::gil_wait, 10, io_, 0);
    t.off(12, 1, io_, waiting_gil);
    t.send(EventKind::drop_request, 60, io_, 0);
    t.state(90, cpu, native);
    t.state(100, cpu, runtime);
    t.send(EventKind::gil_release, 100, cpu, 0, static_cast<int>(ReleaseReason::requested));
    t.wake(100, io_, cpu, 1);
    t.on(103, 1, io_, runtime);
    t.send(EventKind::gil_acquire, 105, io_, 0, cpu);
    t.state(105, io_, bytecode);
    t.off(110, 0, cpu, forced_switch);
    t.run.finish(120, Outcome::completed);
}

}  // namespace

TEST_CASE("groups: threads whose names differ in their numbers only") {
    CHECK(without_number("worker-12") == "worker");
    CHECK(without_number("kthread/0") == "kthread");
    CHECK(without_number("main") == "main");
    CHECK(without_number("x86") == "x86");
    CHECK(without_number("-1") == "-1");
    CHECK(without_number("7") == "7");
}

TEST_CASE("a wait for the GIL is divided among what its holder did, to the nanosecond") {
    Told t(2);
    gil_story(t);
    const auto& worst = t.run.blame().worst(Wanted::gil);
    REQUIRE(worst.size() == 1);
    CHECK(worst[0].begin == 10);
    CHECK(worst[0].end == 105);
    CHECK(worst[0].ended);
    CHECK(t.told(worst[0].shares) ==
          Told::Parts{{"cpu crunch bytecode", 80}, {"cpu crunch native", 10}, {"nobody", 5}});
    CHECK(t.run.blame().total(Wanted::gil) == 95);
    const auto matrix = t.run.blame().matrix();
    REQUIRE(!matrix.empty());
    CHECK(matrix[0].time == 80);
    const Doing& waiter = t.run.threads().doings()[static_cast<std::size_t>(matrix[0].waiter)];
    CHECK(t.run.threads().parties()[static_cast<std::size_t>(waiter.party)].name == "io");
    CHECK(t.directory.labels[static_cast<std::size_t>(waiter.label)] == "answer");
    CHECK(Words(t.run).wait(worst[0]) ==
          "io-1 in `answer` waited 95 ns for the GIL, from 10 ns: 84 % cpu in `crunch` (runs Python bytecode on a "
          "core), 11 % cpu in `crunch` (runs C code on a core, GIL held), 5.3 % while it was free, on its way");
}

TEST_CASE("who uses a GIL how: waits, holds, patience, reasons") {
    Told t(2);
    gil_story(t);
    const auto& users = t.run.gil_use().users();
    const GilUser& cpu = users.at(0).at(0);
    const GilUser& io_ = users.at(0).at(1);
    CHECK(cpu.holds.distribution().max == 100);
    CHECK(cpu.releases[static_cast<std::size_t>(ReleaseReason::requested)] == 1);
    CHECK(cpu.waits.distribution().count == 0);
    CHECK(io_.wait_total == 95);
    CHECK(io_.asked == 1);
    CHECK(io_.asked_total == 95);
    CHECK(t.run.gil_use().patience(0) == 50);
    CHECK(t.run.gil_use().patience(7) == 0);
}

TEST_CASE("activity: bins add up, and cores busy tile the makespan") {
    Told t(2);
    gil_story(t);
    const Activity& a = t.run.activity();
    REQUIRE(a.bins().size() == 1);
    const ActivityBin& bin = a.bins()[0];
    for (const auto& row : trace::kStates) {
        Nanoseconds sum = 0;
        for (const ThreadSummary& thread : t.run.summary().threads) sum += thread.states[row.state];
        INFO(row.name);
        CHECK(bin.states[static_cast<std::size_t>(row.state)] == sum);
    }
    CHECK(bin.cores_busy == 110 + 2 + 17);
    CHECK(bin.gil_held == 100 + 15);
    CHECK(bin.handoffs == 1);
    CHECK(a.cores_busy() == std::vector<Nanoseconds>{0, 120 - 2 - 7, 2 + 7});
}

TEST_CASE("activity: bins widen as the run gets longer, and lose nothing") {
    Activity a;
    a.event({.time = 0, .kind = EventKind::state, .thread = 0, .value = static_cast<int>(bytecode)});
    a.event({.time = 1500, .kind = EventKind::state, .thread = 0, .value = static_cast<int>(sleeping)});
    a.event({.time = 10 * kSecond, .kind = EventKind::state, .thread = 0, .value = static_cast<int>(native)});
    a.finish(10 * kSecond + 7);
    CHECK(a.bins().size() <= Activity::kBins);
    CHECK(a.bins().size() > Activity::kBins / 2);
    ActivityBin all;
    for (const ActivityBin& bin : a.bins()) all += bin;
    CHECK(all.states[static_cast<std::size_t>(bytecode)] == 1500);
    CHECK(all.states[static_cast<std::size_t>(sleeping)] == 10 * kSecond - 1500);
    CHECK(all.states[static_cast<std::size_t>(native)] == 7);
    CHECK(a.bins()[0].states[static_cast<std::size_t>(bytecode)] == 1500);
    CHECK(a.bins()[0].states[static_cast<std::size_t>(sleeping)] == a.width() - 1500);
}

TEST_CASE("a wait for a core is filled by who was on it, a wait for a lock by what its holder did, waiting included") {
    Told t(1);
    t.directory.locks.push_back({"table", 0});
    t.process("python");
    const int a = t.thread(0, "a", runnable);
    t.on(0, 0, a, runtime);
    t.send(EventKind::lock_acquire, 0, a, 0);
    t.state(0, a, native_released);
    const int b = t.thread(10, "b", sleeping);
    t.wake(20, b, -1, 0);  // b waits for the core from 20 to 50
    t.off(50, 0, a, runnable);
    t.on(50, 0, b, runtime);
    t.send(EventKind::lock_wait, 60, b, 0);  // b waits for the lock from 60 to 100
    t.off(60, 0, b, waiting_lock);
    t.on(65, 0, a, native_released);
    t.send(EventKind::lock_release, 90, a, 0);
    t.wake(90, b, a, 0);
    t.off(95, 0, a, sleeping);
    t.on(97, 0, b, runtime);
    t.send(EventKind::lock_acquire, 100, b, 0);
    t.run.finish(110, Outcome::completed);

    const auto& core = t.run.blame().worst(Wanted::core);
    REQUIRE(core.size() == 3);
    CHECK(core[0].thread == b);
    CHECK(t.told(core[0].shares) == Told::Parts{{"a native_released", 30}});
    CHECK(core[1].thread == a);  // preempted by b at 50, on again at 65
    CHECK(t.told(core[1].shares) == Told::Parts{{"b runtime", 10}, {"nobody", 5}});
    CHECK(t.told(core[2].shares) == Told::Parts{{"a native_released", 5}, {"nobody", 2}});
    CHECK(t.run.blame().total(Wanted::core) ==
          t.run.summary().threads[0].states[runnable] + t.run.summary().threads[1].states[runnable]);
    const auto& lock = t.run.blame().worst(Wanted::lock);
    REQUIRE(lock.size() == 1);
    CHECK(t.told(lock[0].shares) == Told::Parts{{"a native_released", 25}, {"nobody", 10}, {"a runnable", 5}});
    CHECK(Words(t.run).thing(Wanted::lock, 0) == "lock `table`");
}

TEST_CASE("waits that never end count up to the end of the run") {
    Told t(1);
    t.directory.locks.push_back({"table", 0});
    t.process("python");
    const int a = t.thread(0, "a", sleeping);
    const int b = t.thread(0, "b", waiting_lock);
    t.send(EventKind::lock_acquire, 0, a, 0);
    t.send(EventKind::lock_wait, 10, b, 0);
    t.run.finish(100, Outcome::deadlock);
    const auto& lock = t.run.blame().worst(Wanted::lock);
    REQUIRE(lock.size() == 1);
    CHECK(!lock[0].ended);
    CHECK(t.told(lock[0].shares) == Told::Parts{{"a sleeping", 90}});
}

TEST_CASE("a wait for a lock ends when its patience has run out") {
    Told t(1);
    t.directory.locks = {{"table", 0}, {"other", 0}};
    t.process("python");
    const int a = t.thread(0, "a", sleeping);
    const int b = t.thread(0, "b", waiting_lock);
    t.send(EventKind::lock_acquire, 0, a, 0);
    t.send(EventKind::lock_wait, 10, b, 0);
    t.send(EventKind::sync_done, 20, b, 1);  // of something else
    t.send(EventKind::sync_done, 40, b, 0, 1);
    t.run.finish(100, Outcome::completed);
    const auto& lock = t.run.blame().worst(Wanted::lock);
    REQUIRE(lock.size() == 1);
    CHECK(lock[0].ended);
    CHECK(t.told(lock[0].shares) == Told::Parts{{"a sleeping", 30}});
}

TEST_CASE("the critical path goes from a woken thread to its waker, and adds up to the makespan") {
    Told t(2);
    t.process("python");
    const int work = t.label("work");
    const int main = t.thread(0, "main", runnable);
    t.on(0, 0, main, runtime);
    const int worker = t.thread(10, "worker-1", joining);
    t.wake(10, worker, main, 1);  // started by main: its path begins with main's
    t.on(13, 1, worker, runtime);
    t.off(15, 0, main, joining);
    t.send(EventKind::op_begin, 20, worker, work);
    t.state(20, worker, bytecode);
    t.off(60, 1, worker, io);
    t.wake(80, worker, -1, 1);  // a device: its time stays on the path
    t.on(82, 1, worker, bytecode);
    t.wake(90, main, worker, 0);  // what main did from 15 to 90 does not matter
    t.on(94, 0, main, runtime);
    t.run.finish(100, Outcome::completed);
    const auto path = t.told(t.run.critical_path().path());
    CHECK(path == Told::Parts{{"worker work bytecode", 48},
                              {"worker work io", 20},
                              {"main runtime", 16},
                              {"worker runtime", 7},
                              {"main runnable", 4},
                              {"worker runnable", 3},
                              {"worker work runnable", 2}});
    Nanoseconds sum = 0;
    for (const auto& part : path) sum += part.second;
    CHECK(sum == 100);
}

TEST_CASE("lanes: all slices while they fit, then merged without losing time or the present state") {
    Told t(2);
    gil_story(t);
    const auto lanes = t.run.lanes().lanes();
    REQUIRE(lanes.size() == 5);  // two threads, two cores, a GIL
    CHECK(t.run.lanes().grain() == 0);
    CHECK(lanes[4].kind == Lane::Kind::gil);
    REQUIRE(lanes[4].slices.size() == 3);
    CHECK(lanes[4].slices[1].begin == 100);
    CHECK(lanes[4].slices[1].value == -1);
    CHECK(lanes[4].slices[2].value == 1);

    Lanes few(100);
    Nanoseconds now = 0;
    for (int i = 0; i < 10'000; ++i) {
        now += i % 10 == 0 ? 9000 : 100;
        few.event({.time = now,
                   .kind = EventKind::state,
                   .thread = 0,
                   .value = static_cast<int>(i % 2 == 0 ? bytecode : waiting_gil)});
    }
    few.finish(now + 1);
    const auto merged = few.lanes();
    REQUIRE(merged.size() == 1);
    CHECK(merged[0].slices.size() <= 101);
    CHECK(few.grain() > 0);
    CHECK(few.grain() < now / 10);
    for (std::size_t i = 1; i < merged[0].slices.size(); ++i)
        CHECK(merged[0].slices[i - 1].begin < merged[0].slices[i].begin);
    CHECK(merged[0].slices.back().value == static_cast<int>(waiting_gil));
}

TEST_CASE("histograms count every sample once, in buckets of an eighth of a power of two") {
    Samples s;
    for (const Nanoseconds sample : {0, 5, 5, 15, 16, 1000, 1023, 1024, 1151, 1152}) s.add(sample);
    std::vector<std::array<Nanoseconds, 3>> found;
    for (const auto& b : s.histogram()) found.push_back({b.low, b.high, b.count});
    CHECK(found == std::vector<std::array<Nanoseconds, 3>>{
                       {0, 16, 4}, {16, 32, 1}, {960, 1024, 2}, {1024, 1152, 2}, {1152, 1280, 1}});
}

TEST_CASE("two runs differ where time went, who waited for whom, and on the critical path") {
    Told before(2);
    gil_story(before);
    Told after(2);
    after.process("python");
    const int cpu = after.thread(0, "cpu-1", runnable);
    after.on(0, 0, cpu, runtime);
    after.send(EventKind::gil_acquire, 0, cpu, 0, -1);
    after.state(0, cpu, native);
    after.run.finish(40, Outcome::completed);
    const std::string told = difference(before.run, after.run, "slow", "fast");
    CHECK_THAT(told, Catch::StartsWith("slow -> fast\n\nmakespan: 120 ns -> 40 ns  (0.33 times)\n"));
    CHECK_THAT(told, Catch::Contains("GIL python: hand-offs 1 -> 0, waits 1 -> 0, p50 95 ns -> 0 ns"));
    CHECK_THAT(told, Catch::Contains("Time of threads:\n     90 ns ->     0 ns  cpu: runs Python bytecode on a core"));
    CHECK_THAT(told, Catch::Contains("Waiting:\n     80 ns ->     0 ns  io for the GIL, had by cpu in `crunch` (runs "
                                     "Python bytecode on a core)"));
    CHECK_THAT(told, Catch::Contains("On the critical path:\n     90 ns ->     0 ns  cpu in `crunch`"));
    CHECK_THAT(difference(after.run, after.run, "a", "b"), Catch::Contains("Nothing else differs"));
}
