#pragma once
/// multiprocessing.Pipe.

#include "model/multiprocessing/channel.hpp"
#include "model/multiprocessing/shared.hpp"

namespace gilsim::multiprocessing {

/// The kernel's side: a channel in each direction, or (`duplex: false`) in one.
struct SharedPipe final : Shared {
    SharedPipe(World& world, const scenario::ObjectSpec& spec, int trace_id);
    std::unique_ptr<Channel> from_first, from_second;
};

/// A process's two connections.
class Pipe final : public threading::Object {
public:
    /// `own_end`: the one that its threads use unless told.
    Pipe(std::string name, SharedPipe& shared, int own_end)
        : Object(std::move(name), -1), shared_(shared), own_end_(own_end) {}
    /// Connection.send. `end`: -1: the process's own.
    Co<> send(SimThread& thread, const scenario::Payload& payload, threading::Item item, int end);
    /// Connection.recv; with a deadline: after Connection.poll, null if it has passed.
    Co<std::unique_ptr<threading::Item>> receive(SimThread& thread, int end, Nanoseconds deadline);

private:
    SharedPipe& shared_;
    int own_end_;
};

}  // namespace gilsim::multiprocessing
