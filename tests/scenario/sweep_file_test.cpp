/// Axes of sweeps: their values, their combinations, what each point resolves to, and what is wrong with them.

#include "model/scenario/sweep_file.hpp"

#include <fmt/format.h>

#include "model/scenario/fields.hpp"
#include "model/scenario/resolved.hpp"
#include "tests/scenario/support.hpp"

namespace gilsim::scenario {
namespace {

constexpr const char* kHead = R"(gilsim: 1
machine: {cores: 2}
interpreter: {version: "3.11"}
parameters: {work: 10ms, workers: 2}
programs:
  p: [{compute: "${work / workers}"}]
variants:
  alone: {parameters: {workers: 1}, threads: {main: p}}
  threads: {threads: {worker: {count: "${workers}", run: p}}}
)";

struct Loaded {
    explicit Loaded(const std::string& sweep, const std::vector<std::string>& vary = {})
        : file(kHead + sweep, "test.yaml", kDataFolder, {}, settings_of(vary), {}) {}
    SweepFile file;
};

/// The values of each axis, "name: a b c; ...".
std::string axes(const std::string& sweep, const std::vector<std::string>& vary = {}) {
    const Loaded loaded(sweep, vary);
    INFO(render(loaded.file.base().diagnostics));
    REQUIRE(loaded.file.base().scenario.has_value());
    std::string text;
    for (const Axis& axis : loaded.file.axes()) {
        text += (text.empty() ? "" : "; ") + axis.name + ":";
        for (const AxisValue& value : axis.values) text += " " + value.text;
    }
    return text;
}

/// The points that are left, each as its values: "1 a, 1 b".
std::string points(const std::string& sweep) {
    const Loaded loaded(sweep);
    INFO(render(loaded.file.base().diagnostics));
    REQUIRE(loaded.file.base().scenario.has_value());
    const SweepFile::Points points = loaded.file.points();
    INFO(render(points.diagnostics));
    REQUIRE(points.diagnostics.empty());
    std::string text;
    for (const std::uint64_t combination : points.combinations) {
        const auto values = loaded.file.values_at(combination);
        for (std::size_t i = 0; i < values.size(); ++i)
            text += (i > 0 ? " " : text.empty() ? "" : ", ") + loaded.file.axes()[i].values[values[i]].text;
    }
    return text;
}

/// What is wrong with a sweep: the first line of each message without the file's name.
std::string wrong(const std::string& sweep, const std::vector<std::string>& vary = {}) {
    const Loaded loaded(sweep, vary);
    std::vector<Diagnostic> all = loaded.file.base().diagnostics;
    if (all.empty()) all = loaded.file.points().diagnostics;
    for (std::uint64_t i = 0; all.empty() && i < std::min<std::uint64_t>(loaded.file.combinations(), 100); ++i)
        all = loaded.file.resolve(i).diagnostics;
    std::string text;
    for (const Diagnostic& d : all)
        text += fmt::format("{}:{}:{}: {}: {}\n", d.file, d.line, d.column, d.path, d.message);
    return text;
}

}  // namespace

