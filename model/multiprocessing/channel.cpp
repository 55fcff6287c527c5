#include "model/multiprocessing/channel.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "model/scenario/version.hpp"
#include "model/workload/without_gil.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using threading::Calls;
using threading::library;
using threading::rest;
using trace::EventKind;

namespace {

constexpr Bytes kHeader = 4;
constexpr Bytes kLongHeader = 12;  // -1, then eight bytes
constexpr Bytes kLongest = 0x7fffffff;
constexpr Bytes kPiece = 64 << 10;
constexpr Bytes kSentWithHeader = 16384;  // Connection._send_bytes, conn_send_string

// Calls of functions of Python's and of C's in Lib/multiprocessing/connection.py.
constexpr Calls kSendBytes{3, 4};
constexpr Calls kSend{3, 1};
constexpr Calls kReceive{3, 1};
constexpr Calls kWriteFrame{2, 4};  // _send; len, pack, write
constexpr Calls kReadHeader{2, 6};
constexpr Calls kReadChunk{1, 4};
constexpr Calls kInC{0, 1};  // before 3.3
const std::vector<Calls> kWholeSend{kSendBytes, kWriteFrame};
const std::vector<Calls> kWholeReceive{kReceive, kReadHeader, kReadChunk};

Co<> code(SimThread& thread, const Calls& calls, machine::CodeSite site = machine::CodeSite::here()) {
    return library(thread, calls.python, calls.c, site);
}

}  // namespace

Channel::Channel(World& world, std::unique_ptr<Stream> stream, std::string name, int trace_id, int process)
    : world_(world),
      stream_(std::move(stream)),
      name_(std::move(name)),
      trace_id_(trace_id),
      bytes_(world.recorder, name_, "B", process) {}

void Channel::emit(EventKind kind, const SimThread& thread, std::int64_t value) {
    world_.recorder.emit(
        {.time = world_.engine.now(), .kind = kind, .thread = thread.os.id(), .object = trace_id_, .value = value});
}

Co<> Channel::send(SimThread& thread, Message message) {
    if (in_python(thread)) co_await code(thread, kSend);
    if (unpicklable(message.parcel))
        throw workload::ProgramError(
            fmt::format("sends an object to '{}' that cannot be pickled (Python: TypeError: cannot pickle)", name_),
            "send data instead of lambdas, locks and open files");
    message.memory = co_await dumps(world_, thread, message.parcel);
    co_await transmit(thread, std::move(message));
}

Co<Message> Channel::recv(SimThread& thread) {
    if (in_python(thread)) co_await code(thread, kReceive);
    Message message = co_await fetch(thread);
    message.memory = co_await loads(world_, thread, message.parcel);
    co_return message;
}

Co<> Channel::send_bytes(SimThread& thread, Message message) {
    if (in_python(thread)) co_await code(thread, kSendBytes);
    co_await transmit(thread, std::move(message));
}

Co<Message> Channel::recv_bytes(SimThread& thread) {
    if (in_python(thread)) co_await code(thread, kReceive);
    Message message = co_await fetch(thread);
    if (in_python(thread) && message.memory != nullptr) {  // BytesIO.getvalue() cuts off what it has too much
        const Bytes beside = out_of_band(message.parcel);
        const Bytes size = beside > 0 ? beside : pickled_size(message.parcel);
        co_await message.memory->resize(thread, size, size);
    }
    co_return message;
}

// _send_bytes.
Co<> Channel::transmit(SimThread& thread, Message message) {
    if (writer_ != nullptr)
        throw workload::ProgramError(
            fmt::format("sends to '{}' while '{}' still does: their bytes would be mixed up", name_, writer_->name),
            "give each its own pipe, or take a process_queue or a process_simple_queue, which have a lock");
    writer_ = &thread;
    message.serial = world_.next_message++;
    emit(EventKind::message_send, thread, message.serial);
    const Bytes frame = pickled_size(message.parcel);
    const Bytes beside = out_of_band(message.parcel);
    const auto pickle = std::exchange(message.memory, nullptr);  // kept until all of it is written
    message.item.memory = nullptr;                               // of this process
    messages_.push_back(std::move(message));
    co_await write_frame(thread, frame);
    if (beside > 0) co_await write_frame(thread, beside);
    writer_ = nullptr;
}

Co<> Channel::write_frame(SimThread& thread, Bytes bytes) {
    co_await code(thread, in_python(thread) ? kWriteFrame : kInC);
    if (in_python(thread)) co_await rest(thread, thread.process.interpreter->spec().connection_send, kWholeSend);
    Bytes header = bytes > kLongest ? kLongHeader : kHeader;
    under_way_ += header + bytes;
    bytes_.set(world_.engine.now(), under_way_);
    if (bytes <= kSentWithHeader) {
        co_await copy(thread, bytes);
        bytes += header;
        header = 0;
    }
    if (header > 0) co_await without_gil(thread, stream_->write(thread.os, header));
    co_await without_gil(thread, stream_->write(thread.os, bytes));
}

