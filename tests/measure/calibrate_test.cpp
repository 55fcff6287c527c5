/// What a calibration measures with: the probe, Python programs, a log of a Python's calls.

#include "analysis/measure/calibrate.hpp"

#include <fstream>

#include <nlohmann/json.hpp>

#include "analysis/measure/child.hpp"
#include "tests/measure/support.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using namespace gilsim::analysis::testing;

TEST_CASE("the probe prints quantiles, and its names when it is asked for another one") {
    const Folder folder;
    const std::string cpu = std::to_string(allowed_cpus().front());
    const auto output = [&] { return std::ifstream(folder / "log"); };
    for (const std::string name : {"syscall", "yield_alone", "timer_slack", "tick", "pipe_bulk", "socket_byte",
                                   "poll_4", "malloc", "huge_pages", "shared_page"}) {
        const ChildEnd end = run_child({GILSIM_PROBE, name, cpu}, {}, kSecond * 60, folder / "log");
        REQUIRE((end.how == ChildEnd::How::exited && end.status == 0));
        auto in = output();
        const auto json = nlohmann::json::parse(in);
        INFO(name << json.dump());
        CHECK(json.at("n") >= 1);
        CHECK(json.at("p50") >= (name == "huge_pages" ? 0 : 1));
        CHECK(json.at("p10") <= json.at("p90"));
        for (const char* turn : {"before", "after"}) CHECK((json.at(turn) > 0.1 && json.at(turn) < 100));
    }
    CHECK(run_child({GILSIM_PROBE, "nonsense"}, {}, kSecond * 60, folder / "log").status == 2);
}

TEST_CASE("every part of the Python half of a calibration answers, in every Python of this machine") {
    for (const std::string& name : pythons()) {
        Python python(name, kRunner);
        for (const std::string part : {"turn", "gil", "lock", "thread", "fork", "forked", "collections", "garbage",
                                       "footprint", "pickling", "plain_pickle"}) {
            const Attempt attempt = python.run_program(
                "interpreter.py", {{"cpus", {allowed_cpus().front()}}, {"part", part}, {"core_cache", 1 << 20}},
                60 * kSecond);
            INFO(name << " " << part);
            if (const Failed* failed = std::get_if<Failed>(&attempt)) FAIL(failed->why << failed->output);
            const auto& result = std::get<Ran>(attempt).result;
            CHECK_FALSE(result.at("values").empty());
            CHECK(result.at("turn").get<double>() > 1e-10);
            CHECK(result.at("settings").contains("start_method"));
        }
    }
}

TEST_CASE("a message between sub-interpreters is measured, whatever this Python calls its channels") {
    for (const std::string& name : pythons()) {
        Python python(name, kRunner);
        const Attempt attempt = python.run_program(
            "interpreter.py", {{"cpus", {allowed_cpus().front()}}, {"part", "shareable"}}, 60 * kSecond);
        INFO(name);
        if (const Failed* failed = std::get_if<Failed>(&attempt)) FAIL(failed->why << failed->output);
        const auto& values = std::get<Ran>(attempt).result.at("values");
        if (values.contains("shareable_mib")) CHECK(quantiles_of(values["shareable_mib"]).p50 > 0);  // 3.12 and later
    }
}

namespace {

// What a program in that Python, which can import the runner, prints.
std::ifstream printed(const Folder& folder, const std::string& python, const char* program) {
    INFO(python);
    const ChildEnd end = run_child({python, "-c", program, kRunner}, allowed_cpus(), kSecond * 60, folder / "log");
    REQUIRE((end.how == ChildEnd::How::exited && end.status == 0));
    return std::ifstream(folder / "log");
}

}  // namespace

TEST_CASE("lists that a calibration makes again and again have their memory, and are no page faults") {
    const Folder folder;
    const char* const program =
        "import gc, resource, sys; sys.path.insert(0, sys.argv[1]); import calibrate_memory as memory; gc.disable()\n"
        "faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "keeper, count = memory.arenas(), []\n"
        "for _ in range(9):\n"
        "    before = faults(); lists = memory.kept(memory.COUNT); count.append(faults() - before); del lists\n"
        "print(sorted(count)[4])\n";
    for (const std::string& name : pythons()) {
        INFO(name);
        int faults = -1;
        printed(folder, name, program) >> faults;
        CHECK((faults >= 0 && faults < 60));  // of the list that has them all; their own pages are 550
    }
}

