#include "model/multiprocessing/pickle.hpp"

#include "model/multiprocessing/stream.hpp"
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

Nanoseconds copying(const SimThread& thread, Bytes bytes) {
    return per_mib(thread.os.machine().spec().ipc.copy, bytes);
}

struct PerKind {
    Nanoseconds object, reference, instance;
};

Nanoseconds work(const SimThread& thread, const Parcel& parcel, const PerKind& costs, Nanoseconds own) {
    Nanoseconds sum =
        parcel.objects * costs.object + parcel.references * costs.reference + parcel.instances * costs.instance;
    if (parcel.payload == nullptr) return sum;
    if (own >= 0) return sum + parcel.times * own;
    sum += copying(thread, parcel.times * copied(*parcel.payload));
    return sum + parcel.times * (1 + parcel.payload->count) * costs.object;
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

Co<> dumps(World& world, SimThread& thread, Parcel parcel) {
    auto& interpreter = *thread.process.interpreter;
    const auto& costs = interpreter.spec().pickling;
    const Marked marked(world, thread, "pickle");
    co_await interpreter.bytecode(thread.py, costs.dumps);
    const Nanoseconds own = parcel.payload == nullptr ? -1 : parcel.payload->pickle;
    co_await thread.os.run(work(thread, parcel, {costs.object, costs.reference, costs.instance}, own), State::native);
}

Co<> loads(World& world, SimThread& thread, Parcel parcel) {
    auto& interpreter = *thread.process.interpreter;
    const auto& costs = interpreter.spec().pickling;
    const Marked marked(world, thread, "unpickle");
    const Nanoseconds own = parcel.payload == nullptr ? -1 : parcel.payload->unpickle;
    co_await thread.os.run(
        costs.loads + work(thread, parcel, {costs.load_object, costs.load_reference, costs.load_instance}, own),
        State::native);
    co_await interpreter.check_point(thread.py);
}

Co<> copy(SimThread& thread, Bytes bytes) {
    co_await thread.os.run(copying(thread, bytes), State::native);
}

}  // namespace gilsim::multiprocessing
