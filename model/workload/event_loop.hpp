#pragma once
/// asyncio's event loop (Lib/asyncio/base_events.py, selector_events.py): one thread, a queue of callbacks, timers, a
/// selector. Its tasks are programs that run until they await something.

#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <vector>

#include "model/engine/engine.hpp"
#include "model/outside/device.hpp"
#include "model/outside/socket.hpp"
#include "model/threading/counter.hpp"
#include "model/workload/process.hpp"
#include "model/workload/thread_pool.hpp"

namespace gilsim::workload {

class EventLoop;
class World;

/// A coroutine wrapped into a task: has an actor of its own, and runs only while the loop waits for it.
class Task {
public:
    Task(EventLoop& its_loop, Task* its_parent) : loop(its_loop), parent(its_parent) {}
    EventLoop& loop;
    Task* parent;                     ///< who waits for its end, once it ends itself; null: the loop
    engine::Actor* actor = nullptr;
    bool running = false;             ///< it, not the loop, is to go on
    bool ended = false;
    bool waits_for_children = false;
    int children = 0;  ///< tasks that it has created and that have not ended
};

class EventLoop {
public:
    EventLoop(World& world, SimThread& thread);
    /// asyncio.run(main): returns when the main task has ended, which waits for those it has created.
    void run(const scenario::Program& main);

    // --- for the tasks' operations; called on a task's actor --------------------------------------------------------------

    /// create_task: it runs from the next turn on.
    void create_task(Task& parent, const scenario::Program& program);
    void create_task(Task& parent, std::function<void(Task&)> body);
    /// await asyncio.sleep(time).
    void sleep(Task& task, Nanoseconds time);
    /// Waits for a date by call_at, whose callback is the rest of the program: one turn less than sleep.
    void call_at(Task& task, Nanoseconds date);
    /// Waits for a device that answers after `time`, through a file descriptor.
    void io(Task& task, Nanoseconds time);
    /// Waits for a service.
    void io(Task& task, outside::Device& device);
    /// await loop.run_in_executor(None, ...), asyncio.to_thread: in the loop's default pool.
    void to_thread(Task& task, const scenario::Program& program);
    /// asyncio.start_server: a task for each connection, until the clients are done. `handle`: one request.
    void serve(Task& task, outside::Socket& socket, const std::function<void(Task&, const outside::Message&)>& handle);

private:
    using Callback = std::function<void()>;
    struct Timer {
        Nanoseconds date;
        std::uint64_t number;
        Callback callback;
        bool operator>(const Timer& other) const {
            return date != other.date ? date > other.date : number > other.number;
        }
    };
    void call_soon(Callback callback);
    void call_at_date(Nanoseconds date, Callback callback);
    /// Runs one coroutine as the loop's thread, on whichever actor calls.
    void perform(engine::Co<> work);
    /// The loop waits until the task awaits something or ends.
    void step(Task& task);
    /// The task gives the thread back to the loop, until `step`.
    void suspend(Task& task);
    Task& spawn(Task* parent, std::function<void(Task&)> body);
    void await_children(Task& task);
    void end(Task& task);
    /// A file descriptor has become readable: its callback runs in the next turn.
    void readable(Callback callback, machine::Thread* sender);
    /// The same, of a device's answer, that the task waits for.
    void answered(Task& task);
    engine::Co<> select();
    engine::Co<> poll(Nanoseconds patience);
    void read_from_self();
    engine::Co<> call_soon_threadsafe(SimThread& caller, Callback callback);
    engine::Co<> write_to_self(machine::Thread& caller);
    void handle_connection(Task& task, outside::Connection& connection,
                           const std::function<void(Task&, const outside::Message&)>& handle);
    void await_readable(Task& task, std::vector<outside::Tell>& on_readable, const std::function<bool()>& is);
    void count();

    World& world_;
    SimThread& thread_;
    std::deque<Callback> ready_;
    std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
    std::uint64_t next_timer_ = 0;
    std::deque<Callback> events_;  ///< of readable file descriptors, for the next select
    bool polling_ = false;         ///< the thread sleeps in epoll_wait
    bool notified_ = false;        ///< a byte lies in the self-pipe
    std::unique_ptr<ThreadPool> pool_;
    threading::Counter counter_;
    std::vector<std::unique_ptr<Task>> tasks_;
    engine::Actor* actor_ = nullptr;  ///< the loop's own, while it waits for a task
};

}  // namespace gilsim::workload
