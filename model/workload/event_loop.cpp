#include "model/workload/event_loop.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/machine/sleep.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/program_error.hpp"
#include "model/workload/without_gil.hpp"
#include "model/workload/world.hpp"

namespace gilsim::workload {

using engine::Co;
using machine::Thread;
using threading::library;

namespace {

/// Of asyncio.start_server.
constexpr int kBacklog = 100;

/// A non-blocking call on a socket: releases the GIL and takes it again, although it never waits (Modules/socketmodule.c,
/// sock_call_impl).
Co<> socket_call(SimThread& thread, Nanoseconds work) {
    co_await library(thread, 1, 1);
    co_await without_gil(thread, [](Thread& os, Nanoseconds more) -> Co<> {
        co_await os.kernel(os.machine().costs().syscall + more);
        co_await os.user_mode();
    }(thread.os, work));
}

/// Whole milliseconds: rounded up, times 1e-3 (Lib/selectors.py, EpollSelector.select), which is a bit too much for 9,
/// 13, 18, 26, 36 and others, to nanoseconds, rounded up, and to milliseconds, rounded up (Modules/selectmodule.c): one
/// more for those. Measured, 3.6 to 3.13.
Nanoseconds rounded_by_epoll(Nanoseconds patience) {
    const double seconds = std::ceil(static_cast<double>(patience) / kMillisecond) * 1e-3;
    return static_cast<Nanoseconds>(std::ceil(std::ceil(seconds * kSecond) / kMillisecond)) * kMillisecond;
}

}  // namespace

EventLoop::EventLoop(World& world, SimThread& thread)
    : world_(world), thread_(thread), counter_(world.recorder, thread.name + ".ready", "callbacks", thread.process.id) {}

void EventLoop::count() { counter_.set(world_.engine.now(), static_cast<std::int64_t>(ready_.size())); }

void EventLoop::call_soon(Callback callback) {
    ready_.push_back(std::move(callback));
    count();
}

void EventLoop::call_at_date(Nanoseconds date, Callback callback) {
    timers_.push({date, next_timer_++, std::move(callback)});
}

void EventLoop::perform(Co<> work) { Executor(world_, thread_).perform(std::move(work)); }

// --- turns ----------------------------------------------------------------------------------------------------------------

void EventLoop::run(const scenario::Program& program) {
    actor_ = &world_.engine.self();
    Task& main = spawn(nullptr, [this, &program](Task& task) { Executor(world_, thread_, &task).run(program); });
    while (!main.ended) {
        perform(select());
        // Only what is there at the start of the turn: what these callbacks add waits for the next.
        for (std::size_t n = ready_.size(); n > 0; --n) {
            const Callback callback = std::move(ready_.front());
            ready_.pop_front();
            count();
            perform(library(thread_, 1, 1));  // Handle._run, Context.run
            callback();
        }
    }
    if (pool_ != nullptr) perform(pool_->shutdown(thread_));
}

// _run_once up to the callbacks. select() releases the GIL even if it does not wait.
Co<> EventLoop::select() {
    co_await library(thread_, 4, 2);  // _run_once, time, select, max
    Nanoseconds patience = ready_.empty() ? kNever : 0;
    if (ready_.empty() && !timers_.empty())
        patience = std::max<Nanoseconds>(0, timers_.top().date - world_.machine.now());
    co_await without_gil(thread_, poll(patience));

    co_await library(thread_, 2, 2);  // _process_events, the loop over timers
    if (std::exchange(notified_, false)) call_soon([this] { read_from_self(); });
    while (!events_.empty()) {
        call_soon(std::move(events_.front()));
        events_.pop_front();
    }
    while (!timers_.empty() && timers_.top().date <= world_.machine.now()) {
        call_soon(timers_.top().callback);
        timers_.pop();
    }
}

// epoll_wait.
Co<> EventLoop::poll(Nanoseconds patience) {
    auto& machine = world_.machine;
    const auto& costs = machine.costs();
    co_await thread_.os.kernel(costs.syscall);
    bool expired = false;
    machine::Alarm alarm(thread_.os, [&] {
        expired = true;
        if (std::exchange(polling_, false)) machine.wake(thread_.os, nullptr);
    });
    if (patience > 0 && patience != kNever && events_.empty() && !notified_) {
        machine::Core& core = machine.core(thread_.os.core());
        co_await thread_.os.kernel(alarm.arm(core, machine.now() + rounded_by_epoll(patience), costs.timer_slack));
    }
    if (patience > 0 && events_.empty() && !notified_ && !expired) {
        polling_ = true;
        co_await thread_.os.block(Thread::State::io, costs.syscall);
    }
    co_await thread_.os.kernel(alarm.settle(machine.core(thread_.os.core())));
    co_await thread_.os.user_mode();
}

void EventLoop::readable(Callback callback, Thread* sender) {
    events_.push_back(std::move(callback));
    if (std::exchange(polling_, false)) world_.machine.wake_sync(thread_.os, sender);
}

// _read_from_self: until there is nothing more (EAGAIN).
void EventLoop::read_from_self() {
    perform(socket_call(thread_, 0));
    perform(socket_call(thread_, 0));
}

// Another thread appends a callback and writes a byte into the self-pipe, which wakes the selector.
Co<> EventLoop::call_soon_threadsafe(SimThread& caller, Callback callback) {
    co_await library(caller, 3, 1);
    call_soon(std::move(callback));
    co_await without_gil(caller, write_to_self(caller.os));
}

Co<> EventLoop::write_to_self(Thread& caller) {
    co_await caller.kernel(world_.machine.costs().syscall);
    notified_ = true;
    if (std::exchange(polling_, false)) world_.machine.wake_sync(thread_.os, &caller);
    co_await caller.user_mode();
}

// --- tasks ----------------------------------------------------------------------------------------------------------------

Task& EventLoop::spawn(Task* parent, std::function<void(Task&)> body) {
    tasks_.push_back(std::make_unique<Task>(*this, parent));
    Task& task = *tasks_.back();
    if (parent != nullptr) ++parent->children;
    task.actor = &world_.engine.spawn(thread_.name, [this, &task, run = std::move(body)] {
        while (!task.running) world_.engine.block();
        try {
            run(task);
            await_children(task);
        } catch (const ProgramError& error) {
            world_.fail(thread_, error);
            return;
        }
        end(task);
    });
    call_soon([this, &task] { step(task); });
    return task;
}

void EventLoop::step(Task& task) {
    task.running = true;
    world_.engine.wake(*task.actor);
    while (task.running) world_.engine.block();
}

void EventLoop::suspend(Task& task) {
    task.running = false;
    world_.engine.wake(*actor_);
    while (!task.running) world_.engine.block();
}

void EventLoop::end(Task& task) {
    task.ended = true;
    task.running = false;
    if (Task* parent = task.parent; parent != nullptr && --parent->children == 0 && parent->waits_for_children)
        call_soon([this, parent] { step(*parent); });
    world_.engine.wake(*actor_);
}

void EventLoop::await_children(Task& task) {
    task.waits_for_children = true;
    while (task.children > 0) suspend(task);
}

void EventLoop::create_task(Task& parent, const scenario::Program& program) {
    create_task(parent, [this, &program](Task& task) { Executor(world_, thread_, &task).run(program); });
}

void EventLoop::create_task(Task& parent, std::function<void(Task&)> body) {
    perform(library(thread_, 2, 2));  // create_task, call_soon
    spawn(&parent, std::move(body));
}

// The timer's callback sets the future's result, which schedules the task for the turn after. Without a time to sleep
// there is no timer: __sleep0 is a bare yield (Lib/asyncio/tasks.py).
void EventLoop::sleep(Task& task, Nanoseconds time) {
    if (time <= 0) {
        perform(library(thread_, 3, 0));  // sleep, __sleep0, call_soon
        call_soon([this, &task] { step(task); });
        return suspend(task);
    }
    perform(library(thread_, 3, 1));
    call_at_date(world_.engine.now() + time, [this, &task] {
        perform(library(thread_, 1, 1));
        call_soon([this, &task] { step(task); });
    });
    suspend(task);
}

void EventLoop::call_at(Task& task, Nanoseconds date) {
    perform(library(thread_, 2, 1));
    call_at_date(date, [this, &task] { step(task); });
    suspend(task);
}

void EventLoop::answered(Task& task) {
    readable(
        [this, &task] {
            perform(socket_call(thread_, 0));  // the answer is read
            call_soon([this, &task] { step(task); });
        },
        nullptr);
}

void EventLoop::io(Task& task, Nanoseconds time) {
    machine::Alarm answer(thread_.os, [this, &task] { answered(task); });
    perform(library(thread_, 1, 1));
    perform(without_gil(thread_, [](Thread& os, machine::Alarm& alarm, Nanoseconds after) -> Co<> {
        co_await os.kernel(os.machine().costs().syscall);
        co_await machine::ask_device(os, alarm, after);
        co_await os.user_mode();
    }(thread_.os, answer, time)));
    suspend(task);
}

void EventLoop::io(Task& task, outside::Device& device) {
    perform(machine::ask_device(thread_.os));
    perform(socket_call(thread_, 0));  // the request goes out
    device.ask(world_.machine.core(thread_.os.core()), [this, &task] { answered(task); });
    suspend(task);
}

void EventLoop::to_thread(Task& task, const scenario::Program& program) {
    if (pool_ == nullptr)
        pool_ = std::make_unique<ThreadPool>(world_, thread_.process, thread_.name + ".asyncio", -1,
                                             default_workers(world_.variant.machine.cores), nullptr,
                                             [this](SimThread& worker) {
                                                 return std::make_unique<ThreadContext>(world_, worker);
                                             });
    perform([](EventLoop& loop, Task& self, const scenario::Program& call) -> Co<> {
        co_await library(loop.thread_, 3, 1);
        auto future = co_await loop.pool_->submit_program(loop.thread_, {&call}, [&loop, &self](SimThread& worker) {
            return loop.call_soon_threadsafe(worker, [&loop, &self] {
                loop.perform(library(loop.thread_, 3, 2));  // _set_state, _copy_future_state
                loop.call_soon([&loop, &self] { loop.step(self); });
            });
        });
    }(*this, task, program));
    suspend(task);
}

// --- servers ----------------------------------------------------------------------------------------------------------------

// Waits in the selector until a descriptor is readable; `on_readable`: who are to be told.
void EventLoop::await_readable(Task& task, std::vector<outside::Tell>& on_readable, const std::function<bool()>& is) {
    if (is()) {  // the selector reports it in the next turn
        readable([this, &task] { step(task); }, &thread_.os);
    } else {
        on_readable.emplace_back([this, &task](Thread* sender) { readable([this, &task] { step(task); }, sender); });
    }
    suspend(task);
}

void EventLoop::serve(Task& task, outside::Socket& socket,
                      const std::function<void(Task&, const outside::Message&)>& handle) {
    while (!socket.finished()) {
        await_readable(task, socket.on_readable, [&socket] { return socket.readable(); });
        if (socket.finished()) return;
        // _accept_connection: a backlog of them, or until there is none (EAGAIN).
        for (int i = 0; i < kBacklog; ++i) {
            outside::Connection* const connection = socket.try_accept();
            perform(socket_call(thread_, connection != nullptr ? socket.spec().accept : 0));
            if (connection == nullptr) break;
            perform(library(thread_, 6, 2));  // transport, protocol, streams
            create_task(task, [this, connection, &socket, handle](Task& handler) {
                handle_connection(handler, *connection, handle);
                socket.forget(*connection);
            });
        }
    }
}

void EventLoop::handle_connection(Task& task, outside::Connection& connection,
                                  const std::function<void(Task&, const outside::Message&)>& handle) {
    for (;;) {
        await_readable(task, connection.on_readable, [&connection] { return connection.readable(); });
        std::unique_ptr<outside::Message> message;
        perform(library(thread_, 3, 1));  // _read_ready, data_received, feed_data
        perform(keep(without_gil(thread_, connection.receive(thread_.os)), message));
        if (message == nullptr) return;
        call_soon([this, &task] { step(task); });  // the reader's future
        suspend(task);
        handle(task, *message);
        perform(library(thread_, 2, 1));
        perform(without_gil(thread_, connection.reply(thread_.os, *message)));
    }
}

}  // namespace gilsim::workload
