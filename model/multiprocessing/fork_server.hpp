#pragma once
/// The fork server (Lib/multiprocessing/forkserver.py): a small process that forks children for others, and reaps them.

#include <deque>

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
    /// Its listening socket.
    class Listener final : public Readable {
    public:
        std::deque<Request*> waiting;
        [[nodiscard]] bool readable() const override { return !waiting.empty(); }
    };
    /// Its children that are dead: the reading end of the pipe that its signal handler writes to (SIGCHLD).
    class Dead final : public Readable {
    public:
        std::deque<workload::Process*> waiting;
        [[nodiscard]] bool readable() const override { return !waiting.empty(); }
    };
    Co<> launch_server(SimThread& parent);
    Co<> serve(SimThread& server);
    Co<> reap(SimThread& server);
    Co<> fork(SimThread& server);

    World& world_;
    Listener listener_;
    Dead dead_;
    bool launched_ = false;
};

}  // namespace gilsim::multiprocessing
