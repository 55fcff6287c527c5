#include "analysis/report/data.hpp"

#include <sstream>

#include "analysis/insight/words.hpp"
#include "analysis/limits.hpp"
#include "analysis/text.hpp"
#include "analysis/verdict.hpp"

namespace gilsim::analysis {
namespace {

constexpr std::array kWanted{"gil", "core", "lock"};

Json findings_json(const std::vector<Finding>& findings) {
    Json list = Json::array();
    for (const Finding& f : findings) {
        Json trials = Json::array();
        for (const Trial& t : f.trials)
            trials.push_back({{"what", t.what}, {"result", t.result}, {"gain_permille", t.gain}});
        list.push_back({{"id", f.id},
                        {"title", f.title},
                        {"evidence", f.evidence},
                        {"advice", f.advice},
                        {"trials", std::move(trials)}});
    }
    return list;
}

// A doing, for the page to group as it likes.
Json doing_json(const RunAnalysis& run, int id) {
    const Doing& d = run.threads().doings()[static_cast<std::size_t>(id)];
    if (id == Threads::kNobody) return {{"party", ""}, {"label", ""}, {"state", ""}};
    return {{"party", d.party < 0 ? "others" : run.threads().parties()[static_cast<std::size_t>(d.party)].name},
            {"label", d.label < 0 ? "" : run.directory().labels[static_cast<std::size_t>(d.label)]},
            {"state", trace::row(d.state).name}};
}

Json waits_json(const RunAnalysis& run) {
    Json matrix = Json::array();
    for (const Blame& b : run.blame().matrix()) {
        matrix.push_back({{"wanted", kWanted[static_cast<std::size_t>(b.wanted)]},
                          {"lock", b.lock},
                          {"waiter", doing_json(run, b.waiter)},
                          {"holder", doing_json(run, b.holder)},
                          {"ns", b.time}});
    }
    const Words words(run);
    Json worst = Json::array();
    for (const auto wanted : {Wanted::gil, Wanted::lock, Wanted::core}) {
        for (const Wait& w : run.blame().worst(wanted)) {
            worst.push_back({{"wanted", kWanted[static_cast<std::size_t>(wanted)]},
                             {"thread", words.thread(w.thread)},
                             {"begin_ns", w.begin},
                             {"ns", w.end - w.begin},
                             {"text", words.wait(w)}});
        }
    }
    std::stable_sort(worst.begin(), worst.end(), [](const Json& a, const Json& b) { return a["ns"] > b["ns"]; });
    while (worst.size() > BlameMatrix::kWorst) worst.erase(worst.size() - 1);
    return {{"matrix", std::move(matrix)}, {"worst", std::move(worst)}};
}

Json path_json(const RunAnalysis& run) {
    Json list = Json::array();
    if (run.summary().outcome != trace::Outcome::completed) return list;  // nothing was waited for at the end
    for (const Share& s : run.critical_path().path()) {
        Json part = doing_json(run, s.doing);
        part["ns"] = s.time;
        list.push_back(std::move(part));
    }
    return list;
}

Json activity_json(const RunAnalysis& run) {
    const Activity& a = run.activity();
    Json states = Json::object();
    for (const auto& row : trace::kStates) {
        Json times = Json::array();
        Nanoseconds any = 0;
        for (const ActivityBin& bin : a.bins()) {
            times.push_back(bin.states[static_cast<std::size_t>(row.state)]);
            any |= bin.states[static_cast<std::size_t>(row.state)];
        }
        if (any != 0) states[std::string(row.name)] = std::move(times);
    }
    Json cores = Json::array();
    Json gil = Json::array();
    Json handoffs = Json::array();
    for (const ActivityBin& bin : a.bins()) {
        cores.push_back(bin.cores_busy);
        gil.push_back(bin.gil_held);
        handoffs.push_back(bin.handoffs);
    }
    return {
        {"width_ns", a.width()},         {"states_ns", std::move(states)},  {"cores_busy_ns", std::move(cores)},
        {"gil_held_ns", std::move(gil)}, {"handoffs", std::move(handoffs)}, {"time_with_k_cores_ns", a.cores_busy()}};
}

Json histogram_json(const std::string& kind, const std::string& name, const Samples& samples) {
    const Distribution d = samples.distribution();
    Json buckets = Json::array();
    for (const auto& b : samples.histogram()) buckets.push_back({b.low, b.high, b.count});
    return {{"kind", kind},      {"name", name},    {"count", d.count},
            {"mean_ns", d.mean}, {"p50_ns", d.p50}, {"p90_ns", d.p90},
            {"p99_ns", d.p99},   {"max_ns", d.max}, {"buckets", std::move(buckets)}};
}

// The distributions, the ones with the most samples first.
Json histograms_json(const RunAnalysis& run) {
    Json list = Json::array();
    const auto& d = run.directory();
    const auto add = [&](const char* kind, const std::string& name, const Samples& samples) {
        Json h = histogram_json(kind, name, samples);
        if (h["count"] > 0) list.push_back(std::move(h));
    };
    for (std::size_t i = 0; i < d.requests.size(); ++i)
        add("latency of requests", d.requests[i], run.builder().latencies(static_cast<int>(i)));
    for (std::size_t i = 0; i < d.interpreters.size() && i < 50; ++i)
        add("waits for the GIL", d.interpreters[i].name, run.builder().gil_waits(static_cast<int>(i)));
    for (std::size_t i = 0; i < d.locks.size() && i < 50; ++i)
        add("waits for a lock", d.locks[i].name, run.builder().lock_waits(static_cast<int>(i)));
    return list;
}

Json memory_json(const RunAnalysis& run) {
    Json series = Json::array();
    for (const MemorySeries& s : run.memory().series()) {
        Json points = Json::array();
        for (const auto& p : s.points) points.push_back({p.time, p.value});
        series.push_back({{"process", s.process}, {"name", s.name}, {"points", std::move(points)}});
    }
    const Words words(run);
    Json collections = Json::array();
    for (const Collection& c : run.memory().collections())
        collections.push_back({{"thread", words.thread(c.thread)},
                               {"begin_ns", c.begin},
                               {"ns", c.end - c.begin},
                               {"generation", c.generation},
                               {"freed", c.freed}});
    return {{"series", std::move(series)}, {"collections", std::move(collections)}};
}

Json lanes_json(const RunAnalysis& run) {
    constexpr std::array kinds{"thread", "core", "gil"};
    const Words words(run);
    const auto lanes = run.lanes().lanes();
    Json list = Json::array();
    for (const Lane& lane : lanes) {
        const std::string name = lane.kind == Lane::Kind::thread ? words.thread(lane.id)
                                 : lane.kind == Lane::Kind::core
                                     ? "core " + std::to_string(lane.id)
                                     : "GIL " + run.directory().interpreters[static_cast<std::size_t>(lane.id)].name;
        list.push_back({{"kind", kinds[static_cast<std::size_t>(lane.kind)]}, {"name", name}});
    }
    Json threads = Json::array();
    for (std::size_t i = 0; i < run.directory().threads.size(); ++i)
        threads.push_back(words.thread(static_cast<int>(i)));
    return {{"grain_ns", run.lanes().grain()},
            {"lanes", std::move(list)},
            {"threads", std::move(threads)},
            {"packed", base64(packed(lanes))}};
}

}  // namespace

std::vector<std::uint8_t> packed(const std::vector<Lane>& lanes) {
    std::vector<std::uint8_t> bytes;
    const auto put = [&](std::int64_t number) {
        auto rest = static_cast<std::uint64_t>(number);
        for (; rest >= 0x80; rest >>= 7U) bytes.push_back(static_cast<std::uint8_t>(rest | 0x80U));
        bytes.push_back(static_cast<std::uint8_t>(rest));
    };
    for (const Lane& lane : lanes) {
        put(static_cast<std::int64_t>(lane.slices.size()));
        Nanoseconds before = 0;
        for (const Slice& slice : lane.slices) {
            put(slice.begin - before);
            put(slice.value + 1);
            before = slice.begin;
        }
    }
    return bytes;
}

std::string base64(const std::vector<std::uint8_t>& bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) group = group << 8U | (k < left ? bytes[i + k] : 0U);
        for (std::size_t k = 0; k < 4; ++k) text += k <= left ? digits[group >> (18 - 6 * k) & 63U] : '=';
    }
    return text;
}