namespace {

/// A thread is in the middle of a message for as long as this lives.
class InMessage {
public:
    InMessage(const SimThread*& who, const SimThread& thread) : who_(who) { who_ = &thread; }
    ~InMessage() { who_ = nullptr; }
    InMessage(const InMessage&) = delete;
    InMessage& operator=(const InMessage&) = delete;

private:
    const SimThread*& who_;
};

}  // namespace

void Channel::raise_end_of_file() const {
    throw EndOfFile(
        fmt::format("waits for a message of '{}', to which no process can send any more (Python: EOFError)", name_),
        "let its sender live, and keep its end open, or receive by 'receive_all'");
}

// _recv_bytes.
Co<Message> Channel::fetch(SimThread& thread) {
    if (reader_ != nullptr)
        throw workload::ProgramError(
            fmt::format("receives from '{}' while '{}' still does: each would get a part of the message", name_,
                        reader_->name),
            "give each its own pipe, or take a process_queue or a process_simple_queue, which have a lock");
    const InMessage reading(reader_, thread);
    const threading::Waiting waiting(thread, *this, kNever);
    const bool must_wait = !readable();
    if (must_wait) emit(EventKind::sync_wait, thread, 0);
    co_await code(thread, in_python(thread) ? kReadHeader : kInC);
    const Bytes header = co_await without_gil(thread, stream_->read(thread.os, kHeader));
    if (must_wait) emit(EventKind::sync_done, thread, 0);
    if (header == 0) raise_end_of_file();
    Message message = std::move(messages_.front());
    messages_.pop_front();
    const Bytes frame = pickled_size(message.parcel);
    const Bytes beside = out_of_band(message.parcel);
    message.memory = co_await read_frame(thread, frame);
    if (beside > 0) {
        co_await without_gil(thread, stream_->read(thread.os, kHeader));
        message.memory = co_await read_frame(thread, beside);
    }
    emit(EventKind::message_receive, thread, message.serial);
    co_return message;
}

namespace {

/// read(2) into memory whose pages the kernel must find first.
Co<Bytes> read_into(SimThread& thread, Stream& stream, Bytes most, Buffer& buffer, Bytes from) {
    const Bytes part = co_await stream.read(thread.os, most);
    co_await buffer.fill(thread, from, from + part);
    co_return part;
}

}  // namespace

// In Python: each read(2) into bytes of the size that is still wanted (3.14: at most 64 KiB, BUFSIZE), which are cut to
// what came (os.read) and appended to a BytesIO. In C: one buffer, one wait, and a copy as a string
// (connection_recv_obj).
Co<std::shared_ptr<Buffer>> Channel::read_frame(SimThread& thread, Bytes bytes) {
    if (bytes > kLongest) co_await without_gil(thread, stream_->read(thread.os, kLongHeader - kHeader));
    std::shared_ptr<Buffer> memory;
    if (in_python(thread)) {
        const bool in_pieces = scenario::at_least(thread.process.interpreter->spec(), 3, 14);
        Appended file;
        std::unique_ptr<Buffer> last;
        for (Bytes have = 0; have < bytes;) {
            const Bytes wanted = in_pieces ? std::min(bytes - have, kPiece) : bytes - have;
            auto chunk = std::make_unique<Buffer>(thread, wanted);
            const Bytes part = co_await without_gil(thread, read_into(thread, *stream_, wanted, *chunk, 0));
            if (part == 0) raise_end_of_file();
            co_await library(thread, have == 0 ? kReadChunk.python : 0, kReadChunk.c);
            if (have == 0) co_await rest(thread, thread.process.interpreter->spec().connection_receive, kWholeReceive);
            co_await chunk->resize(thread, part, part);
            last = std::move(chunk);
            co_await file.append(thread, part, bytes);
            have += part;
        }
        memory = file.take();
    } else {
        Buffer whole(thread, bytes);
        for (Bytes have = 0; have < bytes;) {
            const Bytes part = co_await without_gil(thread, read_into(thread, *stream_, bytes - have, whole, have));
            if (part == 0) raise_end_of_file();
            have += part;
        }
        memory = std::make_shared<Buffer>(thread, bytes);
        co_await copy(thread, bytes);
        co_await memory->fill(thread, 0, bytes);
    }
    under_way_ -= bytes + (bytes > kLongest ? kLongHeader : kHeader);
    bytes_.set(world_.engine.now(), under_way_);
    co_return memory;
}

Co<bool> Channel::poll(SimThread& thread, Nanoseconds timeout) {
    co_await library(thread, 3, 0);
    std::vector<Readable*> only{stream_.get()};
    const bool ready = co_await wait(thread, std::move(only), timeout);
    co_return ready;
}

Co<bool> wait(SimThread& thread, std::vector<Readable*> what, Nanoseconds timeout) {
    // Lib/selectors.py: a PollSelector is made, each thing is registered (fileno, a named tuple, dictionaries), and
    // afterwards it is closed.
    const int count = static_cast<int>(what.size());
    if (in_python(thread)) co_await library(thread, 13 + 10 * count, 15 + 10 * count);
    const Nanoseconds deadline = threading::deadline_after(thread, timeout);
    const bool ready = co_await without_gil(thread, multiprocessing::poll(thread.os, std::move(what), deadline));
    if (in_python(thread)) co_await library(thread, 5, 5);
    co_return ready;
}

}  // namespace gilsim::multiprocessing
