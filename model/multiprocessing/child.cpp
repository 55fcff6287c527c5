#include "model/multiprocessing/child.hpp"

#include "model/machine/shootdown.hpp"
#include "model/multiprocessing/fork_server.hpp"
#include "model/multiprocessing/pickle.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using scenario::StartMethod;

namespace {

/// What spawn and forkserver send to the child beside the arguments: preparation data and the process object.
Parcel process_object(const scenario::Payload* argument) {
    return {.payload = argument, .objects = 30, .references = 2, .instances = 1};
}

}  // namespace

Co<workload::Process*> start_process(World& world, SimThread& parent, Launch launch, workload::Gathering& gathering) {
    const auto& spec = parent.process.interpreter->spec();
    if (launch.interpreter < 0) launch.interpreter = parent.process.runs;  // not a server's that forks it
    const auto& child_spec = world.variant.interpreters[static_cast<std::size_t>(launch.interpreter)];
    workload::Process* child = nullptr;
    if (launch.method == StartMethod::fork) {
        const auto changes = machine::spread(spec.fork_shootdowns, spec.fork, spec.fork_child, spec.process_exit);
        co_await machine::change_tables(parent.os, spec.fork + parent.process.memory->extra_fork_time(), changes.start);
        child = &world.begin_process(launch, child_spec.fork_child, &parent, &gathering, true);
        child->table_changes = changes;
    } else {
        if (launch.argument != nullptr && launch.argument->unpicklable)
            throw workload::ProgramError(
                "starts '" + launch.name +
                    "' with an argument that cannot be pickled (Python: TypeError: cannot pickle)",
                "pass data, or take 'start_method: fork'");
        const Parcel parcel = process_object(launch.argument);
        const auto pickle = co_await dumps(world, parent, parcel);
        // The child unpickles what was sent before it does anything else.
        launch.body = [&world, parcel, body = std::move(launch.body)](SimThread& self) {
            workload::Executor(world, self).perform([](World& in, SimThread& child_thread, Parcel what) -> Co<> {
                const auto objects = co_await loads(in, child_thread, what);
            }(world, self, parcel));
            body(self);
        };
        parent.process.has_tracker = true;  // both start one first; what that costs is not modelled
        if (launch.method == StartMethod::spawn) {
            const auto changes =
                machine::spread(spec.spawn_shootdowns, spec.spawn, spec.spawn_child, spec.spawned_exit());
            co_await machine::change_tables(parent.os, spec.spawn, changes.start);
            child = &world.begin_process(launch, child_spec.spawn_child + child_spec.import_main, &parent, &gathering,
                                         false);
            child->table_changes = changes;
        } else {
            child = co_await world.fork_server().ask(parent, std::move(launch), gathering);
        }
    }
    co_await parent.process.interpreter->check_point(parent.py);
    co_return child;
}

Co<> Child::start(World& world, SimThread& parent, Launch launch) {
    gathering_.name = launch.name;
    process_ = co_await start_process(world, parent, std::move(launch), gathering_);
    process_->on_end.emplace_back([this](machine::Thread* last) {
        ended_ = true;
        notify(last);
    });
    if (process_->ended) ended_ = true;
}

Co<> Child::join(World& world, SimThread& thread) {
    co_await world.join(thread, gathering_);
}

Co<> Child::terminate(World& world, SimThread& by) {
    co_await threading::library(by, 2, 1);
    if (!process_->ended) co_await world.kill_process(*process_, by.os);
}

}  // namespace gilsim::multiprocessing
