#include "model/multiprocessing/fork_server.hpp"

#include <utility>

#include "model/machine/shootdown.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/without_gil.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

Co<workload::Process*> ForkServer::ask(SimThread& parent, Launch launch, workload::Gathering& gathering, Co<> send) {
    if (!std::exchange(launched_, true)) co_await launch_server(parent);
    co_await parent.os.run(parent.process.interpreter->spec().forkserver_request);
    Request request{std::move(launch), gathering};
    listener_.add(request, &parent.os);
    co_await std::move(send);
    co_await without_gil(parent, request.answered.wait(parent.os, machine::Thread::State::joining));
    co_return request.child;
}

// ensure_running: a fresh interpreter, which the parent does not wait for; its socket exists already.
Co<> ForkServer::launch_server(SimThread& parent) {
    const auto& spec = parent.process.interpreter->spec();
    const auto changes = machine::spread(spec.spawn_shootdowns, spec.spawn, spec.forkserver_start, spec.spawned_exit());
    co_await machine::change_tables(parent.os, spec.spawn, changes.start);
    Launch server{.name = std::string(trace::kForkServerProcess),
                  .body = [this](SimThread& self) { workload::Executor(world_, self).perform(serve(self)); }};
    const Nanoseconds boot = spec.forkserver_start + (spec.forkserver_preload ? spec.import_main : 0);
    world_.begin_process(server, boot, &parent, nullptr, false).table_changes = changes;
}

// main: the dead first.
Co<> ForkServer::serve(SimThread& server) {
    for (;;) {
        std::vector<Readable*> both{&dead_, &listener_};
        co_await without_gil(server, poll(server.os, std::move(both)));
        if (dead_.readable()) co_await reap(server);
        if (listener_.readable()) co_await fork(server);
    }
}

// It asks until no more are dead (os.waitpid with WNOHANG), and writes to each one's parent how it ended.
Co<> ForkServer::reap(SimThread& server) {
    while (dead_.readable()) {
        workload::Process& dead = dead_.take();
        co_await server.os.run(server.process.interpreter->spec().process_join);
        co_await world_.tell_parent(dead, server.os);
    }
}

Co<> ForkServer::fork(SimThread& server) {
    const auto& spec = server.process.interpreter->spec();
    const auto changes =
        machine::spread(spec.forkserver_shootdowns, spec.forkserver_fork, spec.forkserver_child, spec.process_exit);
    co_await machine::change_tables(server.os, spec.forkserver_fork + server.process.memory->extra_fork_time(),
                                    changes.start);
    Request& request = listener_.take();
    const Nanoseconds boot = spec.forkserver_child + (spec.forkserver_preload ? 0 : spec.import_main);
    workload::Process& child = world_.begin_process(request.launch, boot, &server, &request.gathering, true);
    child.table_changes = changes;
    child.reaper = [this, &child](machine::Thread& by) { dead_.add(child, &by); };
    request.child = &child;
    co_await request.answered.post(server.os);
}

}  // namespace gilsim::multiprocessing
