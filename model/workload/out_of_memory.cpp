/// A process's memory, and what the kernel does when there is no more for anybody.

#include "model/machine/sleep.hpp"
#include "model/workload/world.hpp"

namespace gilsim::workload {

using engine::Co;
using trace::EventKind;

// A sub-interpreter has an allocator and a collector of its own.
void World::create_memory(Process& process) {
    const int space = static_cast<int>(processes_.size()) - 1;
    process.memory = std::make_unique<memory::ProcessMemory>(machine, physical, memory_in_use, *process.interpreter,
                                                             process.id, space);
    process.memory->on_exhausted = [this](interpreter::PyThread& by) { return kill_for_memory(by); };
}

// mm/oom_kill.c, oom_evaluate_task: whoever has most in memory, the last of equals. `by`: the thread whose page fault
// found no frame.
Co<> World::kill_for_memory(interpreter::PyThread& by) {
    while (physical.exhausted()) {
        Process* victim = nullptr;
        for (auto& process : processes_) {
            if (process->ended || process->host != nullptr) continue;
            if (victim == nullptr || resident(*process) >= resident(*victim)) victim = process.get();
        }
        co_await kill_without_memory(*victim, by.os);
    }
}

Co<> World::kill_without_memory(Process& victim, machine::Thread& by) {
    killed_for_memory_ = true;
    recorder.emit(
        {.time = engine.now(), .kind = EventKind::process_killed, .object = victim.id, .value = resident(victim)});
    co_await kill_process(victim, by);
}

Bytes World::resident(const Process& process) const {
    Bytes sum = 0;
    for (const auto& part : processes_)  // it and its sub-interpreters
        if (part->id == process.id) sum += part->memory->heap().rss();
    return sum;
}

Co<> World::kill_process(Process& victim, machine::Thread& by) {
    SimThread* own = nullptr;  // `by`, if it is one of its threads
    for (auto& part : processes_) {
        if (part->id != victim.id) continue;
        end_threads(*part, &by);
        for (auto& thread : part->threads)
            if (!thread->ended && !thread->away) own = thread.get();
    }
    if (victim.id == 0) {  // the program is gone, and with it the run
        engine.stop();
        co_await machine::Never{};
    }
    co_await announce_end(victim, by);
    if (own != nullptr) {
        own->ended = true;
        machine.end_thread(by);
    }
    recorder.emit({.time = engine.now(), .kind = EventKind::process_end, .object = victim.id});
    if (own != nullptr) co_await machine::Never{};
}

}  // namespace gilsim::workload
