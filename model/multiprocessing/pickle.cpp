#include "model/multiprocessing/pickle.hpp"

#include "model/multiprocessing/stream.hpp"
#include "model/scenario/version.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using scenario::Payload;
using State = machine::Thread::State;

namespace {

// Pickled sizes (protocol 4): opcodes, memo and lengths. Parts of a message that are small anyway.
constexpr Bytes kFrame = 15;
constexpr Bytes kObject = 3;
constexpr Bytes kReference = 40;
constexpr Bytes kInstance = 60;

/// An operation of the thread's, in the trace, as long as it lives.
class Marked {
public:
    Marked(World& world, const SimThread& thread, const char* what)
        : world_(world), thread_(thread.os.id()), label_(world.label(what)) {
        emit(trace::EventKind::op_begin);
    }
    ~Marked() { emit(trace::EventKind::op_end); }
    Marked(const Marked&) = delete;
    Marked& operator=(const Marked&) = delete;

private:
    void emit(trace::EventKind kind) {
        world_.recorder.emit({.time = world_.engine.now(), .kind = kind, .thread = thread_, .object = label_});
    }
    World& world_;
    int thread_;
    int label_;
};

/// What the pickler copies of a payload.
Bytes copied(const Payload& payload) {
    if (payload.kind == Payload::Kind::objects) return payload.count * payload.each;
    return payload.out_of_band ? 0 : payload.size;
}

struct PerKind {
    Nanoseconds object, reference, instance;
};

Nanoseconds work(const Parcel& parcel, const PerKind& costs, Nanoseconds own) {
    Nanoseconds sum =
        parcel.objects * costs.object + parcel.references * costs.reference + parcel.instances * costs.instance;
    if (parcel.payload == nullptr) return sum;
    if (own >= 0) return sum + parcel.times * own;
    return sum + parcel.times * (1 + parcel.payload->count) * costs.object;
}

/// Whether bytes are copied at a cost of their own: not if the scenario says what pickling takes in all.
bool moves(const Parcel& parcel, Nanoseconds own) {
    return parcel.payload != nullptr && own < 0 && copied(*parcel.payload) > 0;
}

/// What the pickler writes at a time (Modules/_pickle.c): frames of 64 KiB; bytes that are longer by themselves.
constexpr Bytes kFramed = 64 << 10;
constexpr Bytes kWriteBuffer = 4096 + 33;  // WRITE_BUF_SIZE, as bytes

Co<std::shared_ptr<Buffer>> write_pickle(SimThread& thread, const Parcel& parcel) {
    const Payload& payload = *parcel.payload;
    const bool whole = payload.kind != Payload::Kind::objects && copied(payload) >= kFramed;
    const Bytes part = whole ? copied(payload) : kFramed;
    Appended file;
    co_await file.append(thread, kFrame - 2);
    for (Bytes left = parcel.times * copied(payload); left > 0; left -= part)
        co_await file.append(thread, std::min(left, part));
    // Its next buffer (_Pickler_ClearBuffer) is made when long bytes have been written, and lies above them: they cannot grow in
    // place for the opcode that ends the pickle.
    const Buffer next(thread, whole ? kWriteBuffer : 0, kWriteBuffer);
    co_await file.append(thread, 2);
    co_return file.take();
}

// cPickle writes to a cStringIO, whose room doubles (Modules/cStringIO.c, O_cwrite); its value is a copy.
Co<std::shared_ptr<Buffer>> write_c_pickle(SimThread& thread, Bytes size) {
    Buffer file(thread, size);
    co_await copy(thread, size);
    co_await file.fill(thread, 0, size);
    co_await file.resize(thread, 2 * size, size);
    auto text = std::make_shared<Buffer>(thread, size);
    co_await copy(thread, size);
    co_await text->fill(thread, 0, size);
    co_return text;
}

}  // namespace

