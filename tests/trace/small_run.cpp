#include "tests/trace/small_run.hpp"

#include <unistd.h>

#include "model/trace/perfetto.hpp"

namespace gilsim::test {

using trace::Event;
using trace::EventKind;
using trace::ReleaseReason;
using trace::ThreadState;

namespace {

constexpr int kNobody = -1;

/// Collects events; one function per kind, so that a run reads like a log.
struct Script {
    std::vector<Event> events;
    Nanoseconds now = 0;

    void put(EventKind kind, int thread, int object, std::int64_t value = 0, int core = -1) {
        events.push_back({now, kind, static_cast<std::int16_t>(core), thread, object, value});
    }
    void state(int thread, ThreadState s) { put(EventKind::state, thread, -1, static_cast<int>(s)); }
    void start(int thread, ThreadState s, int process = 0) {
        put(EventKind::thread_start, thread, process);
        state(thread, s);
    }
    void to_core(int core, int thread, ThreadState s) {
        put(EventKind::sched_switch, thread, kNobody, 0, core);
        state(thread, s);
    }
    void off_core(int core, int thread, ThreadState s) {
        state(thread, s);
        put(EventKind::sched_switch, kNobody, thread, s == ThreadState::runnable ? 1 : 0, core);
    }
    void wake(int thread, int core, int waker) {
        put(EventKind::sched_waking, thread, waker, 0, core);
        state(thread, ThreadState::runnable);
    }
    void acquire(int thread, int last, int interpreter = 0) { put(EventKind::gil_acquire, thread, interpreter, last); }
    void release(int thread, ReleaseReason reason, int interpreter = 0) {
        put(EventKind::gil_release, thread, interpreter, static_cast<int>(reason));
    }
};

}  // namespace

Run small_run() {
    Run run;
    auto& d = run.directory;
    d = {"small.yaml", "threads", 7, 2, {}, {}, {}, {}, {}, {}, {}};
    d.processes = {{"python", 1000}, {"child", 1005}};
    d.threads = {{"main", 0, 1000},
                 {"worker", 0, 1001},
                 {"a daemon with a long näme", 0, 1002},
                 {"helper", 0, 1003},
                 {"main", 1, 1005}};
    d.interpreters = {{"main", 0, "timed"}, {"child", 1, "timed"}};
    d.locks = {{"x", 0}, {"y", 0, "condition"}, {"never taken", -1}};
    d.counters = {{"rss", "bytes", 0}, {"load", "", -1}};
    d.labels = {"compute", "work", "never run"};
    d.requests = {"echo", "other", "never made"};

    Script s;
    s.put(EventKind::process_start, -1, 0);
    s.start(kMain, ThreadState::runnable);
    s.to_core(0, kMain, ThreadState::runtime);
    s.acquire(kMain, kNobody);
    s.state(kMain, ThreadState::bytecode);
    s.put(EventKind::counter, -1, 0, 4096);
    s.put(EventKind::op_begin, kMain, 0);
    s.put(EventKind::request_begin, kMain, 0, 1);
    s.now = 100;
    s.put(EventKind::lock_acquire, kMain, 1);
    s.put(EventKind::lock_acquire, kMain, 0);
    s.put(EventKind::op_begin, kMain, 1);
    s.now = 200;
    s.start(kHelper, ThreadState::joining);
    s.wake(kHelper, 1, kMain);
    s.put(EventKind::process_start, -1, 1);
    s.now = 300;
    s.to_core(1, kHelper, ThreadState::runtime);
    s.put(EventKind::op_end, kMain, 1);
    s.put(EventKind::request_begin, kHelper, 0, 2);  // overlaps the first
    s.put(EventKind::request_begin, kHelper, 1, 3);
    s.now = 900;
    s.put(EventKind::request_end, kHelper, 0, 2);
    s.put(EventKind::request_end, kMain, 1, 3);  // ended by another thread
    s.put(EventKind::lock_release, kHelper, 0);  // a lock may be released by whom it pleases
    s.start(kChild, ThreadState::joining, 1);
    s.wake(kChild, 1, kHelper);
    s.put(EventKind::thread_end, kHelper, -1);
    s.put(EventKind::sched_switch, kChild, kHelper, 0, 1);
    s.state(kChild, ThreadState::runtime);
    s.acquire(kChild, kNobody, 1);
    s.now = 950;
    s.release(kChild, ReleaseReason::exit, 1);
    s.put(EventKind::process_killed, -1, 1, 4096);
    s.put(EventKind::thread_end, kChild, -1);
    s.put(EventKind::sched_switch, kNobody, kChild, 0, 1);
    s.put(EventKind::process_end, -1, 1);
    s.now = 1'000;
    s.start(kWorker, ThreadState::joining);
    s.wake(kWorker, 1, kMain);
    s.now = 1'500;
    s.to_core(1, kWorker, ThreadState::runtime);
    s.now = 2'000;
    s.put(EventKind::gil_wait, kWorker, 0);
    s.off_core(1, kWorker, ThreadState::waiting_gil);
    s.now = 5'002'000;
    s.put(EventKind::drop_request, kWorker, 0);
    s.now = 5'002'100;
    s.state(kMain, ThreadState::runtime);
    s.now = 5'002'400;
    s.release(kMain, ReleaseReason::requested);
    s.wake(kWorker, 1, kMain);
    s.put(EventKind::forced_switch, kMain, 0);
    s.off_core(0, kMain, ThreadState::forced_switch);
    s.now = 5'022'400;
    s.to_core(1, kWorker, ThreadState::runtime);
    s.now = 5'022'600;
    s.acquire(kWorker, kMain);
    s.state(kWorker, ThreadState::bytecode);
    s.put(EventKind::lock_acquire, kWorker, 0);
    s.wake(kMain, 0, kWorker);
    s.now = 5'025'000;
    s.put(EventKind::gc_begin, kWorker, 0, 1);
    s.state(kWorker, ThreadState::collecting);
    s.now = 5'026'000;
    s.put(EventKind::page_faults, kWorker, 0, 3);
    s.put(EventKind::copy_on_write, kWorker, 0, 2);
    s.state(kWorker, ThreadState::paging);
    s.now = 5'027'000;
    s.put(EventKind::gc_end, kWorker, 0, 17);
    s.state(kWorker, ThreadState::bytecode);
    s.now = 5'030'000;
    s.to_core(0, kMain, ThreadState::runtime);
    s.put(EventKind::gil_wait, kMain, 0);
    s.now = 5'030'100;
    s.off_core(0, kMain, ThreadState::waiting_gil);
    s.now = 6'000'000;
    s.start(kDaemon, ThreadState::sleeping);
    s.wake(kDaemon, 0, kNobody);
    s.now = 6'001'000;
    s.to_core(0, kDaemon, ThreadState::native_released);
    s.put(EventKind::counter, -1, 1, 2);
    s.now = 7'000'000;
    s.release(kWorker, ReleaseReason::blocking);
    s.put(EventKind::lock_wait, kWorker, 1);
    s.wake(kMain, 1, kWorker);
    s.off_core(1, kWorker, ThreadState::waiting_lock);
    s.now = 7'020'000;
    s.to_core(1, kMain, ThreadState::runtime);
    s.now = 7'020'100;
    s.acquire(kMain, kWorker);
    s.state(kMain, ThreadState::bytecode);
    s.put(EventKind::gil_missed, kDaemon, 0);
    s.put(EventKind::world_stop, kMain, 0);
    s.put(EventKind::world_start, kMain, 0);
    s.now = 7'100'000;
    s.release(kMain, ReleaseReason::blocking);
    s.acquire(kMain, kMain);  // nobody waited: no hand-off
    s.put(EventKind::request_end, kMain, 0, 1);
    s.put(EventKind::request_begin, kMain, 0, 4);  // never ends
    s.put(EventKind::counter, -1, 0, -5);
    s.now = 7'500'000;
    s.release(kMain, ReleaseReason::blocking);
    s.put(EventKind::lock_wait, kMain, 0);
    s.off_core(1, kMain, ThreadState::waiting_lock);
    s.put(EventKind::request_begin, kNobody, 1, 5);  // nobody serves it yet
    s.put(EventKind::sync_wait, kMain, 1);
    s.put(EventKind::sync_signal, kDaemon, 1, 3);
    s.put(EventKind::sync_done, kMain, 1, 1);
    s.put(EventKind::request_serve, kDaemon, 1, 5);
    s.put(EventKind::message_send, kMain, 1, 7);
    s.put(EventKind::message_receive, kDaemon, 1, 7);
    s.now = 8'000'000;
    s.off_core(0, kDaemon, ThreadState::runnable);
    s.now = 8'100'000;
    s.to_core(0, kDaemon, ThreadState::native_released);
    run.events = std::move(s.events);
    run.end = 9'000'000;
    run.outcome = trace::Outcome::deadlock;
    return run;
}

trace::Directory handoff_directory() {
    trace::Directory d{
        "handoffs.yaml", "threads", 1, 2, {{"python", 1000}}, {}, {{"main", 0, "timed"}}, {}, {}, {}, {}};
    for (int i = 0; i < 4; ++i) d.threads.push_back({"worker-" + std::to_string(i), 0, 1000 + i});
    return d;
}

void play_handoffs(trace::Sink& sink, int rounds) {
    Script s;
    const auto pass_on = [&] {
        for (const auto& event : s.events) sink.event(event);
        s.events.clear();
    };
    s.put(EventKind::process_start, -1, 0);
    for (int i = 0; i < 4; ++i) {
        s.start(i, i == 0 ? ThreadState::runnable : ThreadState::waiting_gil);
        if (i != 0) s.put(EventKind::gil_wait, i, 0);
    }
    int core = 0;
    s.to_core(core, 0, ThreadState::runtime);
    s.acquire(0, kNobody);
    s.state(0, ThreadState::bytecode);
    for (int round = 0; round < rounds; ++round) {
        const int holder = round % 4;
        const int next = (round + 1) % 4;
        s.now += 100'000;
        s.put(EventKind::drop_request, next, 0);
        s.now += 100;
        s.state(holder, ThreadState::runtime);
        s.now += 300;
        s.release(holder, ReleaseReason::requested);
        s.wake(next, 1 - core, holder);
        s.put(EventKind::forced_switch, holder, 0);
        s.off_core(core, holder, ThreadState::forced_switch);
        core = 1 - core;
        s.now += 20'000;
        s.to_core(core, next, ThreadState::runtime);
        s.acquire(next, holder);
        s.now += 200;
        s.state(next, ThreadState::bytecode);
        s.put(EventKind::gil_wait, holder, 0);
        s.state(holder, ThreadState::waiting_gil);
        pass_on();
    }
    sink.finish(s.now, trace::Outcome::limit);
}

Folder::Folder() {
    auto name = (std::filesystem::temp_directory_path() / "gilsim-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

Trace written_and_read(const Run& run) {
    const Folder folder;
    trace::PerfettoSink sink(run.directory, folder / "t.pftrace", "1.2.3");
    run.play(sink);
    return decode_file(folder / "t.pftrace");
}

}  // namespace gilsim::test
