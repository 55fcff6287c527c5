#pragma once
/// Clients: they send requests to a socket and wait for replies. Closed loop: each of so many users waits for its reply,
/// thinks, asks again. Open loop: requests come when they come, whatever the server does.

#include <memory>
#include <optional>
#include <vector>

#include "model/engine/random.hpp"
#include "model/outside/socket.hpp"

namespace gilsim::outside {

class Client {
public:
    /// `next_request`: the run's next serial number of a request.
    Client(machine::Machine& machine, Socket& socket, const scenario::ClientSpec& spec, std::uint64_t seed,
           std::int64_t& next_request);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    /// Users of a closed loop connect, at the beginning of the run. `thread`: on which the clients live, if they share the
    /// machine's cores.
    void connect(machine::Thread* thread);
    /// Begins to send.
    void begin();
    /// The body of that thread, from then on: a program that waits for all its connections at once (epoll), and ends.
    engine::Co<> live(machine::Thread& thread);

private:
    struct User {
        Connection* connection = nullptr;
        std::unique_ptr<engine::Timer> thinking;
    };
    [[nodiscard]] bool over() const;
    Message new_request();
    void end_request(const Message& message, const machine::Thread* thread);
    void arrival();
    void ask(User& user, machine::Thread* sender);
    void think(User& user);
    void thought(User& user);
    void finish(machine::Thread* sender);
    /// The user asks no more: its server is free for another connection.
    void hang_up(User& user, machine::Thread* sender);

    machine::Machine& machine_;
    Socket& socket_;
    const scenario::ClientSpec& spec_;
    engine::Random arrivals_, thoughts_;
    std::int64_t& next_request_;
    std::vector<std::unique_ptr<User>> users_;
    engine::Timer next_arrival_;
    Nanoseconds end_ = kNever;
    std::int64_t sent_ = 0;
    std::int64_t open_ = 0;  ///< requests without a reply
    bool finished_ = false;
    // On the machine: what its thread has to do, in order.
    struct Ready {
        User* user;
        std::optional<Message> reply;  ///< without one: the user has thought, and asks
    };
    std::deque<Ready> ready_;
    machine::Thread* polling_ = nullptr;  ///< its thread, while it sleeps
    void post(Ready ready, machine::Thread* sender);
};

}  // namespace gilsim::outside