TEST_CASE("values of an axis: lists and ranges") {
    CHECK(axes("sweep: {grid: {workers: [1, 2, 4]}}") == "workers: 1 2 4");
    CHECK(axes("sweep: {grid: {workers: 1..4}}") == "workers: 1 2 3 4");
    CHECK(axes("sweep: {grid: {workers: [1, 2..4, 8..32*2]}}") == "workers: 1 2 3 4 8 16 32");
    CHECK(axes("sweep: {grid: {work: 1ms..2ms+250us}}") == "work: 1ms 1250us 1500us 1750us 2ms");
    CHECK(axes("sweep: {grid: {work: {from: 1us, to: 100ms, factor: 10}}}") == "work: 1us 10us 100us 1ms 10ms 100ms");
    CHECK(axes("sweep: {grid: {work: {from: 1ms, to: 9ms, step: 4ms}}}") == "work: 1ms 5ms 9ms");
    CHECK(axes("sweep: {grid: {work: {from: 1ms, to: 2ms, steps: 3}}}") == "work: 1ms 1500us 2ms");
    CHECK(axes("sweep: {grid: {work: {from: 1ms, to: 1s, steps: 4, scale: log}}}") == "work: 1ms 10ms 100ms 1s");
    CHECK(axes("sweep: {grid: {workers: {from: 1, to: 2, step: 0.1}}}") ==
          "workers: 1 1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9 2");
    CHECK(axes("sweep: {grid: {machine.memory: 1GiB..4GiB*2}}") == "machine.memory: 1GiB 2GiB 4GiB");
    CHECK(axes("sweep: {grid: {programs.p: [[{compute: 1ms}], [{sleep: 1ms}]]}}") ==
          "programs.p: [{compute: 1ms}] [{sleep: 1ms}]");
}

TEST_CASE("axes of the command line are added or take the place of the file's") {
    CHECK(axes("", {"workers=1,2,4"}) == "workers: 1 2 4");
    CHECK(axes("", {"workers=1..3", "machine.cores=[1, 2]"}) == "workers: 1 2 3; machine.cores: 1 2");
    CHECK(axes("sweep: {grid: {workers: [1, 2], work: [1ms]}}", {"workers=4", "work={from: 1ms, to: 2ms, steps: 2}"}) ==
          "workers: 4; work: 1ms 2ms");
    CHECK(axes("sweep: {zip: {workers: [1, 2], work: [1ms, 2ms]}}", {"work=3ms,4ms"}) == "workers: 1 2; work: 3ms 4ms");
}

TEST_CASE("grid and zip make points, where leaves some out") {
    CHECK(points("sweep: {grid: {workers: [1, 2], work: [1ms, 2ms]}}") == "1 1ms, 1 2ms, 2 1ms, 2 2ms");
    CHECK(points("sweep: {zip: {workers: [1, 2], work: [1ms, 2ms]}}") == "1 1ms, 2 2ms");
    CHECK(points("sweep: {grid: {machine.cores: [1, 2]}, zip: {workers: [1, 2], work: [1ms, 2ms]}}") ==
          "1 1 1ms, 1 2 2ms, 2 1 1ms, 2 2 2ms");
    CHECK(points("sweep: {grid: {workers: 1..4, machine.cores: [1, 2]}, where: workers <= 2 * machine.cores}") ==
          "1 1, 1 2, 2 1, 2 2, 3 2, 4 2");
    CHECK(points("sweep: {grid: {workers: 1..4}, where: work / workers >= 4ms}") == "1, 2");
    CHECK(points("sweep: {repeat: 3}").empty());
}

TEST_CASE("a point resolves as the same settings do") {
    const Loaded loaded("sweep: {grid: {workers: [1, 3], machine.cores: [1, 4], interpreter.switch_interval: [1us]}}");
    REQUIRE(loaded.file.combinations() == 4);
    const std::string head = std::string(kHead);
    for (std::uint64_t i = 0; i < 4; ++i) {
        const LoadResult point = loaded.file.resolve(i);
        const LoadResult single = load_text(
            head, "test.yaml", kDataFolder,
            settings_of({i < 2 ? "parameters.workers=1" : "parameters.workers=3",
                         i % 2 == 0 ? "machine.cores=1" : "machine.cores=4", "interpreter.switch_interval=1us"}));
        INFO(render(point.diagnostics) << render(single.diagnostics));
        REQUIRE(point.scenario.has_value());
        REQUIRE(single.scenario.has_value());
        REQUIRE(point.scenario->variants.size() == 2);
        for (std::size_t v = 0; v < 2; ++v)
            CHECK(to_json(point.scenario->variants[v]) == to_json(single.scenario->variants[v]));
        CHECK(point.scenario->variants[0].groups.empty());  // `alone` keeps its own number of workers
        CHECK(point.scenario->variants[1].groups.at(0).count == (i < 2 ? 1 : 3));
    }
}

