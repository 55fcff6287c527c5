#include "model/multiprocessing/pipe.hpp"

#include <fmt/format.h>

#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

// Pipe(duplex=True) is a pair of sockets, Pipe(duplex=False) a pipe (Lib/multiprocessing/connection.py, Pipe).
SharedPipe::SharedPipe(World& world, const scenario::ObjectSpec& spec, int trace_id) {
    const auto make = [&](std::unique_ptr<Stream> stream, const char* suffix) {
        return std::make_unique<Channel>(world, std::move(stream), spec.name + suffix, trace_id, 0);
    };
    if (!spec.duplex) {
        channels_[0] = make(make_pipe(world.machine), "");
        return;
    }
    SocketPair pair = make_socket_pair(world.machine);
    channels_[0] = make(std::move(pair.there), ".0");
    channels_[1] = make(std::move(pair.back), ".1");
}

void SharedPipe::open() {
    ++open_[0];
    ++open_[1];
}

void SharedPipe::close(int end, machine::Thread* by) {
    if (--open_[at(end)] > 0) return;
    if (duplex() || end == 1) out_of(end).stream().end_writing(by);
    if (duplex() || end == 0) into(end).stream().end_reading(by);
}

Pipe::Pipe(std::string name, SharedPipe& shared, workload::Process& process)
    : Object(std::move(name), -1), shared_(shared), own_end_(process.id == 0 ? 0 : 1) {
    if (process.host != nullptr) return;  // a sub-interpreter has those of its process
    shared_.open();
    process.on_end.emplace_back([this](machine::Thread* last) {
        close(0, last);
        close(1, last);
    });
}

void Pipe::close(int end, machine::Thread* by) {
    if (std::exchange(open_[static_cast<std::size_t>(end)], false)) shared_.close(end, by);
}

Co<> Pipe::close(SimThread& thread, int end) {
    co_await threading::library(thread, 1, 1);
    co_await thread.os.kernel(thread.os.machine().costs().syscall);
    close(chosen(end), &thread.os);
    co_await thread.os.user_mode();
}

void Pipe::check_open(int end, const char* what) const {
    if (!open_[static_cast<std::size_t>(end)])
        throw workload::ProgramError(
            fmt::format("{} end {} of pipe '{}', which its process has closed (Python: OSError: handle is closed)",
                        what, end, name()),
            "close it later");
}

Co<> Pipe::send(SimThread& thread, const scenario::Payload& payload, threading::Item item, int end) {
    const int from = shared_.duplex() ? chosen(end) : 1;
    check_open(from, "sends to");
    Message message{.parcel = {.payload = &payload}, .item = item};
    return shared_.out_of(from).send(thread, std::move(message));
}

Co<std::unique_ptr<threading::Item>> Pipe::receive(SimThread& thread, int end, Nanoseconds timeout) {
    const int at = shared_.duplex() ? chosen(end) : 0;
    check_open(at, "receives from");
    Channel& channel = shared_.into(at);
    if (timeout != kNever) {
        const bool ready = co_await channel.poll(thread, timeout);
        if (!ready) co_return nullptr;
    }
    Message message = co_await channel.recv(thread);
    message.item.memory = std::move(message.memory);
    co_return std::make_unique<threading::Item>(message.item);
}

}  // namespace gilsim::multiprocessing
