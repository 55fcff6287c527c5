#include "model/engine/isolate.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "model/engine/engine.hpp"

namespace gilsim::engine {

namespace {

void write_all(int fd, const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        done += static_cast<std::size_t>(n);
    }
}

ChildResult failed(std::string error) { return {.ok = false, .payload = {}, .error = std::move(error)}; }

std::string read_all(int fd) {
    std::string text;
    char buffer[65536];
    for (;;) {
        const ssize_t n = ::read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return text;
        text.append(buffer, static_cast<std::size_t>(n));
    }
}

}  // namespace

ChildResult in_child(const std::function<std::string()>& work) {
    Engine::prepare();
    int ends[2];
    if (::pipe(ends) != 0) return failed(fmt::format("cannot create a pipe: {}", std::strerror(errno)));
    std::fflush(nullptr);  // what is buffered now would be written by the child, too
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) return failed(fmt::format("cannot fork: {}", std::strerror(errno)));
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would read the result
        if (::getppid() != parent) ::_exit(0);
        ::close(ends[0]);
        // First byte: '+' a result, '-' an exception's text.
        std::string answer;
        try {
            answer = "+" + work();
        } catch (const std::exception& e) {
            answer = std::string("-") + e.what();
        } catch (...) {
            answer = "-unknown exception";
        }
        write_all(ends[1], answer);
        ::_exit(0);  // nothing of the parent's may be flushed twice
    }
    ::close(ends[1]);
    std::string answer = read_all(ends[0]);
    ::close(ends[0]);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) {
        const int signal = WTERMSIG(status);
        return failed(fmt::format("killed by signal {} ({})", signal, strsignal(signal)));
    }
    if (answer.empty()) return failed(fmt::format("ended without a result, exit status {}", WEXITSTATUS(status)));
    const bool ok = answer.front() == '+';
    answer.erase(0, 1);
    if (ok) return {.ok = true, .payload = std::move(answer), .error = {}};
    return failed(std::move(answer));
}

}  // namespace gilsim::engine
