#include "model/multiprocessing/child.hpp"

#include "model/machine/shootdown.hpp"
#include "model/multiprocessing/fork_server.hpp"
#include "model/multiprocessing/pickle.hpp"
#include "model/multiprocessing/stream.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/without_gil.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using scenario::StartMethod;

namespace {

/// What spawn and forkserver send to the child beside the arguments: preparation data and the process object.
Parcel process_object(const scenario::Payload* argument) {
    return {.payload = argument, .objects = 30, .references = 2, .instances = 1};
}
Bytes sent_size(const Parcel& parcel) {
    return pickled_size(parcel) + out_of_band(parcel);
}

// Lib/multiprocessing/spawn.py, _main: once it has booted, a child reads from a pipe what its parent sends, and
// unpickles it. The parent is in start() for as long as it does not fit into the pipe (popen_spawn_posix.py,
// Popen._launch).
Co<> receive_process_object(World& world, SimThread& child, Parcel parcel, Stream& pipe) {
    for (Bytes left = sent_size(parcel); left > 0;)
        left -= co_await workload::without_gil(child, pipe.read(child.os, left));
    const auto objects = co_await loads(world, child, parcel);
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
        const std::shared_ptr<Stream> pipe = make_pipe(world.machine);
        launch.body = [&world, parcel, pipe, body = std::move(launch.body)](SimThread& self) {
            workload::Executor(world, self).perform(receive_process_object(world, self, parcel, *pipe));
            body(self);
        };
        Co<> send = workload::without_gil(parent, pipe->write(parent.os, sent_size(parcel)));
        parent.process.has_tracker = true;  // both start one first; what that costs is not modelled
        if (launch.method == StartMethod::spawn) {
            const auto changes =
                machine::spread(spec.spawn_shootdowns, spec.spawn, spec.spawn_child, spec.spawned_exit());
            co_await machine::change_tables(parent.os, spec.spawn, changes.start);
            child = &world.begin_process(launch, child_spec.spawn_child + child_spec.import_main, &parent, &gathering,
                                         false);
            child->table_changes = changes;
            co_await std::move(send);
        } else {
            child = co_await world.fork_server().ask(parent, std::move(launch), gathering, std::move(send));
        }
    }
    co_await parent.process.interpreter->check_point(parent.py);
    co_return child;
}

Co<> Child::start(World& world, SimThread& parent, Launch launch) {
    gathering_.name = launch.name;
    process_ = co_await start_process(world, parent, std::move(launch), gathering_);
    process_->on_reaped.emplace_back([this](machine::Thread* by) { notify(by); });
}

bool Child::readable() const {
    return process_->threads.front()->over;
}

Co<> Child::join(World& world, SimThread& thread) {
    co_await world.join(thread, gathering_);
}

Co<> Child::terminate(World& world, SimThread& by) {
    co_await threading::library(by, 2, 1);
    if (!process_->ended) co_await world.kill_process(*process_, by.os);
}

}  // namespace gilsim::multiprocessing
