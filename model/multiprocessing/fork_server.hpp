#pragma once
/// The fork server (Lib/multiprocessing/forkserver.py): a small process that forks children for others, and reaps them.

#include "model/multiprocessing/child.hpp"
#include "model/sync/semaphore.hpp"

namespace gilsim::multiprocessing {

class ForkServer {
public:
    explicit ForkServer(World& world) : world_(world) {}
    /// Has the server fork a child, sends that child what it needs (`send`), and waits for its pid. The first who asks
    /// launches the server.
    Co<workload::Process*> ask(SimThread& parent, Launch launch, workload::Gathering& gathering, Co<> send);

private:
    struct Request {
        Launch launch;
        workload::Gathering& gathering;
        workload::Process* child = nullptr;
        sync::Semaphore answered{0};
    };
    Co<> launch_server(SimThread& parent);
    Co<> serve(SimThread& server);
    Co<> reap(SimThread& server);
    Co<> fork(SimThread& server);

    World& world_;
    Arrivals<Request> listener_;
    Arrivals<workload::Process> dead_;  ///< its children, as SIGCHLD's handler writes to a pipe
    bool launched_ = false;
};

}  // namespace gilsim::multiprocessing
