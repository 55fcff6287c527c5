#include "analysis/sweep/worker_pool.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

namespace gilsim::analysis {
namespace {

constexpr std::size_t kJobsPerWorker = 2;

/// What precedes a request or an answer on its way.
struct Header {
    std::uint64_t job = 0;
    std::uint64_t size = 0;
    char ok = 0;
};

bool send_all(int socket, const void* bytes, std::size_t size) {
    const char* at = static_cast<const char*>(bytes);
    while (size > 0) {
        const ssize_t n = ::send(socket, at, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

bool receive_all(int socket, void* bytes, std::size_t size) {
    char* at = static_cast<char*>(bytes);
    while (size > 0) {
        const ssize_t n = ::recv(socket, at, size, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

}  // namespace

WorkerPool::WorkerPool(int workers, Work work) : work_(std::move(work)), workers_(std::max(workers, 1)) {
    for (Worker& worker : workers_) start(worker);
}

WorkerPool::~WorkerPool() {
    for (Worker& worker : workers_) {
        if (worker.pid > 0) ::kill(worker.pid, SIGKILL);
    }
    for (Worker& worker : workers_) {
        if (worker.socket >= 0) ::close(worker.socket);
        while (worker.pid > 0 && ::waitpid(worker.pid, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
}

void WorkerPool::start(Worker& worker) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0)
        throw std::runtime_error(fmt::format("cannot create a socket: {}", std::strerror(errno)));
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error(fmt::format("cannot fork: {}", std::strerror(errno)));
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);
        ::close(ends[0]);
        for (const Worker& other : workers_) {
            if (other.socket >= 0) ::close(other.socket);
        }
        serve(ends[1]);
    }
    ::close(ends[1]);
    worker.pid = pid;
    worker.socket = ends[0];
    worker.received.clear();
}

void WorkerPool::serve(int socket) const {
    Header header;
    while (receive_all(socket, &header, sizeof header)) {
        std::string request(header.size, '\0');
        if (!receive_all(socket, request.data(), request.size())) break;
        std::string answer;
        header.ok = 0;
        try {
            answer = work_(request);
            header.ok = 1;
        } catch (const std::exception& e) {
            answer = e.what();
        } catch (...) {
            answer = "unknown exception";
        }
        header.size = answer.size();
        if (!send_all(socket, &header, sizeof header) || !send_all(socket, answer.data(), answer.size())) break;
    }
    ::_exit(0);  // nothing of the parent's may be flushed twice
}

bool WorkerPool::has_room() const {
    return std::any_of(workers_.begin(), workers_.end(),
                       [](const Worker& w) { return w.jobs.size() < kJobsPerWorker; });
}

std::size_t WorkerPool::pending() const {
    std::size_t count = 0;
    for (const Worker& worker : workers_) count += worker.jobs.size();
    return count;
}

void WorkerPool::submit(std::size_t job, std::string request) {
    const auto least = std::min_element(workers_.begin(), workers_.end(),
                                        [](const Worker& a, const Worker& b) { return a.jobs.size() < b.jobs.size(); });
    least->jobs.push_back({job, std::move(request)});
    send(*least, least->jobs.back());
}

void WorkerPool::send(Worker& worker, const Job& job) {
    const Header header{job.number, job.request.size(), 0};  // a worker that is gone is noticed by `wait`
    if (send_all(worker.socket, &header, sizeof header))
        static_cast<void>(send_all(worker.socket, job.request.data(), job.request.size()));
}

std::vector<JobResult> WorkerPool::wait(int milliseconds) {
    std::vector<pollfd> polled;
    for (const Worker& worker : workers_) polled.push_back({worker.socket, POLLIN, 0});
    std::vector<JobResult> results;
    if (::poll(polled.data(), polled.size(), milliseconds) <= 0) return results;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        if (polled[i].revents == 0) continue;
        std::array<char, 65536> buffer;
        const ssize_t n = ::recv(workers_[i].socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (n > 0) {
            workers_[i].received.append(buffer.data(), static_cast<std::size_t>(n));
            take_results(workers_[i], results);
        } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
            replace(workers_[i], results);
        }
    }
    return results;
}

void WorkerPool::take_results(Worker& worker, std::vector<JobResult>& results) {
    std::size_t at = 0;
    Header header;
    while (worker.received.size() - at >= sizeof header) {
        std::memcpy(&header, worker.received.data() + at, sizeof header);
        if (worker.received.size() - at - sizeof header < header.size) break;
        results.push_back({header.job, header.ok != 0, worker.received.substr(at + sizeof header, header.size)});
        worker.jobs.pop_front();
        at += sizeof header + header.size;
    }
    worker.received.erase(0, at);
}

void WorkerPool::replace(Worker& worker, std::vector<JobResult>& results) {
    int status = 0;
    ::kill(worker.pid, SIGKILL);  // it has closed its end, so it is of no more use
    while (::waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {
    }
    ::close(worker.socket);
    worker.socket = -1;
    if (!worker.jobs.empty()) {
        const std::string reason =
            WIFSIGNALED(status)
                ? fmt::format("its process was killed by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)))
                : fmt::format("its process ended with status {}", WEXITSTATUS(status));
        results.push_back({worker.jobs.front().number, false, reason});
        worker.jobs.pop_front();
    }
    start(worker);
    for (const Job& job : worker.jobs) send(worker, job);
}

}  // namespace gilsim::analysis
