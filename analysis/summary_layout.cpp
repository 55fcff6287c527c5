// What the builder of a summary has added up, laid out as the summary: under the names that the directory has for ids.

#include "analysis/summary_builder.hpp"

namespace gilsim::analysis {

std::string SummaryBuilder::process_name(int process) const {
    return process < 0 ? "" : directory_.processes[static_cast<std::size_t>(process)].name;
}

RunSummary SummaryBuilder::summary() const {
    RunSummary run;
    run.name = directory_.variant;
    run.seed = directory_.seed;
    run.outcome = outcome_;
    run.makespan = end_;
    for (std::size_t i = 0; i < processes_.size(); ++i) {
        const trace::Directory::Process& who = directory_.processes[i];
        const Process& p = processes_[i];
        ProcessSummary& process = run.processes.emplace_back();
        process.name = who.name;
        process.pid = who.pid;
        process.start = p.start;
        process.end = p.end;
        process.ended = p.ended;
        process.killed = p.killed;
        process.page_faults = p.page_faults;
        process.pages_copied = p.pages_copied;
        process.gc_pauses = p.gc_pauses.distribution();
        process.collections = process.gc_pauses.count;
        process.objects_collected = p.objects_collected;
        process.gc_total = p.gc_total;
    }
    for (std::size_t i = 0; i < counters_.size(); ++i) {
        const trace::Directory::Counter& who = directory_.counters[i];
        if (who.process < 0 && who.name == trace::kMemoryCounter) run.memory_peak = counters_[i].max;
        if (who.process < 0) continue;
        ProcessSummary& process = run.processes[static_cast<std::size_t>(who.process)];
        if (who.name == trace::kRssCounter) process.rss_peak += counters_[i].max;
        if (who.name == trace::kUssCounter) {
            process.uss_peak += counters_[i].max;
            // The end of a process takes the counter to 0, if it was not there already.
            const bool taken = process.ended && counters_[i].changed == process.end;
            process.uss_end += taken ? counters_[i].before : counters_[i].last;
        }
    }
    for (std::size_t i = 0; i < threads_.size(); ++i) {
        const Thread& t = threads_[i];
        run.threads.push_back(
            {directory_.threads[i].name, process_name(t.process), t.start, t.end, t.ended, t.states, t.switches});
        if (t.process >= 0) ++run.processes[static_cast<std::size_t>(t.process)].threads;
        if (t.process >= 0 && !trace::is_reserved(process_name(t.process))) {
            run.switches += t.switches;
            if (t.ended) --run.switches.voluntary;  // nobody is left for whom the kernel could count the last one
        }
    }
    for (const Core& core : cores_) run.cores.push_back({core.busy, end_ - core.busy, core.switches});
    for (std::size_t i = 0; i < interpreters_.size(); ++i) {
        const trace::Directory::Interpreter& who = directory_.interpreters[i];
        GilSummary gil = interpreters_[i].gil;
        gil.policy = who.policy;
        gil.waits = interpreters_[i].waits.distribution();
        if (who.process >= 0) {
            const ProcessSummary& process = run.processes[static_cast<std::size_t>(who.process)];
            gil.idle = process.end - process.start - gil.held;
        }
        run.interpreters.push_back({who.name, process_name(who.process), std::move(gil)});
    }
    for (std::size_t i = 0; i < requests_.size(); ++i) {
        const Request& r = requests_[i];
        const Distribution latency = r.latency.distribution();
        const std::int64_t rate = end_ == 0 ? 0 : (latency.count * kSecond + end_ / 2) / end_;
        run.requests.push_back(
            {directory_.requests[i], latency.count, r.begun - latency.count, rate, latency, r.states});
    }
    for (std::size_t i = 0; i < operations_.size(); ++i) {
        const Operation& o = operations_[i];
        if (o.count > 0) run.operations.push_back({directory_.labels[i], o.count, o.changes, o.gil_held, o.states});
    }
    for (std::size_t i = 0; i < locks_.size(); ++i) {
        const trace::Directory::Lock& who = directory_.locks[i];
        const Lock& l = locks_[i];
        run.locks.push_back({who.name, process_name(who.process), l.acquisitions, l.held, l.waits.distribution(),
                             who.kind, l.timeouts, l.signals});
    }
    for (std::size_t i = 0; i < counters_.size(); ++i) {
        const trace::Directory::Counter& who = directory_.counters[i];
        run.counters.push_back({who.name, process_name(who.process), who.unit, counters_[i].last, counters_[i].max});
    }
    return run;
}

}  // namespace gilsim::analysis
