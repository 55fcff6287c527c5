// Workers: every job gets its result, also those that bring their process down.

#include "analysis/sweep/worker_pool.hpp"

#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>
#include <unistd.h>

#include "tests/catch.hpp"

using gilsim::analysis::JobResult;
using gilsim::analysis::WorkerPool;

namespace {

// Runs jobs 0 to count - 1; their results.
std::map<std::size_t, JobResult> all(int workers, std::size_t count,
                                     const std::function<std::string(std::size_t)>& work) {
    std::map<std::size_t, JobResult> results;
    WorkerPool pool(workers, [&](const std::string& request) { return work(std::stoul(request)); });
    std::size_t next = 0;
    while (next < count || pool.pending() > 0) {
        while (next < count && pool.has_room()) {
            pool.submit(next, std::to_string(next));
            ++next;
        }
        for (const JobResult& result : pool.wait(1000)) {
            CHECK(results.emplace(result.job, result).second);
        }
    }
    return results;
}

}  // namespace

TEST_CASE("every job is done once, whatever the number of workers") {
    for (const int workers : {1, 2, 7}) {
        const auto results = all(workers, 50, [](std::size_t job) { return std::string(job * 1000, 'x'); });
        REQUIRE(results.size() == 50);
        for (const auto& [job, result] : results) {
            CHECK(result.ok);
            CHECK(result.answer.size() == job * 1000);
        }
    }
}

TEST_CASE("a job that brings its process down fails alone") {
    const auto results = all(2, 20, [](std::size_t job) -> std::string {
        if (job == 3) std::raise(SIGKILL);
        if (job == 4) _exit(7);
        if (job == 5) throw std::runtime_error("no");
        if (job == 19) std::raise(SIGKILL);
        return "done";
    });
    REQUIRE(results.size() == 20);
    CHECK(results.at(3).answer == "its process was killed by signal 9 (Killed)");
    CHECK(results.at(4).answer == "its process ended with status 7");
    CHECK(results.at(5).answer == "no");
    CHECK(results.at(19).answer == "its process was killed by signal 9 (Killed)");
    for (const auto& [job, result] : results) CHECK(result.ok == (job != 3 && job != 4 && job != 5 && job != 19));
}

TEST_CASE("jobs are copies of the process at the fork, results large or small come whole") {
    std::string shared(3'000'000, 'a');
    const auto results = all(3, 6, [&](std::size_t job) {
        shared[0] = static_cast<char>('a' + job);
        return job % 2 == 0 ? shared : std::string();
    });
    CHECK(shared[0] == 'a');
    CHECK(results.at(4).answer.size() == shared.size());
    CHECK(results.at(4).answer[0] == 'e');
    CHECK(results.at(5).answer.empty());
}
