#pragma once
/// multiprocessing.Pipe.

#include <array>

#include "model/multiprocessing/channel.hpp"
#include "model/multiprocessing/shared.hpp"

namespace gilsim::multiprocessing {

/// The kernel's side: a channel in each direction, or (`duplex: false`) one from end 1 to end 0. It knows how many
/// processes have each end open.
class SharedPipe final : public Shared {
public:
    SharedPipe(World& world, const scenario::ObjectSpec& spec, int trace_id);
    /// The channel that an end sends to, and receives from.
    [[nodiscard]] Channel& out_of(int end) { return *(channels_[1] != nullptr ? channels_[at(end)] : channels_[0]); }
    [[nodiscard]] Channel& into(int end) { return *(channels_[1] != nullptr ? channels_[at(1 - end)] : channels_[0]); }
    /// A process more has both ends.
    void open();
    /// A process has an end no longer. `by`: whose system call it was.
    void close(int end, machine::Thread* by);
    [[nodiscard]] bool duplex() const { return channels_[1] != nullptr; }

private:
    static std::size_t at(int end) { return static_cast<std::size_t>(end); }
    std::array<std::unique_ptr<Channel>, 2> channels_;  ///< by the end that sends; of `duplex: false` only the first
    std::array<int, 2> open_{};                         ///< in how many processes
};

/// A process's two connections. It has both, as a forked process has, until it closes them or ends.
class Pipe final : public threading::Object {
public:
    Pipe(std::string name, SharedPipe& shared, workload::Process& process);
    /// Connection.send. `end`: -1: the process's own.
    Co<> send(SimThread& thread, const scenario::Payload& payload, threading::Item item, int end);
    /// Connection.recv; with a time-out: after Connection.poll, null if it has passed.
    Co<std::unique_ptr<threading::Item>> receive(SimThread& thread, int end, Nanoseconds timeout);

    /// Connection.close.
    Co<> close(SimThread& thread, int end);

private:
    [[nodiscard]] int chosen(int end) const { return end < 0 ? own_end_ : end; }
    void check_open(int end, const char* what) const;
    void close(int end, machine::Thread* by);

    SharedPipe& shared_;
    int own_end_;  ///< the one that its threads use unless told
    std::array<bool, 2> open_{true, true};
};

}  // namespace gilsim::multiprocessing
