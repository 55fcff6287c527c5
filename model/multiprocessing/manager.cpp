#include "model/multiprocessing/manager.hpp"

#include <fmt/format.h>

#include "model/workload/executor.hpp"
#include "model/workload/without_gil.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using threading::library;

namespace {

/// What a message to the server means.
struct Request final : Content {
    explicit Request(const scenario::CallManager* its_call) : call(its_call) {}
    const scenario::CallManager* call;  ///< null: a part of the handshake
};

Message small(std::int64_t objects) {
    return {.parcel = {.objects = objects}};
}
/// A part of the handshake.
Message challenge() {
    return small(1);
}

Parcel request_of(const scenario::CallManager& call) {
    return {.payload = &call.arguments, .objects = 6};
}
Parcel reply_of(const scenario::CallManager& call) {
    return {.payload = &call.result, .objects = 3};
}

}  // namespace

ManagerServer::Link::Link(World& world, const std::string& name, int trace_id, SocketPair pair)
    : to_server(world, std::move(pair.there), name + ".calls", trace_id, 0),
      to_client(world, std::move(pair.back), name + ".replies", trace_id, 0) {}

// BaseManager.start: the parent waits for the server's address.
Co<> ManagerServer::start(SimThread& client) {
    if (!std::exchange(started_, true)) {
        Launch launch{.name = spec_.name,
                      .method = start_method_of(spec_, client.process.interpreter->spec()),
                      .body = [this](SimThread& self) { workload::Executor(world_, self).perform(accept(self)); }};
        co_await child_.start(world_, client, std::move(launch));
        child_.process().on_end.emplace_back([this](machine::Thread* last) {
            for (auto& [thread, link] : links_) {
                link->to_server.stream().hang_up(last);
                link->to_client.stream().hang_up(last);
            }
        });
    }
    if (child_.readable())
        throw workload::ProgramError(
            fmt::format("calls manager '{}', whose process has died (Python: ConnectionRefusedError)", spec_.name),
            "let the manager live");
    if (ready_) co_return;
    ++starters_;
    co_await without_gil(client, [](sync::Semaphore& up, machine::Thread& os) -> Co<> {
        co_await up.wait(os, machine::Thread::State::joining);
    }(up_, client.os));
}

// The accepter thread (Server.accepter): a challenge and its answer in both directions, then a thread for the
// connection.
Co<> ManagerServer::accept(SimThread& accepter) {
    ready_ = true;
    for (; starters_ > 0; --starters_) co_await up_.post(accepter.os);
    for (;;) {
        std::vector<Readable*> listener{&listener_};
        co_await without_gil(accepter, poll(accepter.os, std::move(listener)));
        Link& link = listener_.take();
        co_await library(accepter, 6, 6);
        co_await link.to_client.send_bytes(accepter, challenge());
        co_await link.to_server.recv_bytes(accepter);
        co_await link.to_client.send_bytes(accepter, challenge());
        co_await link.to_server.recv_bytes(accepter);
        co_await link.to_client.send_bytes(accepter, challenge());
        co_await link.to_server.recv_bytes(accepter);
        co_await world_.start_worker(
            accepter, fmt::format("{}.client-{}", spec_.name, threads_.members.size() + 1),
            [this, &link](SimThread& self) { serve(self, link); }, threads_);
    }
}

Co<ManagerServer::Link*> ManagerServer::connect(SimThread& client) {
    auto& link = links_[client.os.id()];
    if (link != nullptr) co_return link.get();
    link = std::make_unique<Link>(world_, fmt::format("{}.{}", spec_.name, client.name), trace_id_,
                                  make_socket_pair(world_.machine));
    co_await library(client, 12, 12);
    listener_.add(*link, &client.os);
    co_await link->to_client.recv_bytes(client);
    co_await link->to_server.send_bytes(client, challenge());
    co_await link->to_client.recv_bytes(client);
    co_await link->to_server.send_bytes(client, challenge());
    co_await link->to_client.recv_bytes(client);
    co_await link->to_server.send_bytes(client, challenge());
    Message hello = small(6);  // dispatch(c, None, 'accept_connection', (name,))
    hello.content = std::make_shared<Request>(nullptr);
    co_await link->to_server.send(client, std::move(hello));
    co_await link->to_client.recv(client);
    co_return link.get();
}

// BaseProxy._callmethod.
Co<> ManagerServer::call(SimThread& client, const scenario::CallManager& call) {
    co_await library(client, 2, 2);
    co_await start(client);
    Link* const link = co_await connect(client);
    Message request{.parcel = request_of(call)};
    request.content = std::make_shared<Request>(&call);
    co_await link->to_server.send(client, std::move(request));
    co_await link->to_client.recv(client);
    if (call.result.unpicklable)
        throw workload::ProgramError(
            fmt::format("calls manager '{}', whose result cannot be pickled (Python: RemoteError)", spec_.name),
            "return data");
}

// Server.serve_client.
void ManagerServer::serve(SimThread& server, Link& link) {
    workload::Executor executor(world_, server);
    for (;;) {
        const scenario::CallManager* call = nullptr;
        executor.perform([](Link& from, SimThread& self, const scenario::CallManager*& out) -> Co<> {
            const Message message = co_await from.to_server.recv(self);
            out = static_cast<const Request&>(*message.content).call;
            co_await library(self, 1, 6);  // finds the object and its method
        }(link, server, call));
        if (call != nullptr) executor.run(call->body);
        executor.perform([](Link& to, SimThread& self, const scenario::CallManager* done) -> Co<> {
            const bool fails = done != nullptr && done->result.unpicklable;
            Message reply = done == nullptr || fails ? small(3) : Message{.parcel = reply_of(*done)};
            co_await to.to_client.send(self, std::move(reply));
        }(link, server, call));
    }
}

}  // namespace gilsim::multiprocessing
