#pragma once
/// CFS, the scheduler of Linux up to 6.5 (kernel/sched/fair.c): the thread with the least weighted core time runs.

#include <set>

#include "model/machine/run_queue.hpp"

namespace gilsim::machine {

class Cfs final : public RunQueue {
public:
    Cfs(const scenario::SchedulerSpec& spec, std::int64_t cores);

    void enqueue(Thread& thread, bool is_new) override;
    void dequeue(Thread& thread) override;
    void sleep(Thread& current, bool for_good) override;
    void put_back(Thread& current) override;
    void yield(Thread& current) override;
    Thread* pick() override;
    bool account(Thread& current, Nanoseconds ran) override;
    bool preempts(Thread& current, Thread& woken) override;
    bool tick(Thread& current) override;
    Thread* pullable(int core, Nanoseconds cold_before) override;
    [[nodiscard]] std::size_t waiting() const override { return tree_.size(); }

private:
    struct ByVruntime {
        bool operator()(const Thread* a, const Thread* b) const;
    };
    void insert(Thread& thread);
    void advance_floor(const Thread* current);

    std::set<Thread*, ByVruntime> tree_;
    const Thread* skip_ = nullptr;  ///< the thread that has just yielded
    std::int64_t weight_ = 0;  ///< of the tree and the current thread
    Virtual floor_ = 0;        ///< min_vruntime: never goes back
    std::uint64_t sequence_ = 0;
    Nanoseconds latency_;
    Nanoseconds min_granularity_;
    Nanoseconds wakeup_granularity_;
};

}  // namespace gilsim::machine
