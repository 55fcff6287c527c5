#include "analysis/measure/child.hpp"

#include <csignal>
#include <fstream>
#include <sched.h>
#include <system_error>
#include <unistd.h>

#include <sys/wait.h>

#include "analysis/measure/host.hpp"
#include "tests/measure/support.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using gilsim::analysis::testing::Folder;
using How = ChildEnd::How;

namespace {

std::string content(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

ChildEnd shell(const std::string& script, Nanoseconds limit, const std::filesystem::path& log,
               const std::vector<int>& cpus = {}) {
    return run_child({"/bin/sh", "-c", script}, cpus, limit, log);
}

}  // namespace

TEST_CASE("a child's end is told as it was, and its output is kept") {
    const Folder folder;
    ChildEnd end = shell("echo out; echo err >&2; exit 3", kSecond * 60, folder / "log");
    CHECK(end.how == How::exited);
    CHECK(end.status == 3);
    CHECK(content(folder / "log") == "out\nerr\n");
    end = shell("kill -SEGV $$", kSecond * 60, folder / "log");
    CHECK(end.how == How::killed);
    CHECK(end.status == SIGSEGV);
}

TEST_CASE("a child that does not end is stopped, and so are its own children") {
    const Folder folder;
    const ChildEnd end = shell("sleep 1000 & echo $!; sleep 1000", kSecond / 5, folder / "log");
    CHECK(end.how == How::out_of_time);
    CHECK(kill(std::stoi(content(folder / "log")), 0) == -1);
}

TEST_CASE("what a child leaves running is stopped when it ends") {
    const Folder folder;
    const ChildEnd end = shell("sleep 1000 & echo $!", kSecond * 60, folder / "log");
    CHECK(end.how == How::exited);
    CHECK(kill(std::stoi(content(folder / "log")), 0) == -1);
}

TEST_CASE("a child runs on the CPUs it is given") {
    const Folder folder;
    const int cpu = allowed_cpus().back();
    REQUIRE(shell("grep Cpus_allowed_list /proc/self/status", kSecond * 60, folder / "log", {cpu}).status == 0);
    CHECK(content(folder / "log") == "Cpus_allowed_list:\t" + std::to_string(cpu) + "\n");
}

TEST_CASE("a program that is not there cannot be run") {
    const Folder folder;
    CHECK_THROWS_AS(run_child({"/no/such/program"}, {}, kSecond, folder / "log"), std::system_error);
}

TEST_CASE("Ctrl-C ends the child and is told") {
    const Folder folder;
    const pid_t pid = fork();
    if (pid == 0) {
        try {
            (void)shell("kill -INT $PPID; sleep 1000", kSecond * 60, folder / "log");
        } catch (const Interrupted&) {
            _exit(42);
        }
        _exit(1);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    CHECK(WEXITSTATUS(status) == 42);
}

TEST_CASE("what asks to stop between two children ends the next one, or is told at the end") {
    const Folder folder;
    const HeldStops held;
    CHECK_FALSE(HeldStops::came());
    kill(getpid(), SIGTERM);
    CHECK_THROWS_AS(shell("sleep 1000", kSecond * 60, folder / "log"), Interrupted);
    CHECK_FALSE(HeldStops::came());
    kill(getpid(), SIGHUP);
    CHECK(HeldStops::came());
    CHECK(shell("kill -TERM $$; sleep 1000", kSecond * 60, folder / "log").how ==
          ChildEnd::How::killed);  // not held in it
}

TEST_CASE("the machine is described") {
    const Host found = host();
    CHECK(found.cores >= 1);
    CHECK(found.memory > 0);
    CHECK(found.kernel.starts_with("Linux "));
    CHECK(machine_text(found).find("GiB") != std::string::npos);
    CHECK(cpu_times(allowed_cpus()).busy > 0);
    CHECK(cpu_times({}).busy == 0);
}
