#include "model/trace/perfetto.hpp"

#include <vector>

#include "model/trace/entries.hpp"
#include "model/trace/perfetto_dictionary.hpp"
#include "model/trace/perfetto_requests.hpp"

namespace gilsim::trace {

using namespace perfetto;  // NOLINT: this file is about nothing else

namespace {

/// What is open on the tracks of a thread.
struct ThreadTracks {
    int state = kNone;      ///< ThreadState of the open slice
    int core = kNone;       ///< where it is on a core
    int waits_for = kNone;  ///< the interpreter in whose waiters it is counted
    int operations = 0;     ///< open slices of operations
    bool ended = false;
};

struct InterpreterTracks {
    int waiters = 0;
    int holds = 0;           ///< open slices: 0 or 1, unless the model is wrong
    std::uint64_t flow = 0;  ///< of the last release, until the next acquire
    int released_by = kNone;
};

struct LockTracks {
    int holds = 0;
};

}  // namespace

struct PerfettoSink::Impl {
    Impl(const Directory& dir, const std::filesystem::path& path, std::string_view version)
        : directory(dir), file(path) {
        names.begin(version);
    }

    /// An instant on the track of the thread that the event names.
    void instant(const Event& e) {
        out.write(TrackEvent(e.time, EventType::instant, names.thread(e.thread)).named(event_name(e.kind)));
    }
    void instant(const Event& e, Note note) {
        out.write(TrackEvent(e.time, EventType::instant, names.thread(e.thread))
                      .named(event_name(e.kind))
                      .note(note, e.object));
    }
    /// The begin or end of a garbage collection, with its figure.
    void collection(const Event& e, Note figure) {
        out.write(TrackEvent(e.time, EventType::instant, names.thread(e.thread))
                      .named(event_name(e.kind))
                      .note(Note::interpreter, e.object)
                      .note(figure, e.value));
    }
    void process_instant(const Event& e) {
        out.write(TrackEvent(e.time, EventType::instant, names.process(e.object)).named(event_name(e.kind)));
    }
    void end_slice(Nanoseconds time, std::uint64_t uuid) { out.write(TrackEvent(time, EventType::slice_end, uuid)); }

    void state(const Event& e);
    void thread_end(const Event& e);
    void sched_switch(const Event& e);
    void sched_waking(const Event& e);
    void gil_wait(const Event& e);
    void gil_acquire(const Event& e);
    void gil_release(const Event& e);
    void message(const Event& e);
    void close_everything(Nanoseconds end);

