#include "model/multiprocessing/job.hpp"

#include <fmt/format.h>

#include "model/multiprocessing/pool.hpp"

namespace gilsim::multiprocessing {

using threading::library;

Job::Job(Pool& pool, std::string pool_name, const scenario::InterpreterSpec& interpreter)
    : pool_(pool),
      lock_(pool_name + ".result", -1, interpreter),
      condition_(pool_name + ".result", -1, lock_, interpreter, this),
      pool_name_(std::move(pool_name)) {}

Co<> Job::all_sent(SimThread& by) {
    return library(by, 1, 0);
}

// A pool replaces a worker that has died, but nobody knows what it had been doing.
std::string Job::told() const {
    const std::string what = fmt::format("a result of pool '{}'", pool_name_);
    if (pool_.deaths() == 0) return what;
    return fmt::format("{}, {} of whose workers died with {} task{}, which nobody will do again", what, pool_.deaths(),
                       pool_.deaths() == 1 ? "its" : "their", pool_.deaths() == 1 ? "" : "s");
}

void Job::raise(const std::string& failure) {
    throw workload::CallFailed(failure, "give 'else', which catches the exception");
}

// --- everything at once
// -----------------------------------------------------------------------------------------------

Co<> WholeJob::result(SimThread& thread) {
    co_await library(thread, 3, 0);  // get, wait, Event.wait
    co_await condition_.acquire(thread, kNever);
    if (!done_) co_await condition_.wait(thread, kNever);
    co_await condition_.release(thread);
    if (!failure_.empty()) raise(failure_);
}

Co<> WholeJob::set(SimThread& by, std::int64_t /*index*/, std::int64_t /*calls*/, const std::string& failure) {
    co_await library(by, 1, 2);
    if (failure_.empty()) failure_ = failure;
    if (--left_ > 0) co_return;
    co_await pool_.forget(by);
    co_await library(by, 2, 0);  // Event.set, notify_all
    co_await condition_.acquire(by, kNever);
    done_ = true;
    co_await condition_.notify_all(by);
    co_await condition_.release(by);
}

// --- one by one
// -------------------------------------------------------------------------------------------------------

bool IteratedJob::next_is_here() const {
    return here_[taken_].is;
}

Co<> IteratedJob::result(SimThread& thread) {
    while (taken_ < here_.size()) {
        co_await library(thread, 1, 1);  // __next__
        co_await condition_.acquire(thread, kNever);
        while (!next_is_here()) co_await condition_.wait(thread, kNever);
        const Here got = here_[taken_++];
        co_await condition_.release(thread);
        co_await library(thread, 0, static_cast<int>(got.calls));  // the items of a chunk
        if (!got.failure.empty()) raise(got.failure);
    }
}

Co<> IteratedJob::set(SimThread& by, std::int64_t index, std::int64_t calls, const std::string& failure) {
    co_await library(by, 1, 2);
    co_await condition_.acquire(by, kNever);
    const std::size_t place = ordered_ ? static_cast<std::size_t>(index) : arrived_;
    here_[place] = {true, calls, failure};
    const bool last = ++arrived_ == here_.size();
    if (taken_ < here_.size() && next_is_here()) co_await condition_.notify(by, 1);
    if (last) co_await pool_.forget(by);
    co_await condition_.release(by);
}

}  // namespace gilsim::multiprocessing
