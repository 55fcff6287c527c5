#include "analysis/insight/narrator.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "analysis/text.hpp"
#include "model/trace/entries.hpp"

namespace gilsim::analysis {
namespace {

using trace::entry;
using trace::Event;
using trace::EventKind;
using trace::ThreadState;

// To the nanosecond, in seconds.
std::string moment(Nanoseconds t) {
    return fmt::format("{}.{:09} s", t / kSecond, t % kSecond);
}

std::string_view reason(std::int64_t value) {
    switch (static_cast<trace::ReleaseReason>(value)) {
        case trace::ReleaseReason::blocking:
            return "before something that needs no GIL or may block";
        case trace::ReleaseReason::requested:
            return "at a check point, because it was asked to";
        case trace::ReleaseReason::exit:
            return "because it ends";
    }
    return "";
}

}  // namespace

std::string Narrator::name(int thread) const {
    if (thread < 0) return "nobody";
    const auto& t = directory_.threads[static_cast<std::size_t>(thread)];
    if (t.process <= 0) return t.name;
    const auto& process = directory_.processes[static_cast<std::size_t>(t.process)].name;
    return t.name == "main" ? process : process + "/" + t.name;
}

std::vector<std::string> Narrator::names() const {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < directory_.threads.size(); ++i) all.push_back(name(static_cast<int>(i)));
    return all;
}

std::string Narrator::gil(int interpreter) const {
    if (directory_.interpreters.size() < 2) return "the GIL";
    return "the GIL of " + directory_.interpreters[static_cast<std::size_t>(interpreter)].name;
}

std::string Narrator::lock(int id) const {
    return "lock `" + directory_.locks[static_cast<std::size_t>(id)].name + "`";
}

void Narrator::add(Nanoseconds time, const std::string& text) {
    if (lines_.size() >= span_.most) {
        ++left_out_;
        return;
    }
    lines_.push_back(fmt::format("{:>16}  {}", moment(time), text));
}

// How things stand when the stretch begins.
void Narrator::beginning() {
    begun_ = true;
    for (std::size_t i = 0; i < gils_.size(); ++i) {
        const Gil& g = gils_[i];
        if (g.holder >= 0 && span_.thread.empty())
            add(span_.from, fmt::format("{} has {}, since {} ago.", name(g.holder), gil(static_cast<int>(i)),
                                        duration_text(span_.from - g.since)));
    }
    for (std::size_t i = 0; i < directory_.threads.size(); ++i) {
        const int id = static_cast<int>(i);
        const int state = threads_.state(id);
        if (state < 0 || (!span_.thread.empty() && name(id) != span_.thread)) continue;
        const int label = threads_.label(id);
        const auto& row = trace::kStates[static_cast<std::size_t>(state)];
        const View& v = entry(views_, id);
        std::string text = fmt::format("{} {}", name(id), row.about);
        if (label >= 0) text += fmt::format(", in `{}`", directory_.labels[static_cast<std::size_t>(label)]);
        if (v.core >= 0) text += fmt::format(", on core {}", v.core);
        if (v.wants >= 0) text += fmt::format(", since {} ago", duration_text(span_.from - v.wants_since));
        add(span_.from, text + ".");
    }
}

bool Narrator::concerns(const Event& e) const {
    if (span_.thread.empty()) return true;
    if (e.thread >= 0 && name(e.thread) == span_.thread) return true;
    const bool object_is_thread = e.kind == EventKind::sched_switch || e.kind == EventKind::sched_waking;
    if (object_is_thread && e.object >= 0 && name(e.object) == span_.thread) return true;
    // What becomes of the GIL that it waits for.
    if (e.kind != EventKind::gil_acquire && e.kind != EventKind::gil_release) return false;
    for (std::size_t i = 0; i < views_.size(); ++i) {
        if (views_[i].wants == e.object && name(static_cast<int>(i)) == span_.thread) return true;
    }
    return false;
}

