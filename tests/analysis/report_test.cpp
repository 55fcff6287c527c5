// What a report is made from: data, scaling fits, Markdown, CSV, sentences; and the errors of its inputs.

#include <cmath>
#include <fstream>

#include "analysis/insight/narrator.hpp"
#include "analysis/report/formats.hpp"
#include "analysis/report/inputs.hpp"
#include "analysis/report/scaling.hpp"
#include "model/trace/perfetto.hpp"
#include "tests/catch.hpp"
#include "tests/trace/small_run.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using test::Folder;

namespace {

// The small run as a trace; its path.
std::filesystem::path small_trace(const Folder& folder) {
    const test::Run run = test::small_run();
    trace::PerfettoSink sink(run.directory, folder / "t.pftrace", "1.2.3");
    run.play(sink);
    return folder / "t.pftrace";
}

std::string error_of(const std::vector<std::filesystem::path>& inputs) {
    try {
        (void)report_data(inputs, {});
        return "";
    } catch (const ReportError& e) {
        return e.what();
    }
}

}  // namespace

TEST_CASE("base64 is that of RFC 4648") {
    const auto of = [](const std::string& s) { return base64({s.begin(), s.end()}); };
    CHECK(of("").empty());
    CHECK(of("f") == "Zg==");
    CHECK(of("fo") == "Zm8=");
    CHECK(of("foo") == "Zm9v");
    CHECK(of("foobar") == "Zm9vYmFy");
    CHECK(of("\xff\xfe") == "//4=");
}

TEST_CASE("lanes are packed as counts, differences of time and values plus one") {
    const std::vector<Lane> lanes{{Lane::Kind::thread, 0, {{0, 4}, {300, -1}}}, {Lane::Kind::core, 0, {}}};
    CHECK(packed(lanes) == std::vector<std::uint8_t>{2, 0, 5, 0xAC, 0x02, 0, 0});
}

TEST_CASE("a report's data holds the whole summary, and what was found") {
    const Folder folder;
    const Json data = report_data({small_trace(folder)}, {});
    CHECK(data["summary"]["variants"][0]["makespan_ns"] == 9'000'000);
    REQUIRE(data["runs"].size() == 1);
    const Json& run = data["runs"][0];
    CHECK(run["outcome"] == "deadlock");
    CHECK(run["findings"][0]["id"] == "deadlock");
    Nanoseconds gil = 0;
    for (const auto& m : run["waits"]["matrix"]) gil += m["wanted"] == "gil" ? m["ns"].get<Nanoseconds>() : 0;
    CHECK(gil == (5'022'600 - 2'000) + (7'020'100 - 5'030'000));  // worker's wait and main's
    CHECK(run["timeline"]["lanes"].size() == 5 + 2 + 2);          // threads, cores, GILs
    CHECK(data["states"].size() == trace::kStates.size());
}

TEST_CASE("Markdown and CSV tell the same figures") {
    const Folder folder;
    const Json data = report_data({small_trace(folder)}, {});
    const std::string text = report_markdown(data);
    CHECK_THAT(text, Catch::Contains("| 9.000 ms |") && Catch::Contains("**A deadlock.**") &&
                         Catch::Contains("| waits for the GIL main | 2 |"));
    const std::string table = report_csv(data);
    CHECK_THAT(table, Catch::StartsWith("section,variant,name,figure,value,unit\n"));
    CHECK_THAT(table, Catch::Contains(",,makespan_ns,9000000,ns\n"));
    CHECK_THAT(table, Catch::Contains(",gil.waits.p50_ns,1990100,ns\n"));
    for (std::size_t at = 0; at < table.size(); at = table.find('\n', at) + 1) CHECK(table[at] != '\n');
}

namespace {

// A thread that computes, twice: once as long as it is predicted to take, once a tenth longer.
constexpr const char* kRecord = R"({
"record": 1, "name": "by hand", "about": "one thread", "phenomenon": "cpu",
"where": {"machine": "a <b>machine</b>", "kernel": "Linux 6.1", "c_library": "glibc 2.36", "python": "CPython 3.11"},
"source": "nobody", "profiles": {"machine": "laptop-2"},
"scenario": {"text": "gilsim: 1\nmachine: laptop-2\ninterpreter: cpython-3.11\nparameters: {work: 1s}\nprograms: {p: [{compute: '${work}'}]}\nthreads: {main: p}\n"},
"inputs": {"alone": {"unit": "s", "about": "the whole work alone"}},
"set": {"parameters.work": "alone"}, "figures": {"end": "makespan_ns"},
"outputs": {"wall": {"unit": "s", "kind": "makespan", "predicted_by": "end"}, "faults": {"unit": "1", "kind": "count"}},
"cells": [
 {"name": "exact", "given": {"cpus": 1}, "repetitions": [
  {"inputs": {"alone": 0.1}, "outputs": {"wall": 0.1, "faults": 3}}, {"inputs": {"alone": 0.2}, "outputs": {"wall": 0.2}},
  {"quiet": false, "inputs": {"alone": 9}, "outputs": {"wall": 99}}, {"inputs": {"alone": 0.4}, "outputs": {"wall": 0.4}}]},
 {"name": "a | tenth more", "repetitions": [{"inputs": {"alone": 0.1}, "outputs": {"wall": 0.11}}]}]
})";

}  // namespace

