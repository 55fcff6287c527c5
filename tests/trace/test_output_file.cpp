/// Files that cannot be written, and what is left of them.

#include <csignal>

#include <sys/resource.h>

#include "model/trace/chrome_json.hpp"
#include "model/trace/output_file.hpp"
#include "model/trace/perfetto.hpp"
#include "model/trace/text_log.hpp"
#include "model/trace/trace_level.hpp"
#include "tests/catch.hpp"
#include "tests/trace/small_run.hpp"

namespace gilsim::test {

namespace {

template <class Action>
std::string error_of(Action&& action) {
    try {
        action();
    } catch (const trace::OutputError& error) {
        return error.what();
    }
    return "no error";
}

std::size_t files_in(const Folder& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

}  // namespace

TEST_CASE("a missing folder is told at once, with the remedy", "[file]") {
    const Folder folder;
    const auto name = folder / "missing/t.pftrace";
    const auto expected = "cannot write " + name.string() + ": No such file or directory; create the folder first";
    const auto run = small_run();
    CHECK(error_of([&] { trace::PerfettoSink(run.directory, name, "1"); }) == expected);
    CHECK(error_of([&] { trace::PerfettoSummarySink(run.directory, name, "1"); }) == expected);
    CHECK(error_of([&] { trace::ChromeJsonSink(run.directory, name, "1"); }) == expected);
    CHECK(error_of([&] { trace::TextLog(run.directory, name); }) == expected);
    CHECK(error_of([&] { trace::OutputFile{folder.path()}; }) ==
          "cannot write " + folder.path().string() + ": Is a directory; name a file, not a folder");
}

TEST_CASE("a full disk is told at the end", "[file]") {
    const std::string expected =
        "cannot write /dev/full: No space left on device; free some space, write elsewhere, or use --trace summary";
    const auto run = small_run();
    trace::PerfettoSink sink(run.directory, "/dev/full", "1");
    CHECK(error_of([&] { run.play(sink); }) == expected);
    CHECK(sink.failed());
    const auto directory = handoff_directory();
    CHECK(error_of([&] {
              trace::PerfettoSink long_run(directory, "/dev/full", "1");
              play_handoffs(long_run, 10'000);
          }) == expected);
    CHECK(error_of([&] {
              trace::ChromeJsonSink json(run.directory, "/dev/full", "1");
              run.play(json);
          }) == expected);
    CHECK_FALSE(std::filesystem::exists("/dev/full.tmp"));
}

TEST_CASE("nothing half-written is left", "[file]") {
    const Folder folder;
    const auto run = small_run();
    {
        trace::PerfettoSink unfinished(run.directory, folder / "t.pftrace.gz", "1");
        for (const auto& event : run.events) unfinished.event(event);
    }
    CHECK(files_in(folder) == 0);

    // a limit on the size of files stands for a disk that fills up
    {
        trace::OutputFile old(folder / "t.pftrace");
        old.write("the trace of yesterday");
        old.close();
    }
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = before;
    small.rlim_cur = 100'000;
    setrlimit(RLIMIT_FSIZE, &small);
    const auto error = error_of([&] {
        const auto directory = handoff_directory();
        trace::PerfettoSink sink(directory, folder / "t.pftrace", "1");
        play_handoffs(sink, 10'000);
    });
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(error == "cannot write " + (folder / "t.pftrace").string() +
                       ": File too large; free some space, write elsewhere, or use --trace summary");
    CHECK(read_file(folder / "t.pftrace") == "the trace of yesterday");
    CHECK(files_in(folder) == 1);
}

TEST_CASE("large pieces pass through the buffer unchanged", "[file]") {
    const Folder folder;
    std::string piece(1'000'003, 'x');
    for (std::size_t i = 0; i < piece.size(); ++i) piece[i] = static_cast<char>(i * 31 % 251);
    for (const char* name : {"plain", "packed.gz"}) {
        trace::OutputFile file(folder / name);
        for (int i = 0; i < 3; ++i) file.write(piece);
        file.close();
        CHECK(read_file(folder / name) == piece + piece + piece);
    }
}

TEST_CASE("trace levels have names", "[file]") {
    for (const auto& row : trace::kTraceLevels) {
        CHECK(trace::trace_level(row.name) == row.level);
        CHECK(trace::name(row.level) == row.name);
    }
    CHECK_FALSE(trace::trace_level("all").has_value());
}

}  // namespace gilsim::test
