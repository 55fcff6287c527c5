#pragma once
/// Sockets on which a server's threads meet clients: a listening socket and its connections. What a call costs is the
/// kernel's own work; that it releases and takes the GIL is up to the caller.

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "model/machine/machine.hpp"
#include "model/machine/two_ends.hpp"
#include "model/scenario/spec.hpp"
#include "model/threading/counter.hpp"
#include "model/threading/object.hpp"

namespace gilsim::outside {

/// A request under way: its kind and serial number in the trace.
struct Message {
    int kind = -1;
    std::int64_t request = -1;
};

/// How an event loop learns that a descriptor is readable.
using Tell = std::function<void(machine::Thread* sender)>;

class Socket;

/// One connection between a client and whoever has accepted it.
class Connection {
public:
    /// `replied`: tells the client that a reply has arrived; called by the server's send, in the kernel (waker: the
    /// sending thread).
    Connection(Socket& socket, std::function<void(const Message&, machine::Thread* sender)> replied)
        : socket_(socket), replied_(std::move(replied)) {}

    /// The client's message arrives. `sender`: the thread that sent it; nullptr: it comes from outside the machine.
    void arrive(const Message& message, machine::Thread* sender);
    /// What a send (a receive) of a client that shares the machine's cores takes in addition, if the server was last served
    /// on another core.
    Nanoseconds fetch_to_send(const machine::Thread& client);
    Nanoseconds fetch_to_receive(const machine::Thread& client);
    /// The client will send no more.
    void close(machine::Thread* sender);

    /// The server's side: a blocking receive, without the GIL. Null: the client has closed the connection.
    engine::Co<std::unique_ptr<Message>> receive(machine::Thread& thread);
    /// The server's side: the reply goes out.
    engine::Co<> reply(machine::Thread& thread, Message message);

    [[nodiscard]] bool readable() const { return !arrived_.empty() || closed_; }
    /// Who are told, once, when it becomes readable; for event loops.
    std::vector<Tell> on_readable;

private:
    void notice(machine::Thread* sender);
    Socket& socket_;
    std::function<void(const Message&, machine::Thread*)> replied_;
    std::deque<Message> arrived_;
    bool closed_ = false;
    machine::TwoEnds ends_;  ///< client, server
    machine::Thread* waiting_ = nullptr;  ///< a thread that sleeps in receive
};

/// A listening socket. Each connection is accepted once.
class Socket final : public threading::Awaited {
public:
    Socket(machine::Machine& machine, const scenario::SocketSpec& spec);

    /// A client connects.
    Connection& connect(std::function<void(const Message&, machine::Thread* sender)> replied, machine::Thread* sender);
    /// A connection is closed by both sides.
    void forget(Connection& connection);
    /// A client that may connect has come into being, or is done.
    void client_begins() { ++clients_; }
    void client_ends(machine::Thread* sender);

    /// accept, blocking, without the GIL. Null: there is no client left.
    engine::Co<Connection*> accept(machine::Thread& thread);
    /// For an event loop: a connection if there is one.
    Connection* try_accept();
    [[nodiscard]] bool readable() const { return !backlog_.empty() || clients_ == 0; }
    [[nodiscard]] bool finished() const { return backlog_.empty() && clients_ == 0; }
    /// The same: all loops that wait for it, of which one finds the connection (epoll without EPOLLEXCLUSIVE).
    std::vector<Tell> on_readable;

    [[nodiscard]] const scenario::SocketSpec& spec() const { return spec_; }
    [[nodiscard]] machine::Machine& machine() { return machine_; }
    [[nodiscard]] std::string told() const override { return "a client of socket '" + spec_.name + "'"; }

private:
    friend class Connection;
    void notice(machine::Thread* sender, bool all);

    machine::Machine& machine_;
    const scenario::SocketSpec& spec_;
    std::unordered_map<const Connection*, std::unique_ptr<Connection>> connections_;  ///< never iterated
    std::deque<Connection*> backlog_;
    std::deque<machine::Thread*> accepting_;
    threading::Counter waiting_;  ///< connections not yet accepted
    int clients_ = 0;
};

}  // namespace gilsim::outside
