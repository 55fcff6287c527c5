/// Every operation, in every form it can be written in.

#include "tests/scenario/support.hpp"

namespace gilsim::scenario {

TEST_CASE("compute") {
    const auto short_form = operation<Compute>("{compute: 5ms}");
    CHECK(short_form.work.kind == Span::Kind::constant);
    CHECK(short_form.work.a == 5 * kMillisecond);
    CHECK(short_form.checkpoint_every == 0);
    const auto long_form = operation<Compute>("{compute: {work: 1.5ms, checkpoint_every: 1us, label: parse}}");
    CHECK(long_form.work.a == 1'500'000);
    CHECK(long_form.checkpoint_every == 1'000);
    CHECK(long_form.label == "parse");
}

TEST_CASE("native") {
    CHECK_FALSE(operation<Native>("{native: 5ms}").releases_gil);
    CHECK_FALSE(operation<Native>("{native: {work: 5ms, gil: hold}}").releases_gil);
    CHECK(operation<Native>("{native: {work: 5ms, gil: release}}").releases_gil);
}

TEST_CASE("sleep and io") {
    CHECK(operation<Sleep>("{sleep: 10ms}").time.a == 10 * kMillisecond);
    CHECK(operation<Sleep>("{sleep: {time: 10ms, label: nap}}").label == "nap");
    CHECK(operation<Io>("{io: 3ms}").time.a == 3 * kMillisecond);
    CHECK(operation<Io>("{io: {time: 3ms, label: db}}").label == "db");
}

TEST_CASE("random spans") {
    const Span uniform = operation<Io>("{io: {uniform: [1ms, 3ms]}}").time;
    CHECK(uniform.kind == Span::Kind::uniform);
    CHECK(uniform.a == kMillisecond);
    CHECK(uniform.b == 3 * kMillisecond);
    const Span exponential = operation<Io>("{io: {time: {exponential: 5ms}}}").time;
    CHECK(exponential.kind == Span::Kind::exponential);
    CHECK(exponential.a == 5 * kMillisecond);
    const Span lognormal = operation<Compute>("{compute: {lognormal: {median: 1ms, p99: 9ms}}}").work;
    CHECK(lognormal.kind == Span::Kind::lognormal);
    CHECK(lognormal.a == kMillisecond);
    CHECK(lognormal.b == 9 * kMillisecond);
}

TEST_CASE("locks") {
    const std::string objects = "objects: {chair: lock, table: {kind: lock}}\n";
    CHECK(operation<Lock>("{lock: table}", objects).lock == 1);
    const Variant both = variant(with_program("{lock: chair}, {unlock: {lock: chair}}", objects));
    CHECK(std::get<Unlock>(both.programs.at(0).at(1).what).lock == 0);
    const auto with = operation<With>("{with: {lock: table, do: [{compute: 1ms}, {sleep: 2ms}]}}", objects);
    CHECK(with.lock == 1);
    REQUIRE(with.body.size() == 2);
    CHECK(std::get<Sleep>(with.body[1].what).time.a == 2 * kMillisecond);
}

TEST_CASE("repeat") {
    const auto times = operation<Repeat>("{repeat: {times: 10, do: [{compute: 1ms}]}}");
    CHECK(times.times == 10);
    CHECK(times.duration == -1);
    const auto lasting = operation<Repeat>("{repeat: {for: 2s, do: [{compute: 1ms}]}}");
    CHECK(lasting.times == -1);
    CHECK(lasting.duration == 2 * kSecond);
    const auto for_ever = operation<Repeat>("{repeat: {do: [{compute: 1ms}]}}", "limit: 1s\n");
    CHECK(for_ever.times == -1);
    CHECK(for_ever.duration == -1);
    CHECK(for_ever.body.size() == 1);
}

TEST_CASE("a loop over the objects of a set takes time") {
    CHECK(errors(with_program(
                     "{allocate: {objects: 10, size: 40B, into: cache}}, {repeat: {for: 2s, do: [{walk: cache}]}}"))
              .empty());
}

TEST_CASE("objects may be allocated within any operation that has a body") {
    for (const char* within :
         {"{asyncio: [{allocate: {objects: 10, size: 40B, into: cache}}]}",
          "{critical_section: {object: x, do: [{allocate: {objects: 10, size: 40B, into: cache}}]}}"})
        CHECK(errors(with_program(std::string(within) + ", {walk: cache}")).empty());
}

TEST_CASE("a computed zero is a number, a duration or a size, whichever is wanted") {
    const auto ops =
        variant(with_program("{repeat: {times: '${if(work > 5ms, 4, 0)}', do: [{compute: '${work - 1ms}'}]}}, "
                             "{allocate: {objects: 1, size: 40B, values: ['${8B * floor(work / 1s) + 8B}']}}, "
                             "{io: {time: '${if(work > 5ms, work, 0ms)}'}}",
                             "parameters: {work: 1ms}\n"));
    const auto& repeat = std::get<Repeat>(ops.programs.at(0).at(0).what);
    CHECK(repeat.times == 0);
    CHECK(std::get<Compute>(repeat.body.at(0).what).work.a == 0);
}

TEST_CASE("who waits at a barrier with a time-out counts, and need not be met") {
    const auto meeting = [](const std::string& first, const std::string& second) {
        return errors("gilsim: 1\nobjects: {b: {kind: barrier, parties: 2}}\nprograms: {p: [{wait: " + first +
                      "}], q: [{sleep: 2ms}, {wait: " + second + "}]}\nthreads: {a: p, c: q}\n");
    };
    CHECK(meeting("{for: b, timeout: 50ms}", "b").empty());
    const auto alone = [](const std::string& wait) {
        return errors(with_program("{wait: " + wait + "}", "objects: {b: {kind: barrier, parties: 2}}\n"));
    };
    CHECK(alone("{for: b, timeout: 50ms}").empty());
    CHECK(alone("b").find("the barrier can never fill: it needs 2 parties, and in the main process at most 1 thread") !=
          std::string::npos);
}

TEST_CASE("what goes on for ever may, where the run ends without it") {
    const std::string loop = "gilsim: 1\nprograms: {d: [{repeat: {do: [{sleep: 1ms}]}}], ";
    CHECK(errors(loop + "m: [{compute: 1ms}]}\nthreads: {main: m, d: {run: d, daemon: true}}\n").empty());
    CHECK(errors(loop + "m: [{join: d}]}\nlimit: 1s\nthreads: {main: m, d: {run: d, daemon: true}}\n").empty());
    // Another process has no such thread to wait for.
    CHECK(errors(loop + "m: [{join: d}]}\nthreads: {d: {run: d, daemon: true}}\nprocesses: {c: m}\n").empty());
    const std::string again = "gilsim: 1\nobjects: {q: queue}\nprograms: {m: [{start: a}], a: [";
    CHECK(errors(again + "{start: a}]}\nlimit: 1s\nthreads: {main: m, a: {run: a, start: manual}}\n").empty());
    CHECK(errors(again + "{start: a}]}\nthreads: {main: m, a: {run: a, start: manual, daemon: true}}\n").empty());
    CHECK(errors(again + "{get: {queue: q, timeout: 1ms, else: [{start: a}]}}]}\n"
                         "threads: {main: m, a: {run: a, start: manual}}\n")
              .empty());
}

TEST_CASE("requests are declared by their first use") {
    const Variant v =
        variant(with_program("{request: {name: page, do: [{compute: 1ms}]}}, {request_begin: image}, {request_end: "
                             "image}, {request_begin: page}, {request_end: page}"));
    CHECK(v.requests == std::vector<std::string>{"page", "image"});
    CHECK(std::get<Request>(v.programs[0][0].what).request == 0);
    CHECK(std::get<RequestBegin>(v.programs[0][1].what).request == 1);
    CHECK(std::get<RequestEnd>(v.programs[0][4].what).request == 0);
}

TEST_CASE("allocate, walk, free and gc") {
    const Variant v = variant(with_program(
        "{allocate: {objects: 100, size: 40B, buffers: [8B, 1KiB], values: [28B], into: cache, cyclic: true, by: native}}, "
        "{walk: cache}, {free: {set: cache, objects: 10}}, {gc: freeze}, {allocate: {objects: 5, size: 16B}}"));
    CHECK(v.object_sets == std::vector<std::string>{"cache"});
    const auto& made = std::get<Allocate>(v.programs[0][0].what);
    CHECK(made.objects == 100);
    CHECK(made.buffers == std::vector<Bytes>{8, 1024});
    CHECK(made.values == std::vector<Bytes>{28});
    CHECK(made.into == 0);
    CHECK(made.cyclic);
    CHECK(made.native);
    CHECK(made.tracked);
    CHECK(std::get<WalkSet>(v.programs[0][1].what).set == 0);
    CHECK(std::get<Free>(v.programs[0][2].what).objects == 10);
    CHECK(std::get<Gc>(v.programs[0][3].what).action == Gc::Action::freeze);
    CHECK(std::get<Allocate>(v.programs[0][4].what).into == -1);
}

TEST_CASE("start, join and run") {
    const Variant v = variant(
        "gilsim: 1\n"
        "programs:\n"
        "  p: [{compute: 1ms}]\n"
        "  m: [{start: [a, b]}, {start: c}, {join: a}, {join: {group: b}}, {run: p}]\n"
        "threads: {main: m, a: {run: p, start: manual}, b: {run: p, start: manual, count: 2}}\n"
        "processes: {c: {run: p, start: manual}}\n");
    REQUIRE(v.programs[1].size() == 6);  // one `start` for each of a, b
    CHECK(std::get<Start>(v.programs[1][0].what).group == 0);
    CHECK(std::get<Start>(v.programs[1][1].what).group == 1);
    CHECK(std::get<Start>(v.programs[1][2].what).group == 2);
    CHECK(std::get<Join>(v.programs[1][3].what).group == 0);
    CHECK(std::get<Join>(v.programs[1][4].what).group == 1);
    CHECK(std::get<Run>(v.programs[1][5].what).program == 0);
    CHECK(v.programs[1][0].line == 4);
    CHECK(v.programs[1][0].column == 8);
    CHECK(v.main_program == 1);
}

TEST_CASE("groups") {
    const Variant v = variant(
        "gilsim: 1\n"
        "machine: {cores: 4}\n"
        "interpreter: {start_method: spawn}\n"
        "interpreters: {old: {version: '3.8', start_method: forkserver}}\n"
        "programs: {p: [{compute: 1ms}], loop: [{repeat: {do: [{sleep: 1ms}]}}]}\n"
        "processes:\n"
        "  pool: {count: 3, run: p, nice: -5, threads: {helper: {count: 2, run: p}, ticker: {run: loop, daemon: "
        "true}}}\n"
        "  aged: {run: p, interpreter: old}\n"
        "  forked: {run: p, interpreter: old, start_method: fork}\n"
        "  headless: {threads: {only: p}}\n"
        "threads: {watch: {run: loop, daemon: true, cores: [1, 3]}}\n");
    CHECK(v.main_program == -1);
    REQUIRE(v.groups.size() == 5);  // in the order of the file
    CHECK(v.groups[0].name == "pool");
    CHECK(v.groups[0].kind == Group::Kind::processes);
    CHECK(v.groups[0].count == 3);
    CHECK(v.groups[0].nice == -5);
    CHECK(v.groups[0].start_method == StartMethod::spawn);
    REQUIRE(v.groups[0].threads.size() == 2);
    CHECK(v.groups[0].threads[0].name == "helper");
    CHECK(v.groups[0].threads[0].count == 2);
    CHECK(v.groups[0].threads[1].daemon);
    CHECK(v.groups[1].interpreter == 1);
    CHECK(v.groups[1].start_method == StartMethod::forkserver);
    CHECK(v.groups[2].start_method == StartMethod::fork);
    CHECK(v.groups[3].program == -1);
    CHECK(v.groups[4].kind == Group::Kind::threads);
    CHECK(v.groups[4].affinity == std::vector<int>{1, 3});
    CHECK(v.groups[4].line == 11);
}

}  // namespace gilsim::scenario