Json states_json() {
    Json list = Json::array();
    for (const auto& row : trace::kStates)
        list.push_back({{"name", row.name}, {"about", row.about}, {"on_core", row.on_core}});
    return list;
}

Json comparison_json(const ScenarioSummary& summary) {
    Json variants = Json::array();
    for (const RunSummary& run : summary.variants) {
        const Figures f = figures(run);
        const Limit limit = limit_of(run);
        variants.push_back({{"name", run.name},
                            {"cores", f.cores},
                            {"cores_busy_permille", f.cores_busy},
                            {"gil_wait_permille", f.gil_wait},
                            {"gil_held_permille", f.gil_held},
                            {"limited_by", limit.what},
                            {"evidence", limit.evidence.text()}});
    }
    // The verdict's sentences stand behind its table, which stands between empty lines.
    std::istringstream text(verdict(summary, false));
    Json sentences = Json::array();
    int empty = 0;
    for (std::string line; std::getline(text, line);) {
        if (line.empty()) {
            ++empty;
        } else if (empty >= 2) {
            if (line.starts_with("  ") && !sentences.empty()) {
                sentences.back() = sentences.back().get<std::string>() + line.substr(1);
            } else {
                sentences.push_back(line);
            }
        }
    }
    return {{"variants", std::move(variants)}, {"sentences", std::move(sentences)}};
}

Json run_json(const RunAnalysis& run, const std::vector<Finding>& findings) {
    Json parties = Json::array();
    for (const Party& p : run.threads().parties()) parties.push_back({{"name", p.name}, {"threads", p.threads}});
    return {{"variant", run.directory().variant},
            {"makespan_ns", run.summary().makespan},
            {"outcome", trace::name(run.summary().outcome)},
            {"cores", run.directory().cores},
            {"parties", std::move(parties)},
            {"findings", findings_json(findings)},
            {"waits", waits_json(run)},
            {"critical_path", path_json(run)},
            {"activity", activity_json(run)},
            {"histograms", histograms_json(run)},
            {"memory", memory_json(run)},
            {"timeline", lanes_json(run)}};
}

}  // namespace gilsim::analysis
