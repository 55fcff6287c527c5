#include "model/trace/chrome_json.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/trace/entries.hpp"
#include "model/trace/output_file.hpp"

namespace gilsim::trace {

namespace {

/// Made-up process of the cores, and made-up threads for the tracks of a process that are no threads: beyond any real
/// number (Linux's largest is 4194304).
constexpr int kCoresPid = 5'000'000;
constexpr int kFirstTrack = 6'000'000;

template <class Entries>
auto& at(Entries& entries, std::int64_t id) {
    return entries[static_cast<std::size_t>(id)];
}

/// A name as a JSON string, with its quotes. Bytes that are no UTF-8 are replaced.
std::string json_string(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Who has had something since when: a GIL, a lock, a core.
struct Hold {
    int thread = kNone;
    Nanoseconds since = 0;
};

struct Operation {
    int label = 0;
    Nanoseconds since = 0;
};

struct ThreadView {
    bool described = false;
    int state = kNone;
    int waits_for = kNone;
    std::vector<Operation> operations;
};

struct GilView {
    bool described = false;
    Hold hold;
    int waiters = 0;
    Hold released;  ///< by whom and when, until the next acquire
};

struct LockView {
    bool described = false;
    std::vector<Hold> holds;
};

}  // namespace

struct ChromeJsonSink::Impl {
    Impl(const Directory& dir, const std::filesystem::path& path) : directory(dir), file(path) {}

    /// Appends to the event under construction.
    template <class... Values>
    void put(fmt::format_string<const Values&...> format, const Values&... values) {
        fmt::format_to(std::back_inserter(line), format, values...);
    }
    /// Begins an event: its phase, where and when.
    void begin(char phase, int pid, int tid, Nanoseconds time) {
        put("{}{{\"ph\":\"{}\",\"pid\":{},\"tid\":{},\"ts\":{}.{:03}", first ? "\n" : ",\n", phase, pid, tid,
            time / 1000, time % 1000);
        first = false;
    }
    void named(std::string_view name) { put(",\"name\":{}", json_string(name)); }
    void end() {
        line += '}';
        file.write(line);
        line.clear();
    }
    void complete(int pid, int tid, Nanoseconds from, Nanoseconds to, std::string_view name) {
        begin('X', pid, tid, from);
        put(",\"dur\":{}.{:03}", (to - from) / 1000, (to - from) % 1000);
        named(name);
        end();
    }
    void metadata(std::string_view what, int pid, int tid, std::string_view name) {
        begin('M', pid, tid, 0);
        named(what);
        put(",\"args\":{{\"name\":{}}}", json_string(name));
        end();
    }
    void counter(int pid, Nanoseconds time, std::string_view name, std::int64_t value) {
        begin('C', pid, 0, time);
        named(name);
        put(",\"args\":{{\"value\":{}}}", value);
        end();
    }
    void instant(const Event& e) {
        begin('i', pid(e.thread), tid(e.thread), e.time);
        named(name(e.kind));
        put(",\"s\":\"t\"");
        end();
    }

    /// An instant with its figure.
    void instant_of(const Event& e) {
        begin('i', pid(e.thread), tid(e.thread), e.time);
        named(name(e.kind));
        put(",\"s\":\"t\",\"args\":{{\"value\":{}}}", e.value);
        end();
    }
    void process_instant(const Event& e) {
        begin('i', process_pid(e.object), 0, e.time);
        named(name(e.kind));
        put(",\"s\":\"p\",\"args\":{{\"value\":{}}}", e.value);
        end();
    }

    int pid(int thread) const { return process_pid(at(directory.threads, thread).process); }
    int process_pid(int process) const { return process < 0 ? kCoresPid : at(directory.processes, process).pid; }
    int tid(int thread) const { return at(directory.threads, thread).tid; }
    const std::string& thread_name(int thread) const { return at(directory.threads, thread).name; }

    ThreadView& thread(int id) {
        auto& view = entry(threads, id);
        if (!view.described) {
            view.described = true;
            metadata("thread_name", pid(id), tid(id), thread_name(id));
        }
        return view;
    }
    /// The made-up thread of a GIL (`kind` 0), a lock (1) or a thread's operations (2).
    static int track(int kind, int id) { return kFirstTrack + id * 3 + kind; }

    void state(const Event& e, int next);
    void sched_switch(const Event& e);
    void message(const Event& e, char phase);
    void gil_acquire(const Event& e);
    void gil_release(const Event& e);
    void lock_acquire(const Event& e);
    void lock_release(const Event& e);
    void op_end(const Event& e);
    void request(const Event& e, char phase);
    void close_everything(Nanoseconds end);

