// What a simulation may use: memory, time, threads.

#include <filesystem>

#include "tests/catch.hpp"
#include "tests/program/program.hpp"

using namespace gilsim::testing;

namespace {

// With AddressSanitizer, whose own reservations exceed any limit of memory and which gives each simulated thread a
// thread of the system.
bool skipped_for_lack_of_limits() {
    if (gilsim::testing::kAddressSanitizer) WARN("skipped: limits mean nothing to AddressSanitizer");
    return gilsim::testing::kAddressSanitizer;
}

}  // namespace

TEST_CASE("more threads than this machine carries: status 4, before SimGrid aborts") {
    if (skipped_for_lack_of_limits()) return;
    const Folder folder;
    const std::string file = folder.write("many.yaml", R"(gilsim: 1
title: How many threads can sleep?
machine: {cores: 2}
interpreter: {version: "3.11"}
programs:
  nap: [{sleep: 1h}]
  many: [{repeat: {times: 1000000, do: [{start: nap}]}}]
threads:
  main: many
  nap: {run: nap, start: manual}
)");
    const Result r = invoke("run " + file + " --trace full -o " + (folder / "out"));
    INFO(r.err);
    CHECK(r.status == 4);
    CHECK(has(r.err, "too many for this machine"));
    CHECK(has(r.err, "vm.max_map_count"));
    CHECK_FALSE(std::filesystem::exists(folder / "out/main.pftrace"));
    const Result declared = invoke("run " + file + " --set threads.nap.count=10000000");
    INFO(declared.err);
    CHECK(declared.status == 4);
    CHECK(has(declared.err, "many.yaml:10:3: error: threads.nap: "));
}

TEST_CASE("resource limits end a simulation with status 4") {
    if (skipped_for_lack_of_limits()) return;
    const Folder folder;
    const std::string file = folder.write("short.yaml", kShort);
    const Result memory = invoke("run " + file + " --max-memory 1MiB");
    INFO(memory.err);
    CHECK(memory.status == 4);
    CHECK(has(memory.err, "--max-memory"));
    const std::string endless = folder.write("long.yaml", kEndless);
    const Result time = invoke("run --max-time 1s " + endless);
    INFO(time.err);
    CHECK(time.status == 4);
    CHECK(has(time.err, "--max-time"));
}

TEST_CASE("a limit of memory is of what is used, not of what stacks reserve") {
    if (skipped_for_lack_of_limits()) return;
    const Folder folder;
    const std::string file = folder.write("naps.yaml", R"(gilsim: 1
title: How much do 3000 threads need?
machine: {cores: 2}
interpreter: {version: "3.11"}
programs: {nap: [{sleep: 1s}]}
threads: {nap: {run: nap, count: 3000}}
)");
    const Result enough = invoke("run " + file + " --max-memory 256MiB");
    INFO(enough.err);
    CHECK(enough.status == 0);
    for (const std::string limit : {"16", "64", "80", "100"}) {
        const Result r = invoke("run " + file + " --max-memory " + limit + "MiB");
        CHECK(r.status == 4);
        CHECK(r.err == "gilsim: error: variant main: the simulation needs more than " + limit +
                           " MiB of memory; allow more with --max-memory\n");
    }
}

TEST_CASE("the deepest program that a scenario can have fits on its stack") {
    const Folder folder;
    std::string text = R"(gilsim: 1
title: How deep is too deep?
machine: {cores: 2}
interpreter: {version: "3.11"}
programs:
)";
    for (int i = 0; i < 99; ++i) {
        std::string operation = "{run: p" + std::to_string(i + 1) + "}";
        for (int depth = 0; depth < 18; ++depth) operation = "{repeat: {for: 1us, do: [" + operation + "]}}";
        text += "  p" + std::to_string(i) + ": [" + operation + "]\n";
    }
    const Result r =
        invoke("run " + folder.write("deep.yaml", text + "  p99: [{compute: 1us}]\nthreads: {main: p0}\n"));
    INFO(r.err);
    CHECK(r.status == 0);
}
