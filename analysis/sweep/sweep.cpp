#include "analysis/sweep/sweep.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <unordered_map>

#include "analysis/run_scenario.hpp"
#include "analysis/sweep/spread.hpp"

namespace gilsim::analysis {
namespace {

struct Repetition {
    std::size_t cell = 0;
    std::int64_t number = 1;
};

/// What a worker needs to know of a run.
struct Request {
    std::uint64_t combination = 0;
    std::uint64_t variant = 0;  ///< in the file
    std::uint64_t seed = 0;
};
std::string to_bytes(const Request& request) {
    return {reinterpret_cast<const char*>(&request), sizeof request};
}
Request request_from(const std::string& bytes) {
    Request request;
    std::memcpy(&request, bytes.data(), std::min(bytes.size(), sizeof request));
    return request;
}

/// The scenario of one run: the point, its one variant, its seed.
scenario::Scenario scenario_of(const scenario::SweepFile& file, const Request& request) {
    scenario::LoadResult point = file.resolve(request.combination);
    scenario::Scenario single = std::move(*point.scenario);
    scenario::Variant variant = std::move(single.variants[request.variant]);
    variant.seed = request.seed;
    single.variants.clear();
    single.variants.push_back(std::move(variant));
    return single;
}

/// In a worker: one run, from its request to its record, but for the key.
std::string work(const scenario::SweepFile& file, const ResourceLimits& resources, const Request& request) {
    RunOptions options;
    options.resources = resources;
    const ScenarioRun run = run_scenario(scenario_of(file, request), options);
    RunRecord record;
    if (run.failures.empty()) {
        record = record_of(run.summary.variants.front());
    } else {
        record.error = run.failures.front().message;
        record.by_limit = run.failures.front().kind == RunFailure::Kind::limit;
    }
    return to_bytes(record);
}

double number(const std::vector<ColumnValue>& cells, std::string_view column) {
    const auto& columns = run_columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].name != column) continue;
        const auto* value = std::get_if<std::int64_t>(&cells[i]);
        return value == nullptr ? 0 : static_cast<double>(*value);
    }
    return 0;
}

/// Decides what is still to be run, and keeps what has.
class Schedule {
public:
    Schedule(const SweepPlan& plan, SweepStore& store) : plan_(plan), store_(store), cells_(plan.cells.size()) {
        for (std::size_t i = 0; i < plan.cells.size(); ++i) twins_[plan.cells[i].twin].push_back(i);
        const std::int64_t each = plan.repeats.automatic ? plan.repeats.least : plan.repeats.times;
        for (std::int64_t r = 1; r <= each; ++r) {  // all points once, then all again: the whole curve shows early
            for (std::size_t i = 0; i < plan.cells.size(); ++i) {
                if (plan.cells[i].twin == i) want({i, r});
            }
        }
        want_more();
        flush({});
    }

    [[nodiscard]] bool empty() const { return ready_.empty(); }
    /// The next run: its number, for `finish`, and what is to be done.
    std::pair<std::size_t, std::string> next() {
        const Repetition repetition = ready_.front();
        ready_.pop_front();
        const SweepCell& cell = plan_.cells[repetition.cell];
        const std::size_t job = ++jobs_;
        running_.emplace(job, repetition);
        return {job, to_bytes(Request{cell.combination, cell.variant_in_file, seed(repetition)})};
    }

    /// Takes up results: into the store, and into the decision whether more repetitions are needed.
    void finish(const std::vector<JobResult>& results) {
        std::vector<RunRecord> records;
        for (const JobResult& result : results) {
            const Repetition repetition = running_.at(result.job);
            running_.erase(result.job);
            RunRecord record;
            if (result.ok) {
                record = record_from_bytes(result.answer);
            } else {
                record.error = result.answer;
            }
            record.seed = seed(repetition);
            record.key = plan_.key(plan_.cells[repetition.cell], repetition.number);
            ++progress.done;
            if (!record.error.empty()) ++progress.failed;
            if (record.by_limit) ++progress.failed_by_limit;
            auto waiting = std::move(waiting_[record.key]);
            waiting_.erase(record.key);
            for (const Repetition& r : waiting) settle(r, record.error.empty() ? &record.cells : nullptr);
            records.push_back(std::move(record));
        }
        want_more();
        flush(records);
    }

    SweepProgress progress;

private:
    struct CellState {
        std::int64_t wanted = 0;  ///< repetitions
        std::int64_t settled = 0;
        bool failed = false;
        std::vector<double> makespans, rates;
    };

    [[nodiscard]] std::uint64_t seed(const Repetition& r) const {
        return plan_.cells[r.cell].seed + static_cast<std::uint64_t>(r.number - 1);
    }