    const Directory& directory;
    OutputFile file;
    std::string line;
    bool first = true;
    std::vector<ThreadView> threads;
    std::vector<GilView> gils;
    std::vector<LockView> locks;
    std::vector<Hold> cores;
    std::int64_t flows = 0;
};

ChromeJsonSink::ChromeJsonSink(const Directory& directory, const std::filesystem::path& file, std::string_view version)
    : impl_(std::make_unique<Impl>(directory, file)) {
    impl_->put(
        "{{\"displayTimeUnit\":\"ns\",\"otherData\":{{\"gilsim_version\":{},\"scenario\":{},\"variant\":{},\"seed\":\"{"
        "}\"}},"
        "\n\"traceEvents\":[",
        json_string(version), json_string(directory.scenario), json_string(directory.variant), directory.seed);
    impl_->metadata("process_name", kCoresPid, 0, "cores");
    for (int core = 0; core < directory.cores; ++core) {
        impl_->metadata("thread_name", kCoresPid, core, fmt::format("core {}", core));
    }
}

ChromeJsonSink::~ChromeJsonSink() = default;

bool ChromeJsonSink::failed() const {
    return impl_->file.failed();
}

void ChromeJsonSink::event(const Event& e) {
    Impl& to = *impl_;
    switch (e.kind) {
        case EventKind::process_start:
            return to.metadata("process_name", to.process_pid(e.object), 0, at(to.directory.processes, e.object).name);
        case EventKind::process_end:
        case EventKind::page_faults:
            return;
        case EventKind::process_killed:
            return to.process_instant(e);
        case EventKind::gc_begin:
        case EventKind::gc_end:
        case EventKind::copy_on_write:
            return to.instant_of(e);
        case EventKind::thread_start:
            to.thread(e.thread);
            return;
        case EventKind::thread_end:
            return to.state(e, kNone);
        case EventKind::state:
            return to.state(e, static_cast<int>(e.value));
        case EventKind::sched_switch:
            return to.sched_switch(e);
        case EventKind::sched_waking:
        case EventKind::drop_request:
        case EventKind::forced_switch:
        case EventKind::lock_wait:
        case EventKind::gil_missed:
        case EventKind::world_stop:
        case EventKind::world_start:
        case EventKind::sync_wait:
        case EventKind::sync_done:
        case EventKind::sync_signal:
        case EventKind::request_serve:
            return to.instant(e);
        case EventKind::message_send:
            return to.message(e, 's');
        case EventKind::message_receive:
            return to.message(e, 'f');
        case EventKind::gil_wait: {
            to.thread(e.thread).waits_for = e.object;
            const auto& interpreter = at(to.directory.interpreters, e.object);
            return to.counter(to.process_pid(interpreter.process), e.time, "GIL waiters " + interpreter.name,
                              ++entry(to.gils, e.object).waiters);
        }
        case EventKind::gil_acquire:
            return to.gil_acquire(e);
        case EventKind::gil_release:
            return to.gil_release(e);
        case EventKind::lock_acquire:
            return to.lock_acquire(e);
        case EventKind::lock_release:
            return to.lock_release(e);
        case EventKind::op_begin:
            to.thread(e.thread).operations.push_back({e.object, e.time});
            return;
        case EventKind::op_end:
            return to.op_end(e);
        case EventKind::request_begin:
            return to.request(e, 'b');
        case EventKind::request_end:
            return to.request(e, 'e');
        case EventKind::counter: {
            const auto& counter = at(to.directory.counters, e.object);
            return to.counter(to.process_pid(counter.process), e.time, counter.name, e.value);
        }
    }
}

/// Ends the open state, begins the next one unless it is kNone.
void ChromeJsonSink::Impl::state(const Event& e, int next) {
    auto& view = thread(e.thread);
    if (view.state != kNone) {
        begin('E', pid(e.thread), tid(e.thread), e.time);
        end();
    }
    view.state = next;
    if (next == kNone) return;
    begin('B', pid(e.thread), tid(e.thread), e.time);
    named(row(static_cast<ThreadState>(next)).name);
    end();
}

void ChromeJsonSink::Impl::sched_switch(const Event& e) {
    auto& core = entry(cores, e.core);
    if (core.thread != kNone) complete(kCoresPid, e.core, core.since, e.time, thread_name(core.thread));
    core = {e.thread, e.time};
}

void ChromeJsonSink::Impl::gil_acquire(const Event& e) {
    auto& gil = entry(gils, e.object);
    const auto& interpreter = at(directory.interpreters, e.object);
    if (!gil.described) {
        gil.described = true;
        metadata("thread_name", process_pid(interpreter.process), track(0, e.object), "GIL " + interpreter.name);
    }
    gil.hold = {e.thread, e.time};
    auto& view = thread(e.thread);
    if (view.waits_for == e.object) {
        view.waits_for = kNone;
        counter(process_pid(interpreter.process), e.time, "GIL waiters " + interpreter.name, --gil.waiters);
    }
    if (gil.released.thread == kNone || gil.released.thread == e.thread) return;
    ++flows;
    for (const char phase : {'s', 'f'}) {
        const auto& [who, when] = phase == 's' ? gil.released : gil.hold;
        begin(phase, pid(who), tid(who), when);
        named("hand-off");
        put(",\"cat\":\"gil\",\"id\":{}", flows);
        if (phase == 'f') put(",\"bp\":\"e\"");
        end();
    }
}

void ChromeJsonSink::Impl::message(const Event& e, char phase) {
    begin(phase, pid(e.thread), tid(e.thread), e.time);
    named("message " + at(directory.locks, e.object).name);
    put(",\"cat\":\"message\",\"id\":\"m{}\"", e.value);
    if (phase == 'f') put(",\"bp\":\"e\"");
    end();
}

void ChromeJsonSink::Impl::gil_release(const Event& e) {
    auto& gil = entry(gils, e.object);
    if (gil.hold.thread != kNone) {
        complete(process_pid(at(directory.interpreters, e.object).process), track(0, e.object), gil.hold.since, e.time,
                 thread_name(gil.hold.thread));
    }
    gil.hold.thread = kNone;
    gil.released = {e.thread, e.time};
}

void ChromeJsonSink::Impl::lock_acquire(const Event& e) {
    auto& lock = entry(locks, e.object);
    if (!lock.described) {
        lock.described = true;
        const auto& described = at(directory.locks, e.object);
        metadata("thread_name", process_pid(described.process), track(1, e.object), described.kind + " " + described.name);
    }
    lock.holds.push_back({e.thread, e.time});
}

void ChromeJsonSink::Impl::lock_release(const Event& e) {
    auto& holds = entry(locks, e.object).holds;
    if (holds.empty()) return;
    const auto own = std::find_if(holds.rbegin(), holds.rend(), [&](const Hold& h) { return h.thread == e.thread; });
    const auto released = own == holds.rend() ? std::prev(holds.end()) : std::prev(own.base());
    complete(process_pid(at(directory.locks, e.object).process), track(1, e.object), released->since, e.time,
             thread_name(released->thread));
    holds.erase(released);
}

void ChromeJsonSink::Impl::op_end(const Event& e) {
    auto& operations = thread(e.thread).operations;
    if (operations.empty()) return;
    complete(pid(e.thread), track(2, e.thread), operations.back().since, e.time,
             at(directory.labels, operations.back().label));
    operations.pop_back();
}

void ChromeJsonSink::Impl::request(const Event& e, char phase) {
    // One that nobody serves yet begins among the cores: an asynchronous event belongs to its id, not to a thread.
    begin(phase, e.thread < 0 ? kCoresPid : pid(e.thread), e.thread < 0 ? 0 : tid(e.thread), e.time);
    named(at(directory.requests, e.object));
    put(",\"cat\":\"request\",\"id\":{}", e.value);
    end();
}

void ChromeJsonSink::Impl::close_everything(Nanoseconds end) {
    for (std::size_t i = 0; i < threads.size(); ++i) {
        Event last{.time = end, .thread = static_cast<int>(i)};
        if (threads[i].state != kNone) state(last, kNone);
        while (!threads[i].operations.empty()) op_end(last);
    }
    for (std::size_t i = 0; i < gils.size(); ++i) gil_release({.time = end, .object = static_cast<int>(i)});
    for (std::size_t i = 0; i < locks.size(); ++i) {
        while (!locks[i].holds.empty()) lock_release({.time = end, .object = static_cast<int>(i)});
    }
    for (std::size_t i = 0; i < cores.size(); ++i) sched_switch({.time = end, .core = static_cast<std::int16_t>(i)});
}

void ChromeJsonSink::finish(Nanoseconds end, Outcome outcome) {
    impl_->close_everything(end);
    impl_->begin('i', kCoresPid, 0, end);
    impl_->named("run_end");
    impl_->put(",\"s\":\"g\",\"args\":{{\"outcome\":\"{}\"}}", name(outcome));
    impl_->end();
    impl_->file.write("\n]}\n");
    impl_->file.close();
}

}  // namespace gilsim::trace