TEST_CASE("a run begins with pages of its own, and with objects as old as they can be") {
    const Folder folder;
    const char* const program =
        "import gc, os, resource, sys; sys.path.insert(0, sys.argv[1]); import main\n"
        "faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "memory = bytearray(400 * 4096)\n"
        "kept = [[] for _ in range(300)]\n"
        "def written():\n"
        "    before = faults()\n"
        "    for at in range(0, len(memory), 4096): memory[at] = 1\n"
        "    return faults() - before\n"
        "def fork():\n"
        "    child = os.fork()\n"
        "    if child == 0: os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "class Process: pass\n"
        "process = Process(); process.outside = Process(); process.outside.tell = lambda begin: None\n"
        "written(); fork(); shared = written(); fork(); gc.collect(0)\n"
        "main.as_after_a_start(process); own = written()\n"
        "print(shared); print(own); print(sum(gc.get_count()[1:]))\n";
    for (const std::string& name : pythons()) {
        INFO(name);
        int shared = -1;
        int own = -1;
        int collections = -1;
        printed(folder, name, program) >> shared >> own >> collections;
        CHECK(shared >= 400);
        CHECK((own >= 0 && own < 40));
        CHECK(collections == 0);  // the young one before counts until then
    }
}

TEST_CASE("what code takes after a short sleep is measured with code that ran right before it, not before a longer one") {
    const Folder folder;
    const char* const program =
        "import sys; sys.path.insert(0, sys.argv[1]); import calibrate_code as code\n"
        "done = []\n"
        "class Time: sleep = staticmethod(lambda seconds: done.append(seconds))\n"
        "class Json: dumps = staticmethod(lambda value: done.append('runs'))\n"
        "code.time, code.json = Time, Json; code.FIRST_RUNS = (('first_run_100us', 0.0001, 1),)\n"
        "code.first_run({}); at = done.index(0.0001)\n"
        "print(done[at - 1] == 'runs'); print(done[at + 1] == 'runs'); print(0.001 in done[at - 4:at])\n";
    for (const std::string& name : pythons()) {
        INFO(name);
        auto out = printed(folder, name, program);
        int told = 0;
        for (std::string line; std::getline(out, line); ++told) CHECK(line == "True");
        CHECK(told == 3);
    }
}

TEST_CASE("how often starts and ends of processes interrupt another CPU is counted") {
    const std::vector<int> cpus = allowed_cpus();
    if (cpus.size() < 2) return;
    Python python(pythons().front(), kRunner);
    const Attempt attempt =
        python.run_program("interpreter.py", {{"cpus", {cpus[0], cpus[1]}}, {"part", "shootdowns"}}, 120 * kSecond);
    if (const Failed* failed = std::get_if<Failed>(&attempt)) FAIL(failed->why << failed->output);
    const auto& values = std::get<Ran>(attempt).result.at("values");
    INFO(values.dump());
    if (!values.contains("fork_shootdowns")) return;  // nobody does on this machine
    const auto median = [&](const char* name) { return quantiles_of(values[name].get<std::vector<double>>()).p50; };
    CHECK(median("fork_shootdowns") >= 5);
    CHECK(median("shootdown_takes") > 0);  // how much is the machine's affair
    CHECK(values.contains("shootdown_waits"));
}

TEST_CASE("the race for the GIL is measured from a log of a Python's calls") {
    const std::vector<int> cpus = allowed_cpus();
    if (cpus.size() < 2) return;
    Python python(pythons().front(), kRunner);
    const Attempt attempt = python.run_program(
        "interpreter.py", {{"cpus", {cpus[0], cpus[1]}}, {"part", "gil_race"}, {"gil_log", GILSIM_GIL_LOG}},
        60 * kSecond);
    if (const Failed* failed = std::get_if<Failed>(&attempt)) FAIL(failed->why << failed->output);
    const auto& values = std::get<Ran>(attempt).result.at("values");
    for (const char* name : {"asker_100us", "asker_5ms", "asker_20ms", "holder_100us", "holder_5ms", "holder_20ms",
                             "evaluator_5ms", "evaluator_20ms"}) {
        INFO(name << values.dump());
        REQUIRE(values.contains(name));
        CHECK(!values[name].empty());  // how many are not disturbed is the machine's affair
        CHECK(quantiles_of(values[name].get<std::vector<double>>()).p50 > 0);
    }
}