std::string Narrator::sentence(const Event& e) const {
    const std::string who = name(e.thread);
    const auto& view = e.thread >= 0 && static_cast<std::size_t>(e.thread) < views_.size()
                           ? views_[static_cast<std::size_t>(e.thread)]
                           : View{};
    const auto gil_at = [&](int id) {
        return static_cast<std::size_t>(id) < gils_.size() ? gils_[static_cast<std::size_t>(id)] : Gil{};
    };
    const auto label = [&] { return "`" + directory_.labels[static_cast<std::size_t>(e.object)] + "`"; };
    switch (e.kind) {
        case EventKind::process_start:
            return fmt::format("Process {} begins.", directory_.processes[static_cast<std::size_t>(e.object)].name);
        case EventKind::process_end:
            return fmt::format("Process {} ends.", directory_.processes[static_cast<std::size_t>(e.object)].name);
        case EventKind::thread_start:
            return who + " is created.";
        case EventKind::thread_end:
            return who + " ends.";
        case EventKind::state: {
            const auto state = static_cast<ThreadState>(e.value);
            // What other events tell better is left out.
            if (state == ThreadState::runtime || state == ThreadState::runnable || state == ThreadState::forced_switch)
                return "";
            return fmt::format("{} {}.", who, trace::row(state).about);
        }
        case EventKind::sched_switch:
            if (e.object < 0) return fmt::format("Core {}, idle until now, runs {}.", e.core, who);
            if (e.thread < 0)
                return fmt::format("Core {} is idle: {} has {}.", e.core, name(e.object),
                                   e.value == 1 ? "been taken off" : "blocked");
            return fmt::format("Core {} changes from {} ({}) to {}.", e.core, name(e.object),
                               e.value == 1 ? "preempted, still ready" : "blocked", who);
        case EventKind::sched_waking:
            return e.object < 0 ? fmt::format("A timer or device wakes {}; it will run on core {}.", who, e.core)
                                : fmt::format("{} wakes {}; it will run on core {}.", name(e.object), who, e.core);
        case EventKind::gil_wait: {
            const Gil g = gil_at(e.object);
            return g.holder < 0 ? fmt::format("{} waits for {}.", who, gil(e.object))
                                : fmt::format("{} wants {}, but {} has it, since {} ago.", who, gil(e.object),
                                              name(g.holder), duration_text(e.time - g.since));
        }
        case EventKind::gil_acquire: {
            std::string text = fmt::format("{} takes {}", who, gil(e.object));
            const Gil g = gil_at(e.object);
            if (view.wants == e.object)
                text += fmt::format(" after {} of waiting", duration_text(e.time - view.wants_since));
            if (e.value >= 0 && e.value != e.thread && g.released >= 0)
                text += fmt::format(", {} after {} released it", duration_text(e.time - g.released),
                                    name(static_cast<int>(e.value)));
            return text + ".";
        }
        case EventKind::gil_release: {
            const Gil g = gil_at(e.object);
            return fmt::format("{} releases {} {}, having had it for {}.", who, gil(e.object), reason(e.value),
                               duration_text(e.time - g.since));
        }
        case EventKind::drop_request:
            return fmt::format("{} has waited for {}, its patience is over: it asks {} to drop {}.", who,
                               duration_text(e.time - view.wants_since), name(gil_at(e.object).holder), gil(e.object));
        case EventKind::forced_switch:
            return fmt::format("{} waits until another thread has taken {} (forced switch).", who, gil(e.object));
        case EventKind::gil_missed:
            return fmt::format("{}, woken for {}, finds it taken again.", who, gil(e.object));
        case EventKind::world_stop:
            return fmt::format("{} has stopped all other threads of the interpreter.", who);
        case EventKind::world_start:
            return fmt::format("{} lets all other threads of the interpreter go on.", who);
        case EventKind::lock_wait: {
            const auto i = static_cast<std::size_t>(e.object);
            return fmt::format("{} wants {}, which {} has.", who, lock(e.object),
                               name(i < lock_holders_.size() ? lock_holders_[i] - 1 : -1));
        }
        case EventKind::lock_acquire:
            return fmt::format("{} takes {}{}.", who, lock(e.object),
                               view.wants_lock == e.object
                                   ? fmt::format(" after {} of waiting", duration_text(e.time - view.wants_lock_since))
                                   : "");
        case EventKind::lock_release:
            return fmt::format("{} releases {}.", who, lock(e.object));
        case EventKind::op_begin:
            return fmt::format("{} begins {}.", who, label());
        case EventKind::op_end:
            return fmt::format("{} has done {}.", who, label());
        case EventKind::request_begin:
            return fmt::format("{} begins request `{}` number {}.", who,
                               directory_.requests[static_cast<std::size_t>(e.object)], e.value);
        case EventKind::request_end: {
            const auto i = static_cast<std::size_t>(e.value);
            const Nanoseconds begin = i < request_begins_.size() ? request_begins_[i] : e.time;
            return fmt::format("{} ends request `{}` number {}, after {}.", who,
                               directory_.requests[static_cast<std::size_t>(e.object)], e.value,
                               duration_text(e.time - begin));
        }
        case EventKind::counter:
            return fmt::format("Counter `{}` is {} {}.", directory_.counters[static_cast<std::size_t>(e.object)].name,
                               e.value, directory_.counters[static_cast<std::size_t>(e.object)].unit);
        case EventKind::sync_wait:
            return fmt::format("{} waits for {}.", who, lock(e.object));
        case EventKind::sync_done:
            return fmt::format("{} waits for {} no more{}.", who, lock(e.object),
                               e.value == 1 ? ": its patience has run out" : "");
        case EventKind::sync_signal:
            return fmt::format("{} lets {} of those go on who wait for {}.", who, e.value, lock(e.object));
        case EventKind::request_serve:
            return fmt::format("{} serves request `{}` number {}.", who,
                               directory_.requests[static_cast<std::size_t>(e.object)], e.value);
        case EventKind::gc_begin:
            return fmt::format("{} begins to collect garbage, generation {}.", who, e.value);
        case EventKind::gc_end:
            return fmt::format("{} has collected garbage: {} freed.", who, count_text(e.value, "object"));
        case EventKind::page_faults:
            return fmt::format("{} has {}.", who, count_text(e.value, "page fault"));
        case EventKind::copy_on_write:
            return fmt::format("{} copies {} of its process that {} shared since a fork.", who,
                               count_text(e.value, "page"), e.value == 1 ? "was" : "were");
        case EventKind::process_killed:
            return fmt::format("The kernel kills process {} for lack of memory: it has {}.",
                               directory_.processes[static_cast<std::size_t>(e.object)].name, bytes_text(e.value));
        case EventKind::message_send:
            return fmt::format("{} has written message {} of `{}`.", who, e.value,
                               directory_.locks[static_cast<std::size_t>(e.object)].name);
        case EventKind::message_receive:
            return fmt::format("{} has read message {} of `{}`.", who, e.value,
                               directory_.locks[static_cast<std::size_t>(e.object)].name);
    }
    return "";
}

