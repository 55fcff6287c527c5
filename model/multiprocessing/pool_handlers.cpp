/// The three threads of the parent that look after a pool (Lib/multiprocessing/pool.py, _handle_workers, _handle_tasks,
/// _handle_results).

#include <algorithm>

#include "model/machine/sleep.hpp"
#include "model/multiprocessing/pool_parts.hpp"
#include "model/workload/without_gil.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using threading::library;

namespace {

constexpr const char* kTaskNotPickled =
    "gets an exception from a pool: what a call was given cannot be pickled (Python: TypeError)";
constexpr Nanoseconds kLook = 100 * kMillisecond;
constexpr Nanoseconds kOutOfStep = kSecond;

/// The kernel's part of a waitpid that does not wait: the GIL is released around it all the same. It looks through the
/// children, which is as dear as some system calls (os.waitpid takes 0.3 to 0.5 us longer than os.getppid, of which a
/// system call is 0.12).
constexpr int kLooks = 3;
Co<> waitpid(machine::Thread& thread) {
    co_await thread.kernel((1 + kLooks) * thread.machine().costs().syscall);
    co_await thread.user_mode();
}

}  // namespace

// --- the worker handler
// -----------------------------------------------------------------------------------------------

Co<> Pool::handle_workers(SimThread& self) {
    while (parts_->state == PoolState::run || (parts_->jobs > 0 && parts_->state != PoolState::terminate)) {
        co_await maintain(self);
        co_await wait_for_updates(self);
    }
    Batch sentinel;
    co_await enqueue(self, std::move(sentinel));
}

// _join_exited_workers and _repopulate_pool: each worker is asked for its exit code (waitpid).
Co<> Pool::maintain(SimThread& self) {
    auto& workers = parts_->workers;
    bool cleaned = false;
    co_await library(self, 2, 3);
    for (std::size_t i = workers.size(); i-- > 0;) {
        co_await library(self, 3, 2);
        co_await without_gil(self, waitpid(self.os));
        if (!workers[i]->child.readable()) continue;
        cleaned = true;
        if (!workers[i]->finished) ++deaths_;
        co_await workers[i]->child.join(world_, self);
        parts_->former.push_back(std::move(workers[i]));
        workers.erase(workers.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (cleaned) co_await repopulate(self);
}

Co<> Pool::wait_for_updates(SimThread& self) {
    const bool by_messages = notified(interpreter());
    std::vector<Readable*> sentinels;
    // It looks for results, too (_get_sentinels), and while the result handler waits for the GIL to read one it spins,
    // giving the GIL away for as long as its system calls take. Where they take no time nobody would ever get it: there
    // it sleeps. So it does when the other has missed the GIL for long: where no latency varies the two may keep in
    // step for ever, which nothing does in life.
    const Nanoseconds now = world_.engine.now();
    Stream& results = parts_->results.channel.stream();
    if (!results.readable()) parts_->progress = now;
    const bool calls_take_time = world_.machine.costs().syscall + world_.machine.spec().ipc.poll > 0;
    if (by_messages && calls_take_time && now - parts_->progress < kOutOfStep) sentinels.push_back(&results);
    sentinels.push_back(&parts_->changes.channel.stream());
    for (auto& worker : parts_->workers) sentinels.push_back(&worker->child);
    if (by_messages) {
        co_await library(self, 3 + 3 * static_cast<int>(parts_->workers.size()), 3);
        co_await wait(self, sentinels);
    } else {
        // time.sleep(0.1) again and again: while it runs, only a turn that finds something to do is played.
        const Nanoseconds since = world_.engine.now();
        if (parts_->state == PoolState::run) co_await without_gil(self, poll(self.os, sentinels));
        const Nanoseconds turns = (world_.engine.now() - since) / kLook + 1;
        co_await without_gil(self, machine::sleep_until(self.os, since + turns * kLook));
    }
    for (;;) {
        if (by_messages) {
            const bool more = co_await parts_->changes.channel.poll(self, 0);
            if (!more) co_return;
        } else if (!parts_->changes.channel.readable()) {
            co_return;
        }
        co_await simple_get(world_, self, parts_->changes);
    }
}

// --- the task handler
// -------------------------------------------------------------------------------------------------

Co<> Pool::handle_tasks(SimThread& self) {
    for (;;) {
        co_await parts_->task_queue.get(self, kNever);
        const Batch batch = std::move(parts_->batches.front());
        parts_->batches.pop_front();
        if (batch.job == nullptr) break;
        co_await send_tasks(self, batch);
        if (parts_->state == PoolState::terminate) break;
    }
    co_await put_none(world_, self, parts_->results);
    const std::size_t workers = parts_->workers.size();
    for (std::size_t i = 0; i < workers; ++i) {
        Message none;
        co_await parts_->tasks.channel.send(self, std::move(none));
    }
}

Co<> Pool::send_tasks(SimThread& self, const Batch& batch) {
    std::int64_t index = 0;
    for (std::int64_t done = 0; done < batch.times; done += batch.chunk, ++index) {
        if (parts_->state == PoolState::terminate) co_return;
        const std::int64_t calls = std::min(batch.chunk, batch.times - done);
        co_await library(self, batch.mapped ? 2 : 1, 3);  // the generators that make a task
        Parcel parcel{.payload = batch.call.arguments,
                      .times = calls,
                      .objects = 6 + (batch.mapped ? calls + 1 : 0),
                      .references = batch.mapped ? 2 : 1};
        if (unpicklable(parcel)) {
            co_await library(self, 2, 2);
            const std::string failure = kTaskNotPickled;
            co_await batch.job->set(self, index, calls, failure);
            continue;
        }
        auto task = std::make_shared<Task>();
        task->job = batch.job;
        task->index = index;
        task->calls = calls;
        task->call = batch.call;
        task->call.given = nullptr;
        Message message{.parcel = parcel};
        message.content = std::move(task);
        co_await parts_->tasks.channel.send(self, std::move(message));
    }
    co_await batch.job->all_sent(self);
}

// --- the result handler
// -----------------------------------------------------------------------------------------------

Co<> Pool::handle_results(SimThread& self) {
    for (;;) {
        const Message message = co_await parts_->results.channel.recv(self);
        if (message.content == nullptr || parts_->state == PoolState::terminate) break;
        co_await receive_result(self, message);
    }
    while (parts_->jobs > 0 && parts_->state != PoolState::terminate) {
        const Message message = co_await parts_->results.channel.recv(self);
        if (message.content != nullptr) co_await receive_result(self, message);
    }
}

Co<> Pool::receive_result(SimThread& self, const Message& message) {
    parts_->progress = world_.engine.now();
    const auto& result = static_cast<const Result&>(*message.content);
    co_await library(self, 1, 2);
    co_await result.job->set(self, result.index, result.calls, result.failure);
}

}  // namespace gilsim::multiprocessing
