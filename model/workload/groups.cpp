/// Groups of threads and processes: how they are started and joined.

#include <utility>

#include <fmt/format.h>

#include "model/multiprocessing/child.hpp"
#include "model/threading/lock.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/world.hpp"

namespace gilsim::workload {

using engine::Co;
using scenario::Group;
using State = machine::Thread::State;

Gathering& World::gathering_of(const Group& group, const Process& process) {
    for (auto& s : started_)
        if (s.group == &group && s.process == &process) return *s.gathering;
    started_.push_back({&group, &process, std::make_unique<Gathering>()});
    started_.back().gathering->name = group.name;
    return *started_.back().gathering;
}

Co<> World::start_group(SimThread& parent, const Group& group) {
    Gathering& gathering = gathering_of(group, parent.process);
    for (std::int64_t i = 1; i <= group.count; ++i) {
        std::string name = group.count == 1 ? group.name : fmt::format("{}-{}", group.name, i);
        if (group.kind == Group::Kind::threads) {
            // Interpreters of one process are told apart by the threads that made them.
            if (parent.process.host != nullptr) name = fmt::format("{}.{}", parent.name, name);
            auto body = [this, &group](SimThread& thread) {
                if (group.subinterpreter != Group::Subinterpreter::none)
                    return main_of_process(thread, group.threads, group.program);
                if (group.program < 0) return;
                Executor(*this, thread).run(variant.programs[static_cast<std::size_t>(group.program)]);
            };
            co_await start_worker(parent, name, std::move(body), gathering, &group);
        } else {
            co_await start_process(parent, group, name, gathering);
        }
    }
}

// Thread.start(): creates the thread, then waits for its started event (Lib/threading.py), for a lock that is taken,
// that is, with the GIL released.
Co<> World::start_worker(SimThread& parent, const std::string& name, std::function<void(SimThread&)> body,
                         Gathering& gathering, const Group* group) {
    auto& interpreter = *parent.process.interpreter;
    auto& memory = *parent.process.memory;
    if (memory.first_since_fork()) co_await memory.touch(parent.py, interpreter.spec().memory.forked.thread);
    co_await parent.os.run(interpreter.spec().thread_create);
    // Shared: the child may still be in release() when we leave.
    const std::shared_ptr<sync::RawLock> started = sync::make_raw_lock(interpreter.spec());
    started->try_acquire();
    const bool in_subinterpreter = group != nullptr && group->subinterpreter != Group::Subinterpreter::none;
    Process& home =
        in_subinterpreter ? create_subinterpreter(parent.process, name, group->subinterpreter) : parent.process;
    SimThread& child = create_thread(home, name, group);
    gathering.members.push_back(&child);
    live(child, &parent, interpreter.spec().thread_bootstrap, started, std::move(body), false);
    if (!started->try_acquire()) {
        threading::WithoutGil wait(parent);
        co_await started->acquire(parent.os, State::joining, kNever, wait);
    }
    co_await interpreter.check_point(parent.py);
}

// Process.start() of a member of a group.
Co<> World::start_process(SimThread& parent, const Group& group, const std::string& name, Gathering& gathering) {
    multiprocessing::Launch launch{
        .name = name,
        .method = group.start_method,
        .interpreter = group.interpreter,
        .argument = &group.arguments,
        .group = &group,
        .body = [this, &group](SimThread& thread) { main_of_process(thread, group.threads, group.program); }};
    co_await multiprocessing::start_process(*this, parent, std::move(launch), gathering);
}

Process& World::begin_process(const multiprocessing::Launch& launch, Nanoseconds boot, SimThread* parent,
                              Gathering* gathering, bool forked) {
    Process& process = create_process(launch.name, launch.interpreter >= 0 ? launch.interpreter : parent->process.runs);
    process.forked = forked;
    process.has_tracker = parent != nullptr && parent->process.has_tracker;
    if (forked)
        parent->process.memory->fork_into(*process.memory);
    else
        process.memory->start();
    SimThread& main = create_thread(process, "main", launch.group);
    if (gathering != nullptr) gathering->members.push_back(&main);
    live(main, parent, boot, nullptr, launch.body, true);
    return process;
}

Co<> World::join_group(SimThread& thread, const Group& group) {
    co_await join(thread, gathering_of(group, thread.process));
}

// Thread.join (Lib/threading.py), Process.join: one after the other. A process is reaped once: from then on its exit
// code is known (Lib/multiprocessing/popen_fork.py, Popen.poll).
Co<> World::join(SimThread& thread, Gathering& gathering) {
    for (std::size_t i = 0; i < gathering.members.size(); ++i) {  // others may start some meanwhile
        SimThread& member = *gathering.members[i];
        if (!member.over) co_await await_end(thread, member, gathering);
        const bool is_process = member.is_main() && member.process.host == nullptr;
        if (is_process && !std::exchange(member.reaped, true))
            co_await thread.os.run(thread.process.interpreter->spec().process_join);
    }
}

Co<> World::await_end(SimThread& thread, SimThread& member, const Gathering& gathering) {
    auto& interpreter = *thread.process.interpreter;
    ++member.joiners;
    const threading::Waiting waiting(thread, gathering, kNever);
    co_await interpreter.detach(thread.py);
    co_await member.joinable.wait(thread.os, State::joining);
    co_await interpreter.attach(thread.py);
    co_await interpreter.check_point(thread.py);
}

Co<> World::tell_joiners(SimThread& member, machine::Thread& by) {
    member.over = true;
    for (int left = std::exchange(member.joiners, 0); left > 0; --left) co_await member.joinable.post(by);
}

}  // namespace gilsim::workload
