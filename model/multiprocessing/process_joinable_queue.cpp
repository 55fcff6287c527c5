#include "model/multiprocessing/process_joinable_queue.hpp"

namespace gilsim::multiprocessing {

using threading::library;

SharedJoinableQueue::SharedJoinableQueue(World& world, const std::string& name, int trace_id, std::int64_t maxsize,
                                         int process)
    : queue(world, name, trace_id, maxsize, process),
      all_done(world, name + ".done", process, "all items to be done of queue '" + name + "'"),
      unfinished(world, name + ".unfinished", 0, process, "an item of queue '" + name + "'") {}

Co<> ProcessJoinableQueue::count(SimThread& thread) {
    co_await shared_.all_done.acquire(thread);
    co_await shared_.unfinished.release(thread);
    co_await shared_.all_done.release(thread);
}

Co<> ProcessJoinableQueue::task_done(SimThread& thread) {
    co_await library(thread, 1, 0);
    co_await shared_.all_done.acquire(thread);
    const bool counted = co_await shared_.unfinished.acquire(thread, 0);
    if (!counted) throw threading::done_too_often(name());
    co_await library(thread, 0, 1);  // _is_zero
    if (shared_.unfinished.none()) co_await shared_.all_done.notify_all(thread);
    co_await shared_.all_done.release(thread);
}

Co<> ProcessJoinableQueue::join(SimThread& thread) {
    co_await library(thread, 1, 1);
    co_await shared_.all_done.acquire(thread);
    if (!shared_.unfinished.none()) co_await shared_.all_done.wait(thread);
    co_await shared_.all_done.release(thread);
}

}  // namespace gilsim::multiprocessing