TEST_CASE("a report on a record holds measured beside predicted, its inputs, and where it was measured") {
    const Folder folder;
    std::ofstream(folder / "r.json") << kRecord;
    ReportOptions options;
    options.config_folders = {std::string(GILSIM_SOURCE_DIR) + "/configs"};
    const Json data = report_data({folder / "r.json"}, options);
    const Json& record = data["accuracy"]["records"][0];
    CHECK(record["record"] == "by hand");
    CHECK(record["where"]["kernel"] == "Linux 6.1");
    CHECK(record["profiles"]["machine"] == "laptop-2");
    CHECK_THAT(record["verdict"].get<std::string>(), Catch::StartsWith("2 makespan (median "));
    const Json& exact = record["cells"][0];
    CHECK(exact["given"]["cpus"] == "1");
    CHECK(exact["repetitions"] == 4);
    CHECK(exact["quiet"] == 3);
    REQUIRE(exact["inputs"].size() == 1);
    CHECK(exact["inputs"][0]["unit"] == "s");
    CHECK(exact["inputs"][0]["median"] == 0.2);
    CHECK(exact["inputs"][0]["greatest"] == 0.4);  // the disturbed repetition does not count
    REQUIRE(record["comparisons"].size() == 2);    // faults are not predicted
    CHECK(record["comparisons"][0]["ratio"] == Approx(1).epsilon(0.001));
    CHECK(record["comparisons"][1]["ratio"] == Approx(1.1).epsilon(0.001));
    const std::string text = report_markdown(data);
    CHECK_THAT(text, Catch::Contains("## Predicted against measured") &&
                         Catch::Contains("| a \\| tenth more | wall | 0.11 s |") &&
                         Catch::Contains("| exact | alone | 0.2 s | 0.1 s | 0.4 s | the whole work alone |"));
    CHECK_THAT(report_csv(data), Catch::Contains("accuracy,by hand,a | tenth more/wall,measured,0.11,s\n"));
    CHECK_THAT(report_page(data), !Catch::Contains("a <b>machine"));
}

TEST_CASE("a page stands alone, and text from a scenario cannot break out of it") {
    Json data = {
        {"schema", 1},           {"made_by", "x"},          {"states", states_json()}, {"notes", Json::array()},
        {"runs", Json::array()}, {"sweeps", Json::array()}, {"manifest", nullptr}};
    data["summary"] = {
        {"title", "</script><script>alert(1)</script>"}, {"scenario", "a.yaml"}, {"variants", Json::array()}};
    const std::string page = report_page(data);
    CHECK_THAT(page, !Catch::Contains("</script><script>alert"));
    CHECK_THAT(page, Catch::Contains("<title>&lt;/script&gt;"));
    CHECK_THAT(page, Catch::StartsWith("<!doctype html>"));
    for (const char* outside : {"src=\"http", "href=\"http", "@import", "url(http"})
        CHECK_THAT(page, !Catch::Contains(outside));
}

