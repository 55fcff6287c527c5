#include "model/workload/world.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/machine/shootdown.hpp"
#include "model/machine/sleep.hpp"
#include "model/multiprocessing/fork_server.hpp"
#include "model/scenario/choices.hpp"
#include "model/scenario/version.hpp"
#include "model/workload/call_pool.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/objects.hpp"

namespace gilsim::workload {

using engine::Co;
using scenario::Group;
using trace::EventKind;
using State = machine::Thread::State;

namespace {

/// A thread of the system: works now and then, for ever.
engine::Detached live_in_background(machine::Thread& thread, scenario::BackgroundSpec spec, engine::Random random) {
    co_await machine::FirstRun{thread, nullptr};
    for (;;) {
        const Nanoseconds next = thread.machine().now() + machine::draw(spec.every, random);
        co_await machine::sleep_in_background(thread, next);
        co_await thread.run(machine::draw(spec.work, random));
    }
}

/// The life of clients that share the machine's cores.
engine::Detached be_client(machine::Thread& thread, outside::Client& client, Nanoseconds start) {
    co_await machine::FirstRun{thread, nullptr};
    client.connect(&thread);
    if (start > 0) co_await machine::sleep_until(thread, start);
    co_await client.live(thread);
    thread.machine().end_thread(thread);
}

}  // namespace

World::World(const scenario::Variant& its_variant, engine::Engine& its_engine, trace::Recorder& its_recorder)
    : variant(its_variant),
      engine(its_engine),
      machine(its_engine, its_variant.machine, its_variant.seed, its_recorder),
      recorder(its_recorder),
      physical(its_variant.machine.memory, its_variant.machine.cache.size),
      memory_in_use(its_recorder, trace::kMemoryCounter, "B", -1),
      waits_(its_engine),
      delays_(its_engine),
      signals_(its_variant.seed, "signals"),
      fork_server_(std::make_unique<multiprocessing::ForkServer>(*this)) {
    recorder.directory.requests = variant.requests;
    recorder.directory.cores = static_cast<int>(machine.cores());
}

World::~World() = default;

int World::label(const std::string& text) {
    auto& labels = recorder.directory.labels;
    const auto found = std::find(labels.begin(), labels.end(), text);
    if (found != labels.end()) return static_cast<int>(found - labels.begin());
    labels.push_back(text);
    return static_cast<int>(labels.size()) - 1;
}

int World::traced(const std::string& name, int process, std::string_view kind) {
    recorder.directory.locks.push_back({name, process, std::string(kind)});
    return static_cast<int>(recorder.directory.locks.size()) - 1;
}

// --- beginnings -------------------------------------------------------------------------------------------------------

void World::begin() {
    for (const auto& device : variant.devices)
        devices_.push_back(std::make_unique<outside::Device>(machine, device, variant.seed));
    for (const auto& socket : variant.sockets) sockets_.push_back(std::make_unique<outside::Socket>(machine, socket));
    Process& process = create_process("main", 0);
    process.memory->start();
    SimThread& main = create_thread(process, "main", nullptr);
    machine.has_computed(main.os, variant.interpreters[0].spawn_child);  // the interpreter's start
    live(
        main, nullptr, 0, nullptr,
        [this](SimThread& thread) { main_of_process(thread, variant.groups, variant.main_program); }, true);
    begin_signals(main);
    begin_clients();
    begin_background();
}

void World::begin_signals(SimThread& main) {
    for (const auto& spec : variant.signals) {
        delays_.after(spec.at, [this, &main, &spec] {
            const std::int64_t serial = next_request++;
            const auto tell = [this, &spec, serial](EventKind kind, int thread) {
                if (spec.request < 0) return;
                recorder.emit({.time = engine.now(), .kind = kind, .thread = thread, .object = spec.request, .value = serial});
            };
            tell(EventKind::request_begin, -1);
            main.process.interpreter->signal(main.py, machine::draw(spec.handler, signals_),
                                             [tell, id = main.os.id()] { tell(EventKind::request_end, id); });
        });
    }
}

void World::begin_clients() {
    int process = -1;
    for (const auto& spec : variant.clients) {
        clients_.push_back(std::make_unique<outside::Client>(machine, socket(spec.socket), spec, variant.seed, next_request));
        outside::Client& client = *clients_.back();
        if (!spec.on_machine) {
            client.connect(nullptr);
            delays_.after(spec.start, [&client] { client.begin(); });
            continue;
        }
        auto& directory = recorder.directory;
        if (process < 0) {
            process = static_cast<int>(directory.processes.size());
            directory.processes.push_back({std::string(trace::kClientsProcess), next_pid_++});
            recorder.emit({.time = engine.now(), .kind = EventKind::process_start, .object = process});
        }
        const int id = static_cast<int>(directory.threads.size());
        directory.threads.push_back({spec.name, process, next_pid_++});
        recorder.emit({.time = engine.now(), .kind = EventKind::thread_start, .thread = id, .object = process});
        machine::Thread& thread = machine.create_thread(id, 0, {});
        machine.has_computed(thread, variant.interpreters[0].spawn_child);  // its process has just started, too
        be_client(thread, client, spec.start);
    }
}

void World::begin_background() {
    if (variant.machine.background.empty()) return;
    auto& directory = recorder.directory;
    const int system = static_cast<int>(directory.processes.size());
    directory.processes.push_back({std::string(trace::kSystemProcess), next_pid_++});
    recorder.emit({.time = engine.now(), .kind = EventKind::process_start, .object = system});
    for (const auto& spec : variant.machine.background)
        for (int core = 0; core < directory.cores; ++core) {
            const int id = static_cast<int>(directory.threads.size());
            const std::string name = fmt::format("{}/{}", spec.name, core);
            directory.threads.push_back({name, system, next_pid_++});
            recorder.emit({.time = engine.now(), .kind = EventKind::thread_start, .thread = id, .object = system});
            live_in_background(machine.create_thread(id, 0, {core}), spec,
                               engine::Random(variant.seed, "background." + name));
        }
}

Process& World::create_process(const std::string& name, int interpreter) {
    auto& directory = recorder.directory;
    const int id = static_cast<int>(directory.processes.size());
    directory.processes.push_back({name, next_pid_++});
    processes_.push_back(std::make_unique<Process>(name, id, interpreter, waits_));
    Process& process = *processes_.back();
    const auto& spec = variant.interpreters[static_cast<std::size_t>(interpreter)];
    directory.interpreters.push_back({name, id, std::string(scenario::text_of(spec.gil))});
    process.interpreter = std::make_unique<interpreter::Interpreter>(
        machine, static_cast<int>(directory.interpreters.size()) - 1, spec);
    make_objects(*this, process);
    recorder.emit({.time = engine.now(), .kind = EventKind::process_start, .object = id});
    create_memory(process);
    return process;
}

Process& World::create_subinterpreter(Process& host, const std::string& name, Group::Subinterpreter kind) {
    auto& directory = recorder.directory;
    processes_.push_back(std::make_unique<Process>(host.name, host.id, host.runs, waits_, &host));
    Process& process = *processes_.back();
    if (kind == Group::Subinterpreter::shared_gil) {
        process.interpreter = std::make_unique<interpreter::Interpreter>(machine, *host.interpreter);
    } else {
        const auto& spec = host.interpreter->spec();
        directory.interpreters.push_back({name, host.id, std::string(scenario::text_of(spec.gil))});
        process.interpreter = std::make_unique<interpreter::Interpreter>(
            machine, static_cast<int>(directory.interpreters.size()) - 1, spec);
    }
    make_objects(*this, process);
    create_memory(process);
    process.memory->start();
    return process;
}

SimThread& World::create_thread(Process& process, const std::string& name, const Group* group) {
    auto& directory = recorder.directory;
    const int id = static_cast<int>(directory.threads.size());
    const int pid = directory.processes[static_cast<std::size_t>(process.id)].pid;
    directory.threads.push_back({name, process.id, process.threads.empty() && process.host == nullptr ? pid : next_pid_++});
    auto& os = machine.create_thread(id, group != nullptr ? group->nice : 0,
                                     group != nullptr ? group->affinity : std::vector<int>{},
                                     group != nullptr ? group->slice : 0);
    const std::string full = process.id == 0 ? name : process.name + "." + name;
    const int start = ++starts_[full];  // each has chances of its own
    const engine::Random random(variant.seed,
                                start == 1 ? "program." + full : fmt::format("program.{}#{}", full, start));
    process.threads.push_back(
        std::make_unique<SimThread>(process, os, full, group != nullptr && group->daemon, random));
    recorder.emit({.time = engine.now(), .kind = EventKind::thread_start, .thread = id, .object = process.id});
    return *process.threads.back();
}

// A thread's whole life. Its first act is to take the GIL (Modules/_threadmodule.c,
// thread_run); its program runs on an actor; its last act releases the GIL without waiting for anybody.
engine::Detached World::live(SimThread& thread, SimThread* parent, Nanoseconds bootstrap,
                             std::shared_ptr<sync::RawLock> started, std::function<void(SimThread&)> body,
                             bool ends_process) {
    auto& interpreter = *thread.process.interpreter;
    co_await machine::FirstRun{thread.os, parent != nullptr ? &parent->os : nullptr};
    // A thread that makes a sub-interpreter begins in the one that it was started from.
    const bool makes_interpreter = thread.process.host != nullptr && thread.is_main();
    auto& first = makes_interpreter ? *thread.process.host->interpreter : interpreter;
    co_await first.attach(thread.py);
    co_await machine::change_tables(thread.os, bootstrap, thread.is_main() ? thread.process.table_changes.boot : 0);
    if (started != nullptr) co_await started->release(thread.os);
    if (makes_interpreter) {
        // Py_NewInterpreterFromConfig: the new interpreter is filled under its own GIL.
        co_await first.detach(thread.py);
        co_await interpreter.attach(thread.py);
        co_await thread.os.run(interpreter.spec().subinterpreter_create);
    }
    engine.spawn(thread.name, [this, &thread, run = std::move(body), ends_process, makes_interpreter] {
        try {
            run(thread);
        } catch (const ProgramError& error) {
            fail(thread, error);
            return;
        }
        Executor executor(*this, thread);
        if (ends_process && thread.process.id == 0) {  // the program has ended, and with it the run
            thread.process.memory->show();
            engine.stop();
            return;
        }
        executor.perform([](World& world, SimThread& self, bool last, bool ends_interpreter) -> Co<> {
            auto& its_interpreter = *self.process.interpreter;
            const auto& costs = its_interpreter.spec();
            const bool finalises = last && !self.process.forked;
            if (finalises || ends_interpreter) co_await self.process.memory->finalize(self.py);
            const Nanoseconds exit = finalises ? costs.spawned_exit() : costs.process_exit;
            if (last)
                co_await machine::change_tables(self.os, exit + self.process.memory->extra_exit_time(),
                                                self.process.table_changes.exit);
            else
                co_await self.os.run(costs.thread_exit);
            if (ends_interpreter) {
                co_await self.os.run(its_interpreter.spec().subinterpreter_destroy);
                self.process.memory->end();
            }
            self.process.memory->big_blocks()->leave(self.py.id());
            if (last) {
                world.end_process(self);
                co_await world.announce_end(self.process, self.os);
            } else {
                // Up to 3.12 the lock that joiners wait for is released under the GIL (Python/pystate.c, on_delete),
                // since then their event is set without it (Modules/_threadmodule.c, thread_run).
                const bool tells_first = !scenario::at_least(costs, 3, 13);
                if (tells_first) co_await world.tell_joiners(self, self.os);
                co_await its_interpreter.detach(self.py, trace::ReleaseReason::exit);
                if (!tells_first) co_await world.tell_joiners(self, self.os);
            }
            self.ended = true;
            world.machine.end_thread(self.os);
            if (last)
                world.recorder.emit(
                    {.time = world.engine.now(), .kind = EventKind::process_end, .object = self.process.id});
        }(*this, thread, ends_process, makes_interpreter));
    });
}

void World::main_of_process(SimThread& main, const std::vector<Group>& groups, int program) {
    Executor executor(*this, main);
    for (const auto& group : groups)
        if (!group.manual) executor.perform(start_group(main, group));
    if (program >= 0) executor.run(variant.programs[static_cast<std::size_t>(program)]);
    for (const auto& group : groups)
        if (!group.daemon) executor.perform(join_group(main, group));
    // Executors finish their work (concurrent.futures, _python_exit) before queues do theirs (multiprocessing.util).
    for (const bool pools : {true, false})
        for (const auto& object : main.process.objects)
            if (object != nullptr && (dynamic_cast<CallPool*>(object.get()) != nullptr) == pools)
                executor.perform(object->at_exit(main));
}

// --- endings ----------------------------------------------------------------------------------------------------------

void World::end_threads(Process& process, const machine::Thread* but) {
    for (auto& thread : process.threads) {
        if (thread->ended || thread->away) continue;
        if (&thread->os != but) machine.kill_thread(thread->os);
        thread->ended = thread->ended || &thread->os != but;
    }
    process.ended = true;
    process.memory->end();
}

void World::end_process(SimThread& last) {
    for (auto& process : processes_)                                          // its sub-interpreters have its id
        if (process->id == last.process.id) end_threads(*process, &last.os);  // daemons
}

Co<> World::announce_end(Process& process, machine::Thread& by) {
    for (const auto& tell : process.on_end) tell(&by);
    if (process.reaper)
        process.reaper(by);
    else
        co_await tell_parent(process, by);
}

Co<> World::tell_parent(Process& process, machine::Thread& by) {
    SimThread& main = *process.threads.front();
    main.over = true;
    for (const auto& tell : process.on_reaped) tell(&by);
    co_await tell_joiners(main, by);
}

void World::fail(const SimThread& thread, const ProgramError& error) {
    const std::string place =
        thread.line > 0 ? fmt::format("{}:{}: ", recorder.directory.scenario, thread.line) : std::string();
    failure_ = fmt::format("{}thread '{}' {}: {}", place, thread.name, error.what(), error.remedy());
    engine.stop();
}

// The cycle first, in its order: each waits for something that needs the next.
std::vector<std::string> World::describe_blocked() const {
    std::vector<std::string> lines;
    const auto describe = [&lines](const SimThread& thread) {
        const std::string at = thread.line > 0 ? fmt::format(" (line {})", thread.line) : "";
        if (thread.awaited != nullptr)
            lines.push_back(fmt::format("'{}' waits for {}{}", thread.name, thread.awaited->told(), at));
        else
            lines.push_back(fmt::format("'{}' {}{}", thread.name, trace::row(thread.os.state()).about, at));
    };
    const auto& cycle = waits_.cycle();
    for (const SimThread* thread : cycle) describe(*thread);
    for (const auto& process : processes_)
        for (const auto& thread : process->threads)
            if (!thread->ended && !thread->away && std::find(cycle.begin(), cycle.end(), thread.get()) == cycle.end()) describe(*thread);
    return lines;
}

}  // namespace gilsim::workload