    const Directory& directory;
    OutputFile file;
    Packets out{file};
    Dictionary names{directory, out};
    Requests requests{names, out, directory};
    std::vector<ThreadTracks> threads;
    std::vector<InterpreterTracks> interpreters;
    std::vector<LockTracks> locks;
    std::vector<int> cores;  ///< thread on the core, kNone if idle
    std::int64_t runnable = 0;
    std::uint64_t flows = 0;  ///< flows begun so far
};

PerfettoSink::PerfettoSink(const Directory& directory, const std::filesystem::path& file, std::string_view version)
    : impl_(std::make_unique<Impl>(directory, file, version)) {}

PerfettoSink::~PerfettoSink() = default;

bool PerfettoSink::failed() const {
    return impl_->file.failed();
}

void PerfettoSink::event(const Event& e) {
    Impl& to = *impl_;
    switch (e.kind) {
        case EventKind::process_start:
        case EventKind::process_end:
            return to.process_instant(e);
        case EventKind::process_killed:
            return to.out.write(TrackEvent(e.time, EventType::instant, to.names.process(e.object))
                                    .named(event_name(e.kind))
                                    .note(Note::bytes, e.value));
        case EventKind::gc_begin:
            return to.collection(e, Note::generation);
        case EventKind::gc_end:
            return to.collection(e, Note::objects);
        case EventKind::page_faults:
        case EventKind::copy_on_write:
            return to.out.write(TrackEvent(e.time, EventType::instant, to.names.thread(e.thread))
                                    .named(event_name(e.kind))
                                    .note(Note::pages, e.value));
        case EventKind::thread_start:
            return to.instant(e);
        case EventKind::thread_end:
            return to.thread_end(e);
        case EventKind::state:
            return to.state(e);
        case EventKind::sched_switch:
            return to.sched_switch(e);
        case EventKind::sched_waking:
            return to.sched_waking(e);
        case EventKind::gil_wait:
            return to.gil_wait(e);
        case EventKind::gil_acquire:
            return to.gil_acquire(e);
        case EventKind::gil_release:
            return to.gil_release(e);
        case EventKind::drop_request:
        case EventKind::forced_switch:
        case EventKind::gil_missed:
        case EventKind::world_stop:
        case EventKind::world_start:
            return to.instant(e, Note::interpreter);
        case EventKind::lock_wait:
        case EventKind::sync_wait:
            to.names.lock(e.object);
            return to.instant(e, Note::lock);
        case EventKind::sync_done:
        case EventKind::sync_signal:
            to.names.lock(e.object);
            return to.out.write(TrackEvent(e.time, EventType::instant, to.names.thread(e.thread))
                                    .named(event_name(e.kind))
                                    .note(Note::lock, e.object)
                                    .note(Note::value, e.value));
        case EventKind::message_send:
        case EventKind::message_receive:
            return to.message(e);
        case EventKind::request_serve:
            return to.requests.serve(e);
        case EventKind::lock_acquire:
            ++entry(to.locks, e.object).holds;
            return to.out.write(TrackEvent(e.time, EventType::slice_begin, to.names.lock(e.object))
                                    .named(to.names.thread_name(e.thread)));
        case EventKind::lock_release:
            --entry(to.locks, e.object).holds;
            return to.out.write(TrackEvent(e.time, EventType::slice_end, to.names.lock(e.object))
                                    .note(Note::thread, to.names.task(e.thread).tid));
        case EventKind::op_begin:
            ++entry(to.threads, e.thread).operations;
            return to.out.write(TrackEvent(e.time, EventType::slice_begin, to.names.operations(e.thread))
                                    .named(to.names.label(e.object)));
        case EventKind::op_end:
            --entry(to.threads, e.thread).operations;
            return to.end_slice(e.time, to.names.operations(e.thread));
        case EventKind::request_begin:
            return to.requests.begin(e);
        case EventKind::request_end:
            return to.requests.end(e);
        case EventKind::counter:
            return to.out.write(TrackEvent(e.time, EventType::counter, to.names.counter(e.object)).value(e.value));
    }
}

void PerfettoSink::Impl::state(const Event& e) {
    auto& thread = entry(threads, e.thread);
    const auto uuid = names.thread(e.thread);
    if (thread.state != kNone) end_slice(e.time, uuid);
    constexpr auto kRunnable = static_cast<int>(ThreadState::runnable);
    const bool was_runnable = thread.state == kRunnable;
    thread.state = static_cast<int>(e.value);
    TrackEvent slice(e.time, EventType::slice_begin, uuid);
    slice.named(name_id(Name::fixed, thread.state));
    if (was_runnable != (thread.state == kRunnable)) slice.also(kRunnableTrack, runnable += was_runnable ? -1 : 1);
    out.write(slice);
}

void PerfettoSink::Impl::thread_end(const Event& e) {
    auto& thread = entry(threads, e.thread);
    instant(e);
    thread.ended = true;
    if (thread.state == kNone) return;
    TrackEvent slice(e.time, EventType::slice_end, names.thread(e.thread));
    if (thread.state == static_cast<int>(ThreadState::runnable)) slice.also(kRunnableTrack, --runnable);
    out.write(slice);
    thread.state = kNone;
}

void PerfettoSink::Impl::sched_switch(const Event& e) {
    // Tasks need no descriptor here: threads have one since they started.
    auto state = kStaysRunnable;
    if (e.object != kNone) {
        auto& previous = entry(threads, e.object);
        if (previous.core == e.core) previous.core = kNone;
        if (e.value == 0) state = previous.ended ? kDies : kBlocks;
    }
    if (e.thread != kNone) entry(threads, e.thread).core = e.core;
    const auto core = static_cast<std::size_t>(e.core);
    if (core >= cores.size()) cores.resize(core + 1, kNone);
    cores[core] = e.thread;
    out.sched_switch(e.time, e.core, names.task(e.object), state, names.task(e.thread));
}

void PerfettoSink::Impl::sched_waking(const Event& e) {
    const auto waker = names.task(e.object);
    const auto core = e.object == kNone ? kNone : entry(threads, e.object).core;
    out.sched_waking(e.time, core == kNone ? e.core : core, waker.tid, names.task(e.thread), e.core);
}

void PerfettoSink::Impl::gil_wait(const Event& e) {
    entry(threads, e.thread).waits_for = e.object;
    auto& interpreter = entry(interpreters, e.object);
    out.write(TrackEvent(e.time, EventType::instant, names.thread(e.thread))
                  .named(event_name(e.kind))
                  .note(Note::interpreter, e.object)
                  .also(names.interpreter(Track::gil_waiters, e.object), ++interpreter.waiters));
}

void PerfettoSink::Impl::gil_acquire(const Event& e) {
    auto& interpreter = entry(interpreters, e.object);
    auto& thread = entry(threads, e.thread);
    ++interpreter.holds;
    {
        const auto track = names.interpreter(Track::gil, e.object);
        TrackEvent slice(e.time, EventType::slice_begin, track);
        slice.named(names.thread_name(e.thread));
        if (e.value != kNone) slice.note(Note::last_holder, names.task(static_cast<int>(e.value)).tid);
        out.write(slice);
    }
    const bool waited = thread.waits_for == e.object;
    const bool handed_over = interpreter.flow != 0 && interpreter.released_by != e.thread;
    TrackEvent taken(e.time, EventType::instant, names.thread(e.thread));
    taken.named(event_name(e.kind));
    if (handed_over) taken.flow_ends(interpreter.flow);
    if (waited) taken.also(track(Track::gil_waiters, e.object), --interpreter.waiters);
    out.write(taken);
    if (waited) thread.waits_for = kNone;
    interpreter.flow = 0;
}

void PerfettoSink::Impl::gil_release(const Event& e) {
    auto& interpreter = entry(interpreters, e.object);
    --interpreter.holds;
    interpreter.flow = ++flows;
    interpreter.released_by = e.thread;
    out.write(TrackEvent(e.time, EventType::slice_end, names.interpreter(Track::gil, e.object))
                  .note_text(Note::reason, e.value + 1));
    out.write(TrackEvent(e.time, EventType::instant, names.thread(e.thread))
                  .named(event_name(e.kind))
                  .flow_begins(interpreter.flow));
}

// An arrow from who sends a message to who receives it.
void PerfettoSink::Impl::message(const Event& e) {
    names.lock(e.object);
    TrackEvent event(e.time, EventType::instant, names.thread(e.thread));
    event.named(event_name(e.kind)).note(Note::lock, e.object).note(Note::value, e.value);
    if (e.kind == EventKind::message_send)
        event.flow_begins(message_flow(e.value));
    else
        event.flow_ends(message_flow(e.value));
    out.write(event);
}

void PerfettoSink::Impl::close_everything(Nanoseconds end) {
    const auto ids = [](const auto& entries, auto&& use) {
        for (std::size_t i = 0; i < entries.size(); ++i) use(static_cast<int>(i), entries[i]);
    };
    ids(threads, [&](int id, const ThreadTracks& thread) {
        if (thread.state != kNone) end_slice(end, track(Track::thread, id));
        for (int i = 0; i < thread.operations; ++i) end_slice(end, track(Track::operations, id));
    });
    ids(interpreters, [&](int id, const InterpreterTracks& interpreter) {
        for (int i = 0; i < interpreter.holds; ++i) end_slice(end, track(Track::gil, id));
    });
    ids(locks, [&](int id, const LockTracks& lock) {
        for (int i = 0; i < lock.holds; ++i) end_slice(end, track(Track::lock, id));
    });
    requests.close(end);
    ids(cores, [&](int core, int thread) {
        if (thread != kNone) out.sched_switch(end, core, names.task(thread), kStaysRunnable, names.task(kNone));
    });
    out.flush();
}

void PerfettoSink::finish(Nanoseconds end, Outcome outcome) {
    impl_->names.complete(false);
    impl_->names.end(end, outcome);
    impl_->close_everything(end);
    impl_->file.close();
}

}  // namespace gilsim::trace
