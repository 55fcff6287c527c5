#include "model/multiprocessing/pipe.hpp"

#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

// Pipe(duplex=True) is a pair of sockets, Pipe(duplex=False) a pipe (Lib/multiprocessing/connection.py, Pipe).
SharedPipe::SharedPipe(World& world, const scenario::ObjectSpec& spec, int trace_id) {
    const auto make = [&](const char* suffix) {
        auto stream = spec.duplex ? make_socket(world.machine) : make_pipe(world.machine);
        return std::make_unique<Channel>(world, std::move(stream), spec.name + suffix, trace_id, 0);
    };
    from_first = make(spec.duplex ? ".0" : "");
    if (spec.duplex) from_second = make(".1");
}

Co<> Pipe::send(SimThread& thread, const scenario::Payload& payload, threading::Item item, int end) {
    const int from = end < 0 ? own_end_ : end;
    Channel& channel = shared_.from_second != nullptr && from == 1 ? *shared_.from_second : *shared_.from_first;
    Message message{.parcel = {.payload = &payload}, .item = item};
    return channel.send(thread, std::move(message));
}

Co<std::unique_ptr<threading::Item>> Pipe::receive(SimThread& thread, int end, Nanoseconds deadline) {
    const int at = end < 0 ? own_end_ : end;
    Channel& channel = shared_.from_second != nullptr && at == 0 ? *shared_.from_second : *shared_.from_first;
    if (deadline != kNever) {
        const bool ready = co_await channel.poll(thread, deadline);
        if (!ready) co_return nullptr;
    }
    Message message = co_await channel.recv(thread);
    message.item.memory = std::move(message.memory);
    co_return std::make_unique<threading::Item>(message.item);
}

}  // namespace gilsim::multiprocessing
