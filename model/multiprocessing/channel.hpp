#pragma once
/// multiprocessing.connection.Connection, one direction: messages with their lengths over a stream
/// (Lib/multiprocessing/connection.py; 2.7: Modules/_multiprocessing/connection.h).

#include <deque>
#include <memory>
#include <string>

#include "model/multiprocessing/pickle.hpp"
#include "model/multiprocessing/stream.hpp"
#include "model/threading/counter.hpp"
#include "model/threading/queue.hpp"
#include "model/workload/program_error.hpp"

namespace gilsim::multiprocessing {

/// What a message means to whoever it is sent to, beside its costs.
struct Content {
    virtual ~Content() = default;
};

struct Message {
    Parcel parcel;
    threading::Item item{};                            ///< the request that travels with it
    std::shared_ptr<const Content> content = nullptr;  ///< null: None
    std::int64_t serial = -1;                          ///< in the trace
    std::shared_ptr<Buffer> memory = nullptr;          ///< of the process that has it: pickled, then unpickled
};

/// What recv raises when no process can send any more and all that was sent has been received (EOFError).
class EndOfFile final : public workload::ProgramError {
public:
    using ProgramError::ProgramError;
};

class Channel final : public threading::Awaited {
public:
    /// `trace_id`: of the directory's locks. `name`: what it is called in the trace.
    Channel(World& world, std::unique_ptr<Stream> stream, std::string name, int trace_id, int process);

    /// send(): pickles the message and writes it. Throws ProgramError where Python raises.
    Co<> send(SimThread& thread, Message message);
    /// recv(): reads a message and unpickles it.
    Co<Message> recv(SimThread& thread);
    /// send_bytes(): what is pickled already.
    Co<> send_bytes(SimThread& thread, Message message);
    /// recv_bytes(): what is still to be unpickled.
    Co<Message> recv_bytes(SimThread& thread);
    /// poll(timeout), for messages.
    Co<bool> poll(SimThread& thread, Nanoseconds timeout);

    [[nodiscard]] Stream& stream() { return *stream_; }
    [[nodiscard]] bool readable() const { return stream_->readable(); }
    [[nodiscard]] std::string told() const override { return "a message of '" + name_ + "'"; }

private:
    class Room;
    Co<> transmit(SimThread& thread, Message message);
    Co<Message> fetch(SimThread& thread);
    Co<> write_frame(SimThread& thread, Bytes bytes);
    Co<std::shared_ptr<Buffer>> read_frame(SimThread& thread, Bytes bytes);
    [[noreturn]] void raise_end_of_file() const;
    void emit(trace::EventKind kind, const SimThread& thread, std::int64_t value);

    World& world_;
    std::unique_ptr<Stream> stream_;
    std::string name_;
    int trace_id_;
    threading::Counter bytes_;
    Bytes under_way_ = 0;
    std::deque<Message> messages_;  ///< written, or being written, and not yet read
    const SimThread* writer_ = nullptr;
    const SimThread* reader_ = nullptr;
};

/// connection.wait(...) of Python (a selector made for the purpose, then poll). False: the time-out has passed.
Co<bool> wait(SimThread& thread, std::vector<Readable*> what, Nanoseconds timeout = kNever);

}  // namespace gilsim::multiprocessing