TEST_CASE("an axis may replace the only field that uses a parameter") {
    const Loaded loaded("sweep: {grid: {\"programs.p[0].compute\": [10ms, 50ms]}}");
    REQUIRE(loaded.file.combinations() == 2);
    const LoadResult point = loaded.file.resolve(1);
    INFO(render(point.diagnostics));
    REQUIRE(point.scenario.has_value());
    CHECK(std::get<Compute>(point.scenario->variants.at(0).programs.at(0).at(0).what).work.a == 50 * kMillisecond);
    CHECK(wrong("sweep: {grid: {\"programs.p[0].compute\": [10ms], work: [1ms, 2ms]}}")
              .find("parameters.work: the parameter 'work' is never used") != std::string::npos);
}

TEST_CASE("what is wrong with a sweep is told where it stands") {
    CHECK(wrong("sweep: {grid: {wrokers: [1]}}") ==
          "test.yaml:10:16: sweep.grid.wrokers: 'wrokers' is neither a parameter nor the path of a field\n");
    CHECK(wrong("sweep: {grid: {sweep.repeat: [1, 2]}}") ==
          "test.yaml:10:16: sweep.grid.sweep.repeat: a sweep does not vary itself\n");
    CHECK(wrong("sweep: {zip: {sweep: [1, 2]}}") == "test.yaml:10:15: sweep.zip.sweep: a sweep does not vary itself\n");
    CHECK(wrong("sweep: {grid: {workers: []}}") ==
          "test.yaml:10:25: sweep.grid.workers: an axis needs at least one value\n");
    CHECK(wrong("sweep: {grid: {workers: [1, 2, 1]}}") ==
          "test.yaml:10:32: sweep.grid.workers: the value '1' comes twice\n");
    CHECK(wrong("sweep: {zip: {workers: [1, 2], work: [1ms]}}") ==
          "test.yaml:10:32: sweep.zip: 'workers' has 2 values, 'work' has 1: in step they must be as many\n");
    CHECK(wrong("sweep: {grid: {work: [1ms]}, zip: {work: [1ms]}}") ==
          "test.yaml:10:36: sweep: 'work' is in 'grid' already\n");
    CHECK(wrong("sweep: {grid: {work: {from: 1ms, to: 2}}}") ==
          "test.yaml:10:22: sweep.grid.work: a range has 'from', 'to' and one of 'step', 'factor', 'steps'\n");
    CHECK(wrong("sweep: {grid: {work: {from: 1ms, to: 2, steps: 3}}}") ==
          "test.yaml:10:22: sweep.grid.work: a range begins and ends with quantities of the same kind\n");
    CHECK(wrong("sweep: {grid: {work: {from: 2ms, to: 1ms, step: 1ms}}}") ==
          "test.yaml:10:22: sweep.grid.work: a range ends before it begins\n");
    CHECK(wrong("sweep: {grid: {work: {from: 0ms, to: 1ms, factor: 2}}}") ==
          "test.yaml:10:22: sweep.grid.work: a geometric range begins above 0\n");
    CHECK(wrong("sweep: {grid: {work: {from: 1ms, to: 2ms, stepps: 2}}}").find("a range has no 'stepps'") !=
          std::string::npos);
    CHECK(wrong("sweep: {grid: {work: 1ms..2ms}}") ==
          "test.yaml:10:22: sweep.grid.work: a range of durations or sizes needs a step\n");
    CHECK(wrong("sweep: {grid: {workers: 1..1e9}}") ==
          "test.yaml:10:25: sweep.grid.workers: more than 100,000 values\n");
    CHECK(wrong("sweep: {grid: {workers: [1, 2]}, where: workers > 2}") ==
          "test.yaml:10:41: sweep.where: no point is left: it excludes all 2 of them\n");
    CHECK(wrong("sweep: {grid: {workers: [1, 2]}, where: workers > coers}") ==
          "test.yaml:10:51: sweep.where: there is no parameter 'coers'\n");
    CHECK(wrong("sweep: {grid: {workers: [1, 2]}, where: work}") ==
          "test.yaml:10:41: sweep.where: is a duration or a size, not a condition\n");
    CHECK(wrong("sweep: {grid: {machine.cores: [1, 0]}}") ==
          "test.yaml:10:35: machine.cores: must be a whole number from 1 to 1024, is '0'\n");
    CHECK(wrong("sweep: {grid: {machine.coers: [1]}}").find("'coers'") != std::string::npos);
    CHECK(wrong("sweep: {grid: {variants.none.machine.cores: [1]}}").find("the file has no 'variants.none'") !=
          std::string::npos);
    CHECK(wrong("sweep: {grid: {threads: [{main: p}]}}") ==
          "test.yaml:10:16: : this axis changes nothing: every variant gives its own value\n");
    CHECK(wrong("sweep: {where: workers > 1}") == "test.yaml:10:8: sweep: a sweep needs 'grid', 'zip' or 'repeat'\n");
    CHECK(wrong("sweep: {grid: {workers: 1..10000, work: 1ms..10s+1ms}}") ==
          "test.yaml:10:8: sweep: more than 10,000,000 points\n");
    CHECK(wrong("", {"wrokers=1,2"}) ==
          "--vary:1:1: sweep.grid.wrokers: 'wrokers' is neither a parameter nor the path of a field\n");
    CHECK(wrong("", {"machine.cores=2,0"}) ==
          "--vary:1:17: machine.cores: must be a whole number from 1 to 1024, is '0'\n");
    CHECK(wrong("", {"machine.cores=[1"}).find("--vary:1:") == 0);
}