    /// A repetition is needed: it is there, it is on its way, or it is to be run.
    void want(const Repetition& r) {
        ++cells_[r.cell].wanted;
        const std::string key = plan_.key(plan_.cells[r.cell], r.number);
        if (r.number > (plan_.repeats.automatic ? plan_.repeats.least : plan_.repeats.times)) {
            for (const std::size_t twin : twins_[r.cell])
                additions_.push_back({plan_.cells[twin].point, plan_.cells[twin].variant, r.number, key});
        }
        auto& waiting = waiting_[key];
        if (!waiting.empty()) {
            waiting.push_back(r);
        } else if (const auto cells = store_.cells_of(key)) {
            waiting_.erase(key);
            ++progress.planned;
            ++progress.kept;
            settle(r, &*cells);
        } else {
            waiting.push_back(r);
            ++progress.planned;
            ready_.push_back(r);
        }
    }

    void settle(const Repetition& r, const std::vector<ColumnValue>* cells) {
        CellState& state = cells_[r.cell];
        ++state.settled;
        if (cells == nullptr) {
            state.failed = true;
        } else if (plan_.repeats.automatic) {
            state.makespans.push_back(number(*cells, "makespan_ns"));
            const double requests = number(*cells, "requests");
            state.rates.push_back(state.makespans.back() > 0 ? requests / state.makespans.back() : 0);
        }
        if (plan_.repeats.automatic && state.settled == state.wanted && state.wanted >= plan_.repeats.least &&
            !state.failed && state.wanted < plan_.repeats.most && !(precise(state.makespans) && precise(state.rates)))
            unsure_.push_back(r.cell);
    }

    /// One repetition more of each cell that is not known well enough; what is there already may ask for the next.
    void want_more() {
        for (; !unsure_.empty(); unsure_.pop_front()) want({unsure_.front(), cells_[unsure_.front()].wanted + 1});
    }

    /// The order in which repetitions ended must not matter, not even to the last bit of a sum.
    [[nodiscard]] bool precise(std::vector<double> samples) const {
        std::sort(samples.begin(), samples.end());
        const Spread s = spread(samples);
        return s.half * 1e6 <= static_cast<double>(plan_.repeats.ppm) * s.mean;
    }

    void flush(const std::vector<RunRecord>& records) {
        store_.add(records, additions_);
        additions_.clear();
    }

    const SweepPlan& plan_;
    SweepStore& store_;
    std::vector<CellState> cells_;
    std::unordered_map<std::size_t, std::vector<std::size_t>> twins_;   // only looked up, as the next
    std::unordered_map<std::string, std::vector<Repetition>> waiting_;  // by key
    std::deque<Repetition> ready_;
    std::unordered_map<std::size_t, Repetition> running_;  // by job
    std::size_t jobs_ = 0;
    std::deque<std::size_t> unsure_;
    std::vector<PlannedRun> additions_;
};

}  // namespace

SweepWorkers::SweepWorkers(const scenario::SweepFile& file, int workers, const ResourceLimits& resources)
    : pool_(workers,
            [&file, resources](const std::string& request) { return work(file, resources, request_from(request)); }) {}

SweepProgress run_sweep(const SweepPlan& plan, SweepStore& store, SweepWorkers& workers,
                        const std::function<void(const SweepProgress&)>& on_progress) {
    constexpr int kPatience = 200;  // milliseconds between two calls of on_progress, at most
    store.set_plan(plan.head, plan.planned());
    Schedule schedule(plan, store);
    const auto tell = [&] {
        if (on_progress) on_progress(schedule.progress);
    };
    tell();
    WorkerPool& pool = workers.pool();
    while (!schedule.empty() || pool.pending() > 0) {
        while (!schedule.empty() && pool.has_room()) {
            auto [job, request] = schedule.next();
            pool.submit(job, std::move(request));
        }
        schedule.finish(pool.wait(kPatience));
        tell();
    }
    return schedule.progress;
}

RunEstimate estimate_run(const scenario::SweepFile& file, const SweepPlan& plan) {
    using Clock = std::chrono::steady_clock;
    constexpr std::int64_t kSecondsEach = 3;
    RunOptions options;
    options.resources.cpu_seconds = kSecondsEach;
    RunEstimate estimate;
    int count = 0;
    for (const std::size_t i : {std::size_t{0}, plan.cells.size() / 2, plan.cells.size() - 1}) {
        const auto begin = Clock::now();
        const ScenarioRun run = run_scenario(
            scenario_of(file, {plan.cells[i].combination, plan.cells[i].variant_in_file, plan.cells[i].seed}), options);
        estimate.seconds += std::chrono::duration<double>(Clock::now() - begin).count();
        estimate.at_least = estimate.at_least || !run.failures.empty();
        ++count;
    }
    estimate.seconds /= count;
    return estimate;
}

}  // namespace gilsim::analysis