TEST_CASE("what a report cannot be made from is told with its remedy") {
    const Folder folder;
    CHECK_THAT(error_of({folder / "none"}), Catch::Contains("no such file or folder"));
    CHECK_THAT(error_of({folder.path()}),
               Catch::Contains("holds no outputs of a run") && Catch::Contains("--trace full"));
    std::ofstream(folder / "a.json") << "{";
    CHECK_THAT(error_of({folder / "a.json"}), Catch::Contains("is no JSON from byte 2 on; is it complete?"));
    std::ofstream(folder / "cut.json") << std::string(kRecord).substr(0, 700);  // in the midst of a long text
    CHECK_THAT(error_of({folder / "cut.json"}), Catch::Contains("is no JSON from byte") && !Catch::Contains("gilsim: 1"));
    std::ofstream(folder / "b.json") << "{}";
    CHECK_THAT(error_of({folder / "b.json"}), Catch::Contains("is no summary.json of this version"));
    std::ofstream(folder / "c.sqlite") << "SQLite format 3";
    CHECK_THAT(error_of({folder / "c.sqlite"}), Catch::Contains("c.sqlite"));
}

TEST_CASE("the scalability law is found again from its own points") {
    std::vector<ScalingPoint> points;
    const ScalingFit law{.lambda = 250, .sigma = 0.05, .kappa = 0.01};
    for (const double n : {1., 2., 4., 8., 16., 32.}) points.push_back({n, law.at(n)});
    const auto fit = fit_scaling(points);
    REQUIRE(fit);
    CHECK(fit->lambda == Approx(250));
    CHECK(fit->sigma == Approx(0.05));
    CHECK(fit->kappa == Approx(0.01));
    CHECK(fit->knee == Approx(std::sqrt(0.95 / 0.01)));
    CHECK(fit->r_squared == Approx(1));
}

TEST_CASE("Amdahl's law has no knee, ideal scaling no bound, and noise no law") {
    std::vector<ScalingPoint> amdahl, ideal, noise{{1, 10}, {2, 3}, {4, 30}, {8, 1}, {16, 25}};
    for (const double n : {1., 2., 3., 4., 8.}) {
        amdahl.push_back({n, 10 * n / (1 + 0.25 * (n - 1))});
        ideal.push_back({n, 3 * n});
    }
    const auto a = fit_scaling(amdahl);
    REQUIRE(a);
    CHECK(a->sigma == Approx(0.25));
    CHECK(a->knee == 0);
    const auto i = fit_scaling(ideal);
    REQUIRE(i);
    CHECK(i->sigma == Approx(0).margin(1e-9));
    CHECK(!fit_scaling(noise));
    CHECK(!fit_scaling({{1, 1}, {2, 2}, {4, 4}}));          // too few
    CHECK(!fit_scaling({{0, 1}, {2, 2}, {4, 4}, {8, 8}}));  // N below 1
}

TEST_CASE("a stretch of a run is told in sentences") {
    const test::Run run = test::small_run();
    const auto told = [&](Narrator::Span span) {
        Narrator narrator(run.directory, std::move(span));
        run.play(narrator);
        return narrator.lines();
    };
    const auto lines = told({.from = 5'002'000, .to = 5'022'600, .thread = "worker"});
    const std::vector<std::string> expected{
        "   0.005002000 s  worker waits for the GIL, since 5.000 ms ago.",
        "   0.005002000 s  worker has waited for 5.000 ms, its patience is over: it asks main to drop the GIL of main.",
        "   0.005002400 s  main releases the GIL of main at a check point, because it was asked to, having had it for "
        "5.002 ms.",
        "   0.005002400 s  main wakes worker; it will run on core 1.",
        "   0.005022400 s  Core 1, idle until now, runs worker.",
        "   0.005022600 s  worker takes the GIL of main after 5.021 ms of waiting, 20.20 us after main released it.",
        "   0.005022600 s  worker runs Python bytecode on a core.",
        "   0.005022600 s  worker takes lock `x`.",
        "   0.005022600 s  worker wakes main; it will run on core 0.",
    };
    CHECK(lines == expected);
    CHECK(told({.from = 0, .to = 9'000'000, .thread = "", .most = 5}).size() == 6);
    CHECK_THAT(told({.from = 0, .to = 9'000'000, .thread = "", .most = 5}).back(),
               Catch::Contains("more; a shorter --for"));
    CHECK_THAT(told({.from = 20'000'000, .to = 30'000'000, .thread = ""}).back(),
               Catch::Contains("the run ends at 0.009"));
    CHECK_THAT(told({.from = 8'900'000, .to = 9'000'000, .thread = ""}).back(),
               Catch::Contains("The run ends: deadlock."));
}
