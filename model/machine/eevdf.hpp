#pragma once
/// EEVDF, the scheduler of Linux 6.6+ (kernel/sched/fair.c of 6.12 to 6.18; Documentation/scheduler/sched-eevdf.rst):
/// among the threads that are owed service (lag >= 0) the one with the earliest virtual deadline runs.

#include "model/machine/deadline_tree.hpp"
#include "model/machine/run_queue.hpp"

namespace gilsim::machine {

class Eevdf final : public RunQueue {
public:
    Eevdf(const scenario::SchedulerSpec& spec, std::int64_t cores);

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
    [[nodiscard]] std::size_t waiting() const override { return tree_.size() - delayed_; }

private:
    __extension__ using Wide = __int128;

    [[nodiscard]] Virtual average() const;
    [[nodiscard]] bool eligible(Virtual vruntime) const;
    [[nodiscard]] bool is_protected(const SchedEntity& e) const;
    Thread* best(Thread* current, bool respect_protection);
    void add(SchedEntity& e);
    void remove(SchedEntity& e);
    void place(SchedEntity& e, bool is_new);
    void update_lag(SchedEntity& e) const;
    bool renew_deadline(SchedEntity& e) const;
    void insert(Thread& thread);
    void end_delay(Thread& thread);

    DeadlineTree tree_;  ///< those who wait, and those who sleep with a debt (delayed)
    std::size_t delayed_ = 0;
    Wide weighted_sum_ = 0;  ///< sum of weight x vruntime over the tree and the current thread
    std::int64_t weight_ = 0;
    Virtual last_average_ = 0;  ///< the average when the queue became empty
    std::size_t queued_ = 0;    ///< Linux: nr_queued
    std::uint64_t sequence_ = 0;
    Nanoseconds slice_;
    Nanoseconds tick_;
    bool run_to_parity_;
    bool preempt_short_;
};

}  // namespace gilsim::machine
