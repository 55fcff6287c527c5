#pragma once
/// What a multiprocessing.Pool owes: the results of apply_async, map, imap and imap_unordered
/// (Lib/multiprocessing/pool.py, ApplyResult, MapResult, IMapIterator).

#include <string>
#include <vector>

#include "model/threading/condition.hpp"
#include "model/workload/call_pool.hpp"

namespace gilsim::multiprocessing {

class Pool;

class Job : public workload::Pending {
public:
    Job(Pool& pool, std::string pool_name, const scenario::InterpreterSpec& interpreter);
    /// The result handler, or the task handler where pickling failed, has the result of a task. `failure`: empty: none.
    virtual engine::Co<> set(workload::SimThread& by, std::int64_t index, std::int64_t calls,
                             const std::string& failure) = 0;
    /// The task handler has sent the last task.
    virtual engine::Co<> all_sent(workload::SimThread& by);
    [[nodiscard]] std::string told() const override;

protected:
    [[noreturn]] static void raise(const std::string& failure);
    Pool& pool_;
    threading::Lock lock_;
    threading::Condition condition_;

private:
    std::string pool_name_;
};

/// ApplyResult and MapResult: an event that is set when `tasks` results are there.
class WholeJob final : public Job {
public:
    WholeJob(Pool& pool, std::string pool_name, const scenario::InterpreterSpec& interpreter, std::int64_t tasks)
        : Job(pool, std::move(pool_name), interpreter), left_(tasks) {}
    engine::Co<> result(workload::SimThread& thread) override;
    engine::Co<> set(workload::SimThread& by, std::int64_t index, std::int64_t calls,
                     const std::string& failure) override;

private:
    std::int64_t left_;
    bool done_ = false;
    std::string failure_;
};

/// IMapIterator and IMapUnorderedIterator: results one by one.
class IteratedJob final : public Job {
public:
    IteratedJob(Pool& pool, std::string pool_name, const scenario::InterpreterSpec& interpreter, std::int64_t tasks,
                bool ordered)
        : Job(pool, std::move(pool_name), interpreter), here_(static_cast<std::size_t>(tasks)), ordered_(ordered) {}
    engine::Co<> result(workload::SimThread& thread) override;
    engine::Co<> set(workload::SimThread& by, std::int64_t index, std::int64_t calls,
                     const std::string& failure) override;

private:
    struct Here {
        bool is = false;
        std::int64_t calls = 0;
        std::string failure;
    };
    [[nodiscard]] bool next_is_here() const;
    std::vector<Here> here_;  ///< in the order in which they are handed out
    std::size_t arrived_ = 0;
    std::size_t taken_ = 0;
    bool ordered_;
};

}  // namespace gilsim::multiprocessing