Bytes pickled_size(const Parcel& parcel) {
    if (parcel.payload == nullptr && parcel.objects + parcel.references + parcel.instances == 0) return 0;  // None, b""
    const Bytes wrapping =
        kFrame + parcel.objects * kObject + parcel.references * kReference + parcel.instances * kInstance;
    return wrapping + (parcel.payload == nullptr ? 0 : parcel.times * (kObject + copied(*parcel.payload)));
}

Bytes out_of_band(const Parcel& parcel) {
    return parcel.payload != nullptr && parcel.payload->out_of_band ? parcel.times * parcel.payload->size : 0;
}

bool unpicklable(const Parcel& parcel) {
    return parcel.payload != nullptr && parcel.payload->unpicklable;
}

bool in_python(const SimThread& thread) {
    return scenario::at_least(thread.process.interpreter->spec(), 3, 3);
}

Co<std::shared_ptr<void>> make(SimThread& thread, const Payload& payload, std::int64_t times) {
    using Made = std::vector<std::unique_ptr<Buffer>>;
    std::shared_ptr<Made> made;
    if (payload.existing) co_return made;
    if (payload.kind == Payload::Kind::objects) {
        const auto& memory = thread.process.interpreter->spec().memory;
        co_await thread.os.run(times * payload.count * (memory.allocate + memory.free), State::native);
    } else if (payload.size > 0) {
        made = std::make_shared<Made>();
        for (; times > 0; --times) {
            made->push_back(std::make_unique<Buffer>(thread, payload.size));
            co_await write(thread, payload.size);
            co_await made->back()->fill(thread, 0, payload.size);
        }
    }
    co_return made;
}

Co<std::shared_ptr<Buffer>> dumps(World& world, SimThread& thread, Parcel parcel) {
    auto& interpreter = *thread.process.interpreter;
    const auto& costs = interpreter.spec().pickling;
    const Marked marked(world, thread, "pickle");
    auto& memory = *thread.process.memory;
    if (memory.first_since_fork()) co_await memory.touch(thread.py, interpreter.spec().memory.forked.dumps);
    co_await interpreter.bytecode(thread.py, thread.os.code(costs.dumps));
    const Nanoseconds own = parcel.payload == nullptr ? -1 : parcel.payload->pickle;
    const Nanoseconds warm = work(parcel, {costs.object, costs.reference, costs.instance}, own);
    co_await thread.os.run(thread.os.code(warm), State::native);
    std::shared_ptr<Buffer> pickle;
    if (moves(parcel, own)) {
        if (in_python(thread)) {
            pickle = co_await write_pickle(thread, parcel);
        } else {
            pickle = co_await write_c_pickle(thread, pickled_size(parcel));
        }
    }
    co_return pickle;
}

Co<std::shared_ptr<Buffer>> loads(World& world, SimThread& thread, Parcel parcel) {
    auto& interpreter = *thread.process.interpreter;
    const auto& costs = interpreter.spec().pickling;
    const Marked marked(world, thread, "unpickle");
    auto& memory = *thread.process.memory;
    if (memory.first_since_fork()) co_await memory.touch(thread.py, interpreter.spec().memory.forked.loads);
    const Nanoseconds own = parcel.payload == nullptr ? -1 : parcel.payload->unpickle;
    const Nanoseconds warm =
        costs.loads + work(parcel, {costs.load_object, costs.load_reference, costs.load_instance}, own);
    co_await thread.os.run(thread.os.code(warm), State::native);
    std::shared_ptr<Buffer> objects;
    if (moves(parcel, own)) {
        const Bytes size = parcel.times * copied(*parcel.payload);
        co_await copy(thread, size);
        // Small objects come from the interpreter's own allocator.
        if (parcel.payload->kind != Payload::Kind::objects) {
            objects = std::make_shared<Buffer>(thread, size);
            co_await objects->fill(thread, 0, size);
        }
    }
    co_await interpreter.check_point(thread.py);
    co_return objects;
}

}  // namespace gilsim::multiprocessing