TEST_CASE("a fault of a point names the point") {
    const Loaded loaded(
        "sweep: {grid: {machine.cores: [1, 2], threads.worker.cores: [[0], [1]]}}\nthreads: {worker: {run: p}}\n");
    const LoadResult result = loaded.file.resolve(1);
    CHECK(render(result.diagnostics).find("at the point machine.cores = 1, threads.worker.cores = [1]") !=
          std::string::npos);
}

TEST_CASE("how often a point is run") {
    const auto repeats = [](const std::string& text) {
        const Loaded loaded("sweep: {repeat: \"" + text + "\"}");
        INFO(render(loaded.file.base().diagnostics));
        REQUIRE(loaded.file.base().scenario.has_value());
        return told_in_short(loaded.file.base().scenario->sweep.repeat);
    };
    CHECK(repeats("5") == "5");
    CHECK(repeats("auto") == "auto(ci=2%, min=5, max=50)");
    CHECK(repeats("auto(ci=0.5%, max=10)") == "auto(ci=0.5%, min=5, max=10)");
    CHECK(repeats("auto(max=3)") == "auto(ci=2%, min=3, max=3)");
    CHECK(wrong("sweep: {repeat: 0}") == "test.yaml:10:17: sweep.repeat: must be from 1 to 100,000, is 0\n");
    CHECK(wrong("sweep: {repeat: \"auto(ci=2)\"}").find("'ci=2' must be as in ci=2%") != std::string::npos);
    CHECK(wrong("sweep: {repeat: \"auto(ci=0%)\"}").find("out of range") != std::string::npos);
    CHECK(wrong("sweep: {repeat: \"auto(times=3)\"}").find("auto has no 'times'") != std::string::npos);
    CHECK(wrong("sweep: {repeat: \"auto(min=9, max=3)\"}").find("min=9 is more than max=3") != std::string::npos);
    CHECK(wrong("sweep: {repeat: often}").find("must be a number of runs") != std::string::npos);
}

}  // namespace gilsim::scenario