// Keeps what later sentences refer to.
void Narrator::follow(const Event& e) {
    threads_.event(e);
    if (e.thread >= 0) entry(views_, e.thread);
    switch (e.kind) {
        case EventKind::sched_switch:
            if (e.object >= 0) entry(views_, e.object).core = -1;
            if (e.thread >= 0) entry(views_, e.thread).core = e.core;
            break;
        case EventKind::gil_wait:
            entry(views_, e.thread).wants = e.object;
            entry(views_, e.thread).wants_since = e.time;
            break;
        case EventKind::gil_acquire:
            entry(gils_, e.object) = {e.thread, e.time, -1};
            entry(views_, e.thread).wants = -1;
            break;
        case EventKind::gil_release:
            entry(gils_, e.object) = {-1, e.time, e.time};
            break;
        case EventKind::lock_wait:
            entry(views_, e.thread).wants_lock = e.object;
            entry(views_, e.thread).wants_lock_since = e.time;
            break;
        case EventKind::lock_acquire:
            entry(lock_holders_, e.object) = e.thread + 1;
            entry(views_, e.thread).wants_lock = -1;
            break;
        case EventKind::sync_done:
            if (entry(views_, e.thread).wants_lock == e.object) entry(views_, e.thread).wants_lock = -1;
            break;
        case EventKind::lock_release:
            entry(lock_holders_, e.object) = 0;
            break;
        case EventKind::request_begin:
            entry(request_begins_, static_cast<int>(e.value)) = e.time;
            break;
        default:
            break;
    }
}

void Narrator::event(const Event& e) {
    if (!begun_ && e.time >= span_.from) beginning();
    if (e.time >= span_.from && e.time <= span_.to && concerns(e)) {
        if (const std::string text = sentence(e); !text.empty()) add(e.time, text);
    }
    if (e.time <= span_.to) follow(e);
}

void Narrator::finish(Nanoseconds end, trace::Outcome outcome) {
    if (!begun_ && span_.from <= end) beginning();
    if (end >= span_.from && end <= span_.to) add(end, fmt::format("The run ends: {}.", trace::name(outcome)));
    if (left_out_ > 0)
        lines_.push_back(fmt::format("... {} more; a shorter --for or one --thread tells less.", left_out_));
    if (lines_.empty()) lines_.push_back(fmt::format("Nothing happens then: the run ends at {}.", moment(end)));
}

}  // namespace gilsim::analysis
