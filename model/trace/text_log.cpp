#include "model/trace/text_log.hpp"

#include <iterator>

#include <fmt/format.h>

namespace gilsim::trace {

namespace {

template <class Entries>
const auto& at(const Entries& entries, std::int64_t id) {
    return entries[static_cast<std::size_t>(id)];
}

}  // namespace

void append_line(std::string& out, const Event& e, const Directory& directory) {
    const auto put = [&out](auto format, const auto&... values) {
        fmt::vformat_to(std::back_inserter(out), fmt::string_view(format), fmt::make_format_args(values...));
    };
    const auto put_thread = [&](std::int64_t id, const char* nobody) {
        if (id < 0) return put(nobody);
        const auto& thread = at(directory.threads, id);
        put("{}/{}", at(directory.processes, thread.process).name, thread.name);
    };

    put("{} ", e.time);
    switch (e.kind) {
        case EventKind::process_start:
        case EventKind::process_end:
        case EventKind::process_killed:
            put("{}", at(directory.processes, e.object).name);
            break;
        case EventKind::sched_switch:
            put("core{}", e.core);
            break;
        case EventKind::counter: {
            const auto process = at(directory.counters, e.object).process;
            put("{}", process < 0 ? "-" : at(directory.processes, process).name);
            break;
        }
        default:
            put_thread(e.thread, "-");
    }
    put(" {}", name(e.kind));

    switch (e.kind) {
        case EventKind::process_start:
        case EventKind::process_end:
        case EventKind::thread_start:
        case EventKind::thread_end:
            break;
        case EventKind::state:
            put(" {}", row(static_cast<ThreadState>(e.value)).name);
            break;
        case EventKind::sched_switch:
            put(" ");
            put_thread(e.object, "idle");
            put(" -> ");
            put_thread(e.thread, "idle");
            if (e.value != 0) put(" runnable");
            break;
        case EventKind::sched_waking:
            put(" core{} by ", e.core);
            put_thread(e.object, "timer");
            break;
        case EventKind::gil_acquire:
            put(" {} after ", at(directory.interpreters, e.object).name);
            put_thread(e.value, "nobody");
            break;
        case EventKind::gil_release:
            put(" {} {}", at(directory.interpreters, e.object).name, name(static_cast<ReleaseReason>(e.value)));
            break;
        case EventKind::gil_wait:
        case EventKind::drop_request:
        case EventKind::forced_switch:
        case EventKind::gil_missed:
        case EventKind::world_stop:
        case EventKind::world_start:
            put(" {}", at(directory.interpreters, e.object).name);
            break;
        case EventKind::gc_begin:
            put(" {} generation {}", at(directory.interpreters, e.object).name, e.value);
            break;
        case EventKind::gc_end:
            put(" {} {} freed", at(directory.interpreters, e.object).name, e.value);
            break;
        case EventKind::page_faults:
        case EventKind::copy_on_write:
            put(" {}", e.value);
            break;
        case EventKind::process_killed:
            put(" {} B", e.value);
            break;
        case EventKind::lock_wait:
        case EventKind::lock_acquire:
        case EventKind::lock_release:
        case EventKind::sync_wait:
            put(" {}", at(directory.locks, e.object).name);
            break;
        case EventKind::sync_done:
            put(" {}{}", at(directory.locks, e.object).name, e.value != 0 ? " timed out" : "");
            break;
        case EventKind::sync_signal:
            put(" {} to {}", at(directory.locks, e.object).name, e.value);
            break;
        case EventKind::op_begin:
        case EventKind::op_end:
            put(" {}", at(directory.labels, e.object));
            break;
        case EventKind::request_begin:
        case EventKind::request_end:
        case EventKind::request_serve:
            put(" {} #{}", at(directory.requests, e.object), e.value);
            break;
        case EventKind::message_send:
        case EventKind::message_receive:
            put(" {} #{}", at(directory.locks, e.object).name, e.value);
            break;
        case EventKind::counter: {
            const auto& counter = at(directory.counters, e.object);
            put(" {} {}", counter.name, e.value);
            if (!counter.unit.empty()) put(" {}", counter.unit);
            break;
        }
    }
    out += '\n';
}

void TextLog::event(const Event& e) {
    append_line(text_, e, directory_);
    if (file_) pass_on();
}

void TextLog::finish(Nanoseconds end, Outcome outcome) {
    fmt::format_to(std::back_inserter(text_), "{} run_end {}\n", end, name(outcome));
    if (!file_) return;
    pass_on();
    file_->close();
}

void TextLog::pass_on() {
    file_->write(text_);
    text_.clear();
}

}  // namespace gilsim::trace
