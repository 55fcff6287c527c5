#include <vector>

#include "model/trace/entries.hpp"
#include "model/trace/perfetto.hpp"
#include "model/trace/perfetto_dictionary.hpp"
#include "model/trace/perfetto_requests.hpp"

namespace gilsim::trace {

using namespace perfetto;  // NOLINT: this file is about nothing else

namespace {

/// A GIL in the current window.
struct Gil {
    int holders = 0;
    Nanoseconds since = 0;  ///< time up to which `held` is complete
    Nanoseconds held = 0;   ///< in this window
    std::int64_t handoffs = 0;
    Nanoseconds written_held = 0;  ///< last values in the file
    std::int64_t written_handoffs = 0;
};

struct CounterValue {
    std::int64_t value = 0;
    std::int64_t written = 0;
    bool seen = false;
};

}  // namespace

struct PerfettoSummarySink::Impl {
    Impl(const Directory& dir, const std::filesystem::path& path, std::string_view version, Nanoseconds window_length)
        : directory(dir), file(path), window(window_length), window_end(window_length) {
        names.begin(version);
    }

    /// Writes the windows that end before or at `now`. A window is written at its end; one in which nothing changed is
    /// not written, except the first of a row of equal ones.
    void advance(Nanoseconds now) {
        while (now >= window_end) {
            const bool quiet = write_window(window_end);
            window_end += window;
            if (quiet && now >= window_end) window_end += (now - window_end) / window * window;
        }
    }

    /// Returns whether the next windows, without an event, are equal to this one.
    bool write_window(Nanoseconds end) {
        bool quiet = true;
        for (std::size_t i = 0; i < gils.size(); ++i) {
            auto& gil = gils[i];
            account(gil, end);
            const auto id = static_cast<int>(i);
            if (gil.held != gil.written_held) sample(end, names.interpreter(Track::gil_held, id), gil.held);
            if (gil.handoffs != gil.written_handoffs) sample(end, names.interpreter(Track::handoffs, id), gil.handoffs);
            quiet = quiet && gil.handoffs == 0 && gil.held == (gil.holders > 0 ? window : 0);
            gil.written_held = gil.held;
            gil.written_handoffs = gil.handoffs;
            gil.held = 0;
            gil.handoffs = 0;
        }
        for (std::size_t i = 0; i < counters.size(); ++i) {
            auto& counter = counters[i];
            if (!counter.seen || counter.value == counter.written) continue;
            counter.written = counter.value;
            sample(end, names.counter(static_cast<int>(i)), counter.value);
        }
        return quiet;
    }

    void account(Gil& gil, Nanoseconds now) {
        // `since` may lie before this window if quiet windows were skipped: only the time within it counts.
        const auto from = std::max(gil.since, window_end - window);
        if (gil.holders > 0) gil.held += now - from;
        gil.since = now;
    }

    void sample(Nanoseconds time, std::uint64_t uuid, std::int64_t value) {
        out.write(TrackEvent(time, EventType::counter, uuid).value(value));
    }

    const Directory& directory;
    OutputFile file;
    Packets out{file};
    Dictionary names{directory, out};
    Requests requests{names, out, directory};
    Nanoseconds window;
    Nanoseconds window_end;
    std::vector<Gil> gils;
    std::vector<CounterValue> counters;
    std::vector<char> alive;  ///< per thread
};

PerfettoSummarySink::PerfettoSummarySink(const Directory& directory, const std::filesystem::path& file,
                                         std::string_view version, Nanoseconds window)
    : impl_(std::make_unique<Impl>(directory, file, version, window)) {}

PerfettoSummarySink::~PerfettoSummarySink() = default;

bool PerfettoSummarySink::failed() const {
    return impl_->file.failed();
}

void PerfettoSummarySink::event(const Event& e) {
    Impl& to = *impl_;
    to.advance(e.time);
    switch (e.kind) {
        case EventKind::process_start:
        case EventKind::process_end:
        case EventKind::process_killed:
            return to.out.write(
                TrackEvent(e.time, EventType::instant, to.names.process(e.object)).named(event_name(e.kind)));
        case EventKind::thread_start:
            entry(to.alive, e.thread) = 1;
            return to.out.write(TrackEvent(e.time, EventType::slice_begin, to.names.thread(e.thread))
                                    .named(name_id(Name::fixed, kAliveName)));
        case EventKind::thread_end:
            entry(to.alive, e.thread) = 0;
            return to.out.write(TrackEvent(e.time, EventType::slice_end, to.names.thread(e.thread)));
        case EventKind::gil_acquire: {
            auto& gil = entry(to.gils, e.object);
            to.account(gil, e.time);
            ++gil.holders;
            if (e.value >= 0 && e.value != e.thread) ++gil.handoffs;
            return;
        }
        case EventKind::gil_release: {
            auto& gil = entry(to.gils, e.object);
            to.account(gil, e.time);
            --gil.holders;
            return;
        }
        case EventKind::request_begin:
            return to.requests.begin(e);
        case EventKind::request_end:
            return to.requests.end(e);
        case EventKind::counter: {
            auto& counter = entry(to.counters, e.object);
            if (!counter.seen) counter.written = e.value + 1;  // so that the first value is written whatever it is
            counter.value = e.value;
            counter.seen = true;
            return;
        }
        default:
            return;
    }
}

void PerfettoSummarySink::finish(Nanoseconds end, Outcome outcome) {
    Impl& to = *impl_;
    to.advance(end);
    if (end > to.window_end - to.window) to.write_window(end);  // the last window may be shorter
    to.names.complete(true);
    to.names.end(end, outcome);
    for (std::size_t i = 0; i < to.alive.size(); ++i) {
        if (to.alive[i] != 0) {
            to.out.write(TrackEvent(end, EventType::slice_end, track(Track::thread, static_cast<int>(i))));
        }
    }
    to.requests.close(end);
    to.file.close();
}

}  // namespace gilsim::trace
