#include "analysis/measure/child.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sched.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "analysis/text.hpp"

namespace gilsim::analysis {
namespace {

// What asks us to stop.
constexpr std::array kStops{SIGINT, SIGTERM, SIGHUP};

sigset_t stops() {
    sigset_t set{};
    for (const int number : kStops) sigaddset(&set, number);
    return set;
}

bool is_stop(int signal) {
    return std::find(kStops.begin(), kStops.end(), signal) != kStops.end();
}

// Signals that this process waits for instead of being interrupted by them.
class Awaited {
public:
    Awaited() : set_(stops()) {
        sigaddset(&set_, SIGCHLD);
        sigprocmask(SIG_BLOCK, &set_, &before_);
    }
    ~Awaited() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
    Awaited(const Awaited&) = delete;
    Awaited& operator=(const Awaited&) = delete;

    /// None of them waits, for the child.
    void release() const { sigprocmask(SIG_UNBLOCK, &set_, nullptr); }
    /// The next of them; -1 after `time`.
    [[nodiscard]] int next(Nanoseconds time) const {
        const timespec wait{time / kSecond, time % kSecond};
        return sigtimedwait(&set_, nullptr, &wait);
    }

private:
    sigset_t set_{}, before_{};
};

Nanoseconds clock_now() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * kSecond + t.tv_nsec;
}

Nanoseconds cpu_time(const rusage& used) {
    const auto nanoseconds = [](const timeval& t) { return t.tv_sec * kSecond + t.tv_usec * 1000; };
    return nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime);
}

[[noreturn]] void become(const std::vector<std::string>& words, const std::vector<int>& cpus, int log, int failure) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(nothing, 0);
    dup2(log, 1);
    dup2(log, 2);
    int error = 0;
    if (!cpus.empty()) {
        cpu_set_t set;
        CPU_ZERO(&set);
        for (const int cpu : cpus) CPU_SET(cpu, &set);
        if (sched_setaffinity(0, sizeof set, &set) != 0) error = errno;
    }
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    if (error == 0) {
        execvp(arguments[0], arguments.data());
        error = errno;
    }
    [[maybe_unused]] const auto told = write(failure, &error, sizeof error);
    _exit(127);
}

// The error for which the child could not become the program; 0: it did.
int start_error(int pipe) {
    int error = 0;
    ssize_t got = 0;
    do got = read(pipe, &error, sizeof error);
    while (got < 0 && errno == EINTR);
    close(pipe);
    return got == sizeof error ? error : 0;
}

}  // namespace

HeldStops::HeldStops() {
    const sigset_t set = stops();
    sigprocmask(SIG_BLOCK, &set, &before_);
}

HeldStops::~HeldStops() {
    sigprocmask(SIG_SETMASK, &before_, nullptr);
}

bool HeldStops::came() {
    const sigset_t set = stops();
    const timespec none{0, 0};
    return sigtimedwait(&set, nullptr, &none) > 0;
}

ChildEnd run_child(const std::vector<std::string>& words, const std::vector<int>& cpus, Nanoseconds limit,
                   const std::filesystem::path& log) {
    const auto failed = [&](int error) {
        return std::system_error(error, std::generic_category(), "cannot run '" + words.front() + "'");
    };
    const Awaited signals;
    prctl(PR_SET_CHILD_SUBREAPER, 1);  // its orphans become our children
    const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int pipes[2];
    if (output < 0 || pipe2(pipes, O_CLOEXEC) != 0) throw failed(errno);
    const pid_t pid = fork();
    if (pid < 0) throw failed(errno);
    if (pid == 0) {
        signals.release();
        become(words, cpus, output, pipes[1]);
    }
    setpgid(pid, pid);
    close(output);
    close(pipes[1]);
    const int error = start_error(pipes[0]);

    ChildEnd end;
    bool interrupted = false;
    int status = 0;
    rusage used{};
    Nanoseconds used_time = 0;
    for (const Nanoseconds until = clock_now() + limit;;) {
        if (wait4(pid, &status, WNOHANG, &used) == pid) break;
        const Nanoseconds left = until - clock_now();
        const int signal = left > 0 ? signals.next(left) : 0;
        interrupted = is_stop(signal);
        if (left > 0 && !interrupted) continue;
        end.how = ChildEnd::How::out_of_time;
        kill(-pid, SIGKILL);
        wait4(pid, &status, 0, &used);
        break;
    }
    kill(-pid, SIGKILL);  // children that outlived it; they are ours now
    for (rusage more{}; wait4(-pid, nullptr, 0, &more) > 0 || errno == EINTR;) used_time += cpu_time(more);
    if (error != 0) throw failed(error);
    if (interrupted) throw Interrupted();
    end.cpu_time = used_time + cpu_time(used);
    if (end.how != ChildEnd::How::out_of_time) {
        end.how = WIFSIGNALED(status) ? ChildEnd::How::killed : ChildEnd::How::exited;
        end.status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    }
    return end;
}

std::string end_text(const ChildEnd& end, Nanoseconds limit) {
    switch (end.how) {
        case ChildEnd::How::out_of_time:
            return fmt::format("it did not end within {} and was stopped", duration_text(limit));
        case ChildEnd::How::killed:
            return fmt::format("it was killed by signal {} ({})", end.status, strsignal(end.status));
        case ChildEnd::How::exited:
            break;
    }
    return fmt::format("it ended with status {}", end.status);
}

}  // namespace gilsim::analysis
