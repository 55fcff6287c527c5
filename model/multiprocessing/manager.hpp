#pragma once
/// multiprocessing.Manager (Lib/multiprocessing/managers.py): objects that live in a server process, which has a thread
/// for each thread that calls their proxies.

#include <map>

#include "model/multiprocessing/channel.hpp"
#include "model/multiprocessing/child.hpp"
#include "model/multiprocessing/shared.hpp"

namespace gilsim::multiprocessing {

/// The server, as all processes see it.
class ManagerServer final : public Shared {
public:
    ManagerServer(World& world, const scenario::ObjectSpec& spec, int trace_id)
        : world_(world), spec_(spec), trace_id_(trace_id) {}
    /// One call of a proxy's method; starts the server and connects to it if need be.
    Co<> call(SimThread& client, const scenario::CallManager& call);

private:
    /// The connection of one client thread.
    struct Link {
        Link(World& world, const std::string& name, int trace_id, SocketPair pair);
        Channel to_server, to_client;
    };
    Co<> start(SimThread& client);
    Co<Link*> connect(SimThread& client);
    Co<> accept(SimThread& accepter);
    void serve(SimThread& server, Link& link);

    World& world_;
    const scenario::ObjectSpec& spec_;
    int trace_id_;
    Child child_;
    bool started_ = false;
    bool ready_ = false;
    sync::Semaphore up_{0};
    int starters_ = 0;  ///< who wait until it is up
    Arrivals<Link> listener_;
    workload::Gathering threads_;
    std::map<int, std::unique_ptr<Link>> links_;  ///< by the client thread's id
};

/// A process's proxies.
class Manager final : public threading::Object {
public:
    Manager(std::string name, ManagerServer& server) : Object(std::move(name), -1), server_(server) {}
    Co<> call(SimThread& thread, const scenario::CallManager& call) { return server_.call(thread, call); }

private:
    ManagerServer& server_;
};

}  // namespace gilsim::multiprocessing
