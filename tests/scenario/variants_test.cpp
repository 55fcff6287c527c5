/// Parameters, variants and settings: what is put on top of what.

#include "tests/scenario/support.hpp"

namespace gilsim::scenario {
namespace {

const std::string kCountdown =
    "gilsim: 1\n"
    "title: Does it scale?\n"
    "machine: small\n"
    "interpreter: {base: quick, gil_overhead: 1us}\n"
    "parameters: {work: 1s, workers: 2}\n"
    "programs: {countdown: [{compute: \"${work / workers}\"}]}\n"
    "variants:\n"
    "  sequential: {parameters: {workers: 1}, threads: {main: countdown}}\n"
    "  threads: {threads: {worker: {count: \"${workers}\", run: countdown}}}\n"
    "  processes: {machine: {cores: 4}, processes: {worker: {count: \"${workers}\", run: countdown}}}\n";

Nanoseconds work(const Variant& v) {
    return std::get<Compute>(v.programs.at(0).at(0).what).work.a;
}

}  // namespace

TEST_CASE("variants state what differs") {
    const Scenario s = loaded(kCountdown);
    CHECK(s.title == "Does it scale?");
    REQUIRE(s.variants.size() == 3);
    CHECK(s.variants[0].name == "sequential");
    CHECK(s.variants[0].main_program == 0);
    CHECK(s.variants[0].groups.empty());
    CHECK(work(s.variants[0]) == kSecond);
    CHECK(work(s.variants[1]) == kSecond / 2);
    CHECK(s.variants[1].groups.at(0).count == 2);
    CHECK(s.variants[1].main_program == -1);
    CHECK(s.variants[1].machine.cores == 2);
    CHECK(s.variants[2].groups.at(0).kind == Group::Kind::processes);
    CHECK(s.variants[2].machine.cores == 4);
    CHECK(s.variants[2].machine.name == "small");
    CHECK(s.variants[2].machine.costs.context_switch == 2'000);
    CHECK(s.variants[2].interpreters.at(0).switch_interval == kMillisecond);
    CHECK(s.variants[2].interpreters.at(0).gil_overhead == 1'000);
}

TEST_CASE("a file without variants is one, called main") {
    const Variant v = variant(with_program("{compute: 1ms}"));
    CHECK(v.name == "main");
    CHECK(v.seed == 1);
    CHECK(v.limit == kNever);
    CHECK(v.interpreters.size() == 1);
}

TEST_CASE("a variant that gives threads drops the file's processes, and the other way round") {
    const Scenario s = loaded(
        "gilsim: 1\n"
        "programs: {p: [{compute: 1ms}]}\n"
        "threads: {main: p, a: p}\n"
        "processes: {b: p}\n"
        "variants: {both: {}, threads: {threads: {c: p}}, processes: {processes: {d: p}}}\n");
    CHECK(s.variants[0].groups.size() == 2);
    CHECK(s.variants[0].main_program == 0);
    REQUIRE(s.variants[1].groups.size() == 1);
    CHECK(s.variants[1].groups[0].name == "c");
    CHECK(s.variants[1].main_program == -1);
    REQUIRE(s.variants[2].groups.size() == 1);
    CHECK(s.variants[2].groups[0].name == "d");
}

TEST_CASE("a variant changes a machine, or takes another") {
    const Scenario s = loaded(with_program("{compute: 1ms}",
                                           "machine: {base: small, memory: 1GiB}\n"
                                           "interpreters: {old: quick}\n"
                                           "variants:\n"
                                           "  changed: {machine: {cores: 8, costs: {syscall: 1us}}}\n"
                                           "  other: {machine: large}\n"
                                           "  rebased: {machine: {base: large, cores: 3}}\n"
                                           "  old: {interpreters: {old: {version: '2.7'}}}\n"));
    CHECK(s.variants[0].machine.cores == 8);
    CHECK(s.variants[0].machine.memory == 1LL << 30);
    CHECK(s.variants[0].machine.costs.syscall == 1'000);
    CHECK(s.variants[0].machine.costs.context_switch == 2'000);
    CHECK(s.variants[1].machine.name == "large");
    CHECK(s.variants[1].machine.cores == 16);
    CHECK(s.variants[1].machine.memory == 8LL << 30);
    CHECK(s.variants[2].machine.cores == 3);
    CHECK(s.variants[3].interpreters.at(1).version == "2.7");
    CHECK(s.variants[3].interpreters.at(1).switch_interval == kMillisecond);
    CHECK(s.variants[0].interpreters.at(1).version == "3.10");
}

TEST_CASE("parameters refer to one another, and stand anywhere") {
    const Variant v = variant(
        "gilsim: 1\n"
        "machine: {cores: \"${cores}\", memory: \"${page * 1024}\"}\n"
        "interpreter: {version: \"${version}\"}\n"
        "parameters: {half: \"${whole / 2}\", whole: 3ms, cores: 4, page: 4KiB, which: p, version: 3.10, yes: 1}\n"
        "programs: {p: [{compute: {work: \"${half}\", label: \"half of ${whole} on ${cores}\"}}]}\n"
        "threads: {worker: {run: \"${which}\", count: \"${cores - 1}\", daemon: \"${yes > 2}\", cores: [0, \"${cores - "
        "1}\"]}}\n");
    CHECK(v.machine.cores == 4);
    CHECK(v.machine.memory == 4LL << 20);
    CHECK(v.interpreters[0].version == "3.10");  // as it is written, not 3.1
    const auto& compute = std::get<Compute>(v.programs[0][0].what);
    CHECK(compute.work.a == 1'500'000);
    CHECK(compute.label == "half of 3ms on 4");
    CHECK(v.groups[0].count == 3);
    CHECK_FALSE(v.groups[0].daemon);
    CHECK(v.groups[0].affinity == std::vector<int>{0, 3});
}

TEST_CASE("a setting changes the file, variants still override it") {
    const Scenario s = loaded(kCountdown, {"parameters.workers=8", "machine.costs.syscall=1us", "seed=9",
                                           "variants.processes.machine.cores=6", "variants.threads.seed=3",
                                           "variants.threads.parameters.work=2s", "interpreter.switch_interval=7ms"});
    CHECK(work(s.variants[0]) == kSecond);  // its own workers: 1
    CHECK(work(s.variants[1]) == kSecond / 4);
    CHECK(work(s.variants[2]) == kSecond / 8);
    CHECK(s.variants[2].machine.cores == 6);
    CHECK(s.variants[1].machine.cores == 2);
    for (const Variant& v : s.variants) {
        CHECK(v.machine.costs.syscall == 1'000);
        CHECK(v.machine.costs.context_switch == 2'000);  // of the base
        CHECK(v.interpreters[0].switch_interval == 7 * kMillisecond);
        CHECK(v.seed == (v.name == "threads" ? 3 : 9));
    }
}

TEST_CASE("settings reach elements of lists, names with dots, and take YAML") {
    const std::string text =
        "gilsim: 1\n"
        "interpreters: {py-3.8: quick}\n"
        "programs: {p: [{sleep: 1ms}, {repeat: {times: 2, do: [{compute: 1ms}]}}]}\n"
        "threads: {main: p}\n"
        "processes: {old: {run: p, interpreter: py-3.8}}\n";
    const Variant v = variant(text, {"programs.p[1].repeat.do[0].compute={uniform: [1ms, 2ms]}",
                                     "interpreters.py-3.8.gil=none", "threads={a: {run: p, count: 3}}"});
    CHECK(std::get<Compute>(std::get<Repeat>(v.programs[0][1].what).body[0].what).work.kind == Span::Kind::uniform);
    CHECK(v.interpreters.at(1).gil == GilPolicy::none);
    CHECK(v.interpreters.at(1).switch_interval == kMillisecond);
    CHECK(v.groups.size() == 2);
    CHECK(std::get<Compute>(std::get<Repeat>(v.programs[0][1].what).body[0].what).work.b == 2 * kMillisecond);
}

TEST_CASE("settings that lead nowhere are diagnosed at the command line") {
    CHECK(errors(kCountdown, {"machine.coers=4"}) ==
          "--set:1:9: error: machine.coers: unknown key 'coers' (did you mean 'cores'?)\n"
          "    machine.coers=4\n"
          "            ^\n");
    CHECK(errors(kCountdown, {"parameters.wokers=4"}) ==
          "--set:1:12: error: the file has no 'parameters.wokers' (did you mean 'workers'?)\n"
          "    parameters.wokers=4\n"
          "               ^\n");
    CHECK(errors(kCountdown, {"variants.thraeds.seed=4"}) ==
          "--set:1:10: error: the file has no 'variants.thraeds' (did you mean 'threads'?)\n"
          "    variants.thraeds.seed=4\n"
          "             ^\n");
    CHECK(errors(kCountdown, {"variants.threads.threads.wroker.count=4"}) ==
          "--set:1:26: error: the file has no 'variants.threads.threads.wroker' (did you mean 'worker'?)\n"
          "    variants.threads.threads.wroker.count=4\n"
          "                             ^\n");
    CHECK(errors(kCountdown, {"machine.memory=4"}).find("--set:1:16: error: machine.memory: a size needs a unit") == 0);
    CHECK(errors(kCountdown, {"programs.countdown.compute=1s"})
              .find("--set:1:20: error: 'programs.countdown' is a list") == 0);
    CHECK(errors(kCountdown, {"programs.countdown[7]=1s"})
              .find("--set:1:19: error: 'programs.countdown' has 1 elements") == 0);
    CHECK(errors(kCountdown, {"seed.x=1"}).find("--set:1:1: error: seed: must be a whole number") == 0);
    CHECK(errors(kCountdown, {"title.x=1"}).find("--set:1:7: error: 'title' is 'Does it scale?', not a mapping") == 0);
    CHECK(errors(kCountdown, {"a..b=1"}).find("--set:1:3: error: this is not the path of a field") == 0);
    CHECK(errors(kCountdown, {"machine.cores={"}).find("--set:1:") == 0);
    CHECK(errors(kCountdown, {"machine.cores="}).find("--set:1:") == 0);
    CHECK(errors(kCountdown, {"title='\xC2\x9B'"}).find("--set: error: this is not a text file") == 0);
    CHECK(errors(kCountdown, {"title=\"\\e[31m\""}).find("--set:1:7: error: this text contains a control character") ==
          0);
    CHECK(loaded(kCountdown, {"title=\"a\\tb\\nc\""}).title == "a\tb\nc");
    CHECK(errors(kCountdown, {"title=\x01"}).find("--set: error: this is not a text file") == 0);
}

TEST_CASE("a setting that every variant overrides is an error") {
    const std::string text = with_program("{compute: 1ms}", "variants: {a: {seed: 1}, b: {seed: 2}}\n");
    CHECK(errors(text, {"seed=5"})
              .find("--set:1:1: error: this setting changes nothing: every variant gives its own value") == 0);
    CHECK(errors(text, {"variants.a.seed=5"}).empty());
}

TEST_CASE("a setting may replace the only field that uses a parameter") {
    const std::string text =
        "gilsim: 1\nparameters: {work: 1s, workers: 2}\nprograms: {p: [{compute: '${work / workers}'}]}\n"
        "threads: {main: p}\n";
    CHECK(work(variant(text, {"programs.p[0].compute=5ms"})) == 5 * kMillisecond);
    CHECK(work(variant(text, {"programs={p: [{compute: 5ms}]}"})) == 5 * kMillisecond);
    // But whoever sets a parameter wants to see something of it.
    CHECK(errors(text, {"programs.p[0].compute=5ms", "parameters.work=2s"})
              .find("parameters.work: the parameter 'work' is never used") != std::string::npos);
    const std::string unused =
        "gilsim: 1\nparameters: {work: 1s}\nprograms: {p: [{compute: 1s}]}\nthreads: {main: p}\n";
    CHECK(errors(unused).find("the parameter 'work' is never used") != std::string::npos);
    CHECK(errors(unused, {"programs.p[0].compute=5ms"}).find("the parameter 'work' is never used") !=
          std::string::npos);
}

TEST_CASE("a scenario that is read once takes other settings each time") {
    ReadScenario read(kCountdown, "test.yaml", kDataFolder, {kDataFolder});
    const auto with = [&](const std::vector<std::string>& settings) {
        const LoadResult result = read.with(settings_of(settings));
        INFO(render(result.diagnostics));
        REQUIRE(result.scenario.has_value());
        return *result.scenario;
    };
    const Scenario first = with({"parameters.work=4s", "machine=large"});
    CHECK(work(first.variants[0]) == 4 * kSecond);
    CHECK(first.variants[1].machine.name == "large");
    const Scenario second = with({"parameters.workers=4"});
    CHECK(work(second.variants[0]) == kSecond);
    CHECK(work(second.variants[1]) == kSecond / 4);
    CHECK(second.variants[1].machine.name == "small");
    const std::string wrong = render(read.with(settings_of({"machine.memory=4"})).diagnostics);
    CHECK(wrong.find("--set:1:16: error: machine.memory: a size needs a unit") == 0);
    CHECK(read.with({}).scenario.has_value());
}

TEST_CASE("settings are PATH=VALUE") {
    CHECK(parse_setting("a.b=c=d")->path == "a.b");
    CHECK(parse_setting("a.b=c=d")->value == "c=d");
    CHECK_FALSE(parse_setting("a.b").has_value());
    CHECK_FALSE(parse_setting("=c").has_value());
}

}  // namespace gilsim::scenario
