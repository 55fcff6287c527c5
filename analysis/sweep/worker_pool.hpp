#pragma once
/// Forked processes that work through jobs. A job that brings its process down costs that job alone.

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace gilsim::analysis {

/// What became of a job.
struct JobResult {
    std::size_t job = 0;
    bool ok = false;
    std::string answer;  ///< what the work returned; if not ok: what brought it down
};

class WorkerPool {
public:
    /// Called in a worker, a copy of this process at the time of its fork, with what `submit` was given. What it throws
    /// is the job's failure.
    using Work = std::function<std::string(const std::string& request)>;

    /// Forks `workers` processes (at least 1). This process must be single-threaded. Workers die with it.
    WorkerPool(int workers, Work work);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Whether a worker takes another job; each has one more than it works on, so that it need not wait.
    [[nodiscard]] bool has_room() const;
    /// Hands a job to the worker with the fewest; `job` is its name in the results.
    void submit(std::size_t job, std::string request);
    /// Jobs handed over that have no result yet.
    [[nodiscard]] std::size_t pending() const;
    /// Waits up to `milliseconds` for results; all there are, in no particular order.
    [[nodiscard]] std::vector<JobResult> wait(int milliseconds);

private:
    struct Job {
        std::size_t number = 0;
        std::string request;
    };
    struct Worker {
        pid_t pid = -1;
        int socket = -1;
        std::deque<Job> jobs;  ///< the first is being worked on
        std::string received;
    };
    void start(Worker& worker);
    [[noreturn]] void serve(int socket) const;
    void send(Worker& worker, const Job& job);
    void take_results(Worker& worker, std::vector<JobResult>& results);
    /// The worker is gone: its job failed, its other jobs go to another process.
    void replace(Worker& worker, std::vector<JobResult>& results);

    Work work_;
    std::vector<Worker> workers_;
};

}  // namespace gilsim::analysis
