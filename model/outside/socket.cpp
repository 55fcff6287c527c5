#include "model/outside/socket.hpp"

#include <utility>

namespace gilsim::outside {

using engine::Co;
using machine::Thread;
using machine::TwoEnds;

namespace {

void tell_all(std::vector<Tell>& on_readable, Thread* sender) {
    for (const Tell& tell : std::exchange(on_readable, {})) tell(sender);
}

}  // namespace

// --- connections ---------------------------------------------------------------------------------------------------

void Connection::notice(Thread* sender) {
    if (Thread* thread = std::exchange(waiting_, nullptr)) socket_.machine_.wake_sync(*thread, sender);
    tell_all(on_readable, sender);
}

void Connection::arrive(const Message& message, Thread* sender) {
    ends_.use(TwoEnds::first, sender);
    arrived_.push_back(message);
    notice(sender);
}

Nanoseconds Connection::fetch_to_send(const Thread& client) {
    return ends_.use(TwoEnds::first, &client).apart ? socket_.machine_.spec().ipc.apart.tcp_send : 0;
}

Nanoseconds Connection::fetch_to_receive(const Thread& client) {
    return ends_.use(TwoEnds::first, &client).apart ? socket_.machine_.spec().ipc.apart.tcp_receive : 0;
}

void Connection::close(Thread* sender) {
    closed_ = true;
    notice(sender);
}

Co<std::unique_ptr<Message>> Connection::receive(Thread& thread) {
    const auto& costs = socket_.machine_.costs();
    co_await thread.kernel(costs.syscall);
    while (!readable()) {
        waiting_ = &thread;
        co_await thread.block(Thread::State::io, costs.syscall);
    }
    std::unique_ptr<Message> message;
    if (!arrived_.empty()) {
        message = std::make_unique<Message>(arrived_.front());
        arrived_.pop_front();
        const bool apart = ends_.use(TwoEnds::second, &thread).apart;
        co_await thread.kernel(thread.code(socket_.spec_.receive) +
                               (apart ? socket_.machine_.spec().ipc.apart.tcp_receive : 0));
    }
    co_await thread.user_mode();
    co_return message;
}

// Over loopback the sender's own system call carries the packet to the receiver's queue and wakes it.
Co<> Connection::reply(Thread& thread, Message message) {
    const bool apart = ends_.use(TwoEnds::second, &thread).apart;
    co_await thread.kernel(socket_.machine_.costs().syscall + thread.code(socket_.spec_.send) +
                           (apart ? socket_.machine_.spec().ipc.apart.tcp_send : 0));
    replied_(message, &thread);
    co_await thread.kernel(0);  // telling the core of the receiver
    co_await thread.user_mode();
}

// --- the listening socket ------------------------------------------------------------------------------------------

Socket::Socket(machine::Machine& machine, const scenario::SocketSpec& spec)
    : machine_(machine), spec_(spec), waiting_(machine.recorder(), spec.name, "connections", -1) {}

void Socket::notice(Thread* sender, bool all) {
    while (!accepting_.empty()) {
        Thread* thread = accepting_.front();
        accepting_.pop_front();
        machine_.wake_sync(*thread, sender);
        if (!all) break;
    }
    tell_all(on_readable, sender);
}

Connection& Socket::connect(std::function<void(const Message&, Thread*)> replied, Thread* sender) {
    auto made = std::make_unique<Connection>(*this, std::move(replied));
    Connection& connection = *made;
    connections_[&connection] = std::move(made);
    backlog_.push_back(&connection);
    waiting_.set(machine_.now(), static_cast<std::int64_t>(backlog_.size()));
    notice(sender, false);
    return connection;
}

void Socket::forget(Connection& connection) {
    connections_.erase(&connection);
}

void Socket::client_ends(Thread* sender) {
    if (--clients_ == 0) notice(sender, true);
}

Connection* Socket::try_accept() {
    if (backlog_.empty()) return nullptr;
    Connection* connection = backlog_.front();
    backlog_.pop_front();
    waiting_.set(machine_.now(), static_cast<std::int64_t>(backlog_.size()));
    return connection;
}

Co<Connection*> Socket::accept(Thread& thread) {
    const auto& costs = machine_.costs();
    co_await thread.kernel(costs.syscall);
    while (!readable()) {
        accepting_.push_back(&thread);
        co_await thread.block(Thread::State::io, costs.syscall);
    }
    Connection* connection = try_accept();
    if (connection != nullptr) co_await thread.kernel(spec_.accept);
    co_await thread.user_mode();
    co_return connection;
}

}  // namespace gilsim::outside
