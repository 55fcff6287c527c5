#pragma once
/// What it costs to make a message of objects, and objects of a message (Modules/_pickle.c,
/// Lib/multiprocessing/reduction.py).

#include <stdexcept>

#include "model/multiprocessing/buffer.hpp"
#include "model/scenario/spec.hpp"
#include "model/workload/process.hpp"

namespace gilsim::workload {
class World;
}

namespace gilsim::multiprocessing {

using engine::Co;
using workload::SimThread;
using workload::World;

/// What a message consists of: a payload, as often as there are calls in it, and what the library wraps around it.
struct Parcel {
    const scenario::Payload* payload = nullptr;  ///< null: nothing but the wrapping
    std::int64_t times = 1;                      ///< how many of them
    std::int64_t objects = 0;                    ///< small ones: tuples, numbers, None
    std::int64_t references = 0;                 ///< functions and classes, by name
    std::int64_t instances = 0;                  ///< of classes in Python
};

/// Bytes of the pickle, and of buffers that are sent beside it.
[[nodiscard]] Bytes pickled_size(const Parcel& parcel);
[[nodiscard]] Bytes out_of_band(const Parcel& parcel);
/// Pickling raises an exception.
[[nodiscard]] bool unpicklable(const Parcel& parcel);

/// Connections and their pickling are written in Python since 3.3, before in C.
[[nodiscard]] bool in_python(const SimThread& thread);
/// What a program makes before it sends it: so many of that payload. Yields their memory.
Co<std::shared_ptr<void>> make(SimThread& thread, const scenario::Payload& payload, std::int64_t times = 1);
/// ForkingPickler.dumps. C code: holds the GIL throughout. Yields the pickle's memory.
Co<std::shared_ptr<Buffer>> dumps(World& world, SimThread& thread, Parcel parcel);
/// pickle.loads. Yields the objects' memory.
Co<std::shared_ptr<Buffer>> loads(World& world, SimThread& thread, Parcel parcel);

}  // namespace gilsim::multiprocessing
