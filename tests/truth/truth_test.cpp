/// Predictions held against recorded reality: no Python runs here.

#include <algorithm>
#include <filesystem>

#include "analysis/records/tables.hpp"
#include "tests/truth/support.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using namespace gilsim::analysis::testing;

namespace {

// A record and what the errors of its predictions may be.
struct Held {
    std::string record;
    std::vector<std::string> bars;
    std::vector<std::string> except = {};  ///< cells that miss them: docs/fidelity.md says why
};

const std::vector<Held>& held() {
    static const std::vector<Held> all{
        {"cpu_countdown-3.11.7", {"makespan=20", "makespan.median=6"}},
        {"cpu_countdown-3.13.15", {"makespan=20", "makespan.median=6"}},
        {"cpu_countdown-3.13.15t", {"makespan=20", "makespan.median=6"}},
        {"cpu_countdown-2.7.18", {"makespan=20", "makespan.median=6"}},  // several threads on two cores: 25 would do
        {"convoy-3.11.7", {"throughput.median=25", "throughput.factor=2", "p50.median=25", "p50.factor=2"}},
        {"convoy-3.13.15t", {"throughput.median=25", "throughput.factor=2", "p50.median=25", "p50.factor=2"}},
        {"convoy-2.7.18", {"throughput.median=25", "throughput.factor=2", "p50.median=25", "p50.factor=2"}},
        {"asyncio-3.11.7", {"mean=25", "p50=25", "p99=25", "throughput=25"}},
        {"asyncio-3.13.15t", {"mean=25", "p50=25", "p99=25", "throughput=25"}},
        {"interpreters-3.13.0", {"makespan=20", "makespan.median=6"}},
        {"queues-3.11.7", {"makespan=25"}, {"1 producer and 1 consumer, room for 10, 2 cores"}},
        {"queues-3.13.15t", {"makespan=25"}},
        {"queues-2.7.18",
         {"makespan=25"},
         {"4 producers and 4 consumers, unbounded, 2 cores", "1 producer and 1 consumer, room for 10, 2 cores"}},
        {"switch_interval-2.7.18",
         {"makespan=10", "count=25"},
         {"2 threads, 10 ticks, 2 cores", "2 threads, 100 ticks, 2 cores", "2 threads, 10000 ticks, 2 cores"}},
        {"sleeper-2.7.18", {"mean=10", "p50=10", "p99=50"}},
        {"sleeper-3.13.15t", {"mean=10", "p50=10", "p99=50"}},
        {"locks-2.7.18", {"makespan=25"}},
        {"locks-3.13.15t", {"makespan=25"}},
        {"c_release-2.7.18", {"makespan=20", "makespan.median=6"}},
        {"c_release-3.13.15t", {"makespan=20", "makespan.median=6"}},
        {"sleeper-3.11.7", {"mean=10", "p50=10", "p99=50"}},
        {"order-3.11.7",
         {"mean=5", "share=10"},
         {"4 CPU-bound threads and a sleeper, 2 cores", "3 CPU-bound threads, 2 cores", "2 CPU-bound threads, 1 core"}},
        {"switch_interval-3.11.7", {"makespan=10", "count=25"}, {"2 threads, 1us, 2 cores"}},
        {"c_release-3.11.7", {"makespan=20", "makespan.median=6"}},
        {"locks-3.11.7", {"makespan=25"}},
        {"memory-2.7.18", {"makespan=25", "count=15"}},
        {"memory-3.11.7", {"makespan=25", "count=15"}},
        {"memory-3.13.15", {"makespan=25", "count=15"}},
        {"memory-3.13.15t", {"makespan=25", "count=15"}},
        {"ipc-3.11.7", {"makespan=25", "p50=25", "throughput.median=25"}},
        {"ipc-3.13.15t", {"makespan=25", "p50=25", "throughput.median=25"}},
        {"ipc-2.7.18", {"makespan=25", "p50=25", "throughput.median=25"}},
        {"pool_tasks-3.11.7", {"throughput=35", "throughput.median=15"}},
        {"pool_tasks-3.13.15t", {"throughput=35", "throughput.median=15"}},
    };
    return all;
}

std::vector<std::string> records() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(kTruth + "/records")) {
        if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

// Every record is predicted once for all tests of a run.
const std::vector<Validation>& predicted() {
    static const std::vector<Validation> all = [] {
        std::vector<Validation> list;
        for (const std::string& name : records())
            list.push_back(validate(loaded(load_record(kTruth + "/records/" + name + ".json")), options()));
        return list;
    }();
    return all;
}

// The distance of predictions to recorded reality.
void check_bars() {
    const std::vector<std::string> names = records();
    for (const Held& one : held()) {
        INFO(one.record);
        const auto found = std::find(names.begin(), names.end(), one.record);
        REQUIRE(found != names.end());
        std::vector<Bar> bars;
        for (const std::string& text : one.bars) {
            const auto bar = parse_bar(text);
            REQUIRE(bar.has_value());
            bars.push_back(*bar);
        }
        Validation validation = predicted()[static_cast<std::size_t>(found - names.begin())];
        std::erase_if(validation.comparisons, [&](const Comparison& c) {
            return std::find(one.except.begin(), one.except.end(), c.cell) != one.except.end();
        });
        CHECK(missed(bars, {validation}) == std::vector<std::string>{});
    }
}

}  // namespace

// One test, since predicting all records takes a minute.
TEST_CASE("docs/truth.md shows today's predictions, which keep their distance from recorded reality") {
    check_bars();
    const std::string begin = "<!-- generated: truth -->\n";
    const std::string end = "<!-- end -->";
    const std::string file = "docs/truth.md";
    const std::string text = gilsim::testing::content(kRoot + "/" + file);
    const auto from = text.find(begin);
    REQUIRE(from != std::string::npos);
    const auto to = text.find(end, from);
    REQUIRE(to != std::string::npos);
    const auto start = from + begin.size();
    gilsim::testing::check_golden(
        file, text.substr(0, start) + "\n" + validation_markdown(predicted()) + "\n" + text.substr(to));
}
