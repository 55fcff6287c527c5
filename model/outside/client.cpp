#include "model/outside/client.hpp"

#include <utility>

namespace gilsim::outside {

using engine::Co;
using machine::Thread;
using trace::EventKind;

Client::Client(machine::Machine& machine, Socket& socket, const scenario::ClientSpec& spec, std::uint64_t seed,
               std::int64_t& next_request)
    : machine_(machine),
      socket_(socket),
      spec_(spec),
      arrivals_(seed, "client.arrivals." + spec.name),
      thoughts_(seed, "client.thoughts." + spec.name),
      next_request_(next_request),
      next_arrival_(machine.engine().queue(), engine::Priority::interrupt, [this] { arrival(); }) {
    socket.client_begins();
}

Client::~Client() = default;

void Client::begin() {
    if (spec_.duration >= 0) end_ = machine_.now() + spec_.duration;
    if (spec_.users > 0) {
        for (auto& user : users_) ask(*user, nullptr);
    } else if (spec_.at.empty()) {
        next_arrival_.arm(machine_.now() + machine::draw(spec_.every, arrivals_));
    } else {
        next_arrival_.arm(spec_.at.front());
    }
}

bool Client::over() const {
    return machine_.now() >= end_ || (spec_.requests >= 0 && sent_ >= spec_.requests);
}

Message Client::new_request() {
    const Message message{spec_.request, next_request_++};
    ++sent_;
    ++open_;
    machine_.recorder().emit(
        {.time = machine_.now(), .kind = EventKind::request_begin, .object = message.kind, .value = message.request});
    return message;
}

void Client::end_request(const Message& message, const Thread* thread) {
    --open_;
    machine_.recorder().emit({.time = machine_.now(),
                              .kind = EventKind::request_end,
                              .thread = thread == nullptr ? -1 : thread->id(),
                              .object = message.kind,
                              .value = message.request});
}

// --- open loop: a connection for each request ----------------------------------------------------------------------

void Client::arrival() {
    if (over()) return finish(nullptr);
    const Message message = new_request();
    Connection& connection =
        socket_.connect([this](const Message& reply, Thread*) { end_request(reply, nullptr); }, nullptr);
    connection.arrive(message, nullptr);
    connection.close(nullptr);
    if (spec_.at.empty())
        next_arrival_.arm(machine_.now() + machine::draw(spec_.every, arrivals_));
    else if (static_cast<std::size_t>(sent_) < spec_.at.size())
        next_arrival_.arm(spec_.at[static_cast<std::size_t>(sent_)]);
    else
        finish(nullptr);
}

// --- closed loop ---------------------------------------------------------------------------------------------------

void Client::connect(Thread* thread) {
    for (std::int64_t i = 0; i < spec_.users; ++i) {
        users_.push_back(std::make_unique<User>());
        User* user = users_.back().get();
        user->thinking = std::make_unique<engine::Timer>(machine_.engine().queue(), engine::Priority::interrupt,
                                                         [this, user] { thought(*user); });
        user->connection = &socket_.connect(
            [this, user](const Message& reply, Thread* sender) {
                if (spec_.on_machine) return post({user, reply}, sender);
                end_request(reply, nullptr);
                think(*user);
            },
            thread);
    }
}

void Client::ask(User& user, Thread* sender) {
    if (over()) return finish(sender);
    user.connection->arrive(new_request(), sender);
}

void Client::think(User& user) {
    const Nanoseconds time = machine::draw(spec_.think, thoughts_);
    if (time > 0)
        user.thinking->arm(machine_.now() + time);
    else
        ask(user, nullptr);
}

// On the machine it ends the time-out with which the clients' thread sleeps, by an interrupt of the core it sleeps on.
void Client::thought(User& user) {
    if (!spec_.on_machine) return ask(user, nullptr);
    std::optional<machine::Core::Interrupt> time_out;
    if (polling_ != nullptr) time_out.emplace(machine_.core(polling_->core()));
    post({&user, std::nullopt}, nullptr);
}

void Client::finish(Thread* sender) {
    if (std::exchange(finished_, true)) return;
    for (auto& user : users_) hang_up(*user, sender);
    socket_.client_ends(sender);
}

void Client::hang_up(User& user, Thread* sender) {
    user.thinking->cancel();
    if (Connection* connection = std::exchange(user.connection, nullptr)) connection->close(sender);
}

// --- clients that share the machine's cores ------------------------------------------------------------------------

void Client::post(Ready ready, Thread* sender) {
    ready_.push_back(std::move(ready));
    if (Thread* thread = std::exchange(polling_, nullptr)) machine_.wake_sync(*thread, sender);
}

// One system call tells which connections are readable; then each is received from, and asked again, in turn.
Co<> Client::live(Thread& thread) {
    const auto& costs = machine_.costs();
    if (spec_.duration >= 0) end_ = machine_.now() + spec_.duration;
    for (auto& user : users_) ready_.push_back({user.get(), std::nullopt});
    while (!finished_) {
        co_await thread.kernel(costs.syscall);
        while (ready_.empty()) {
            polling_ = &thread;
            co_await thread.block(Thread::State::io, costs.syscall);
        }
        co_await thread.user_mode();
        for (std::size_t n = ready_.size(); n > 0 && !finished_; --n) {
            Ready next = std::move(ready_.front());
            ready_.pop_front();
            if (next.reply) {
                co_await thread.run(thread.code(spec_.receive) + next.user->connection->fetch_to_receive(thread),
                                    Thread::State::native_released);
                end_request(*next.reply, &thread);
                if (over()) {
                    hang_up(*next.user, &thread);
                    continue;
                }
                const Nanoseconds time = machine::draw(spec_.think, thoughts_);
                if (time > 0) {
                    next.user->thinking->arm(machine_.now() + time);
                    continue;
                }
            } else if (over()) {
                hang_up(*next.user, &thread);
                continue;
            }
            const Message message = new_request();
            co_await thread.kernel(costs.syscall + thread.code(spec_.send) +
                                   next.user->connection->fetch_to_send(thread));
            next.user->connection->arrive(message, &thread);
            co_await thread.kernel(0);  // telling the core of the receiver
            co_await thread.user_mode();
        }
        if (over() && open_ == 0) finish(&thread);  // all have their replies
    }
}

}  // namespace gilsim::outside
