#pragma once
/// A device or a remote service: so many servers, a queue in order of arrival, a time of service for each request.

#include <deque>
#include <functional>

#include "model/engine/coroutine.hpp"
#include "model/engine/random.hpp"
#include "model/machine/machine.hpp"
#include "model/outside/delays.hpp"
#include "model/scenario/spec.hpp"
#include "model/threading/counter.hpp"

namespace gilsim::outside {

class Device {
public:
    Device(machine::Machine& machine, const scenario::DeviceSpec& spec, std::uint64_t seed);
    /// Asks for a service; `done` is called when it is over, from an interrupt of `core`. Takes no core until then.
    void ask(machine::Core& core, std::function<void()> done);

private:
    void begin(std::function<void()> done);
    void count();

    machine::Machine& machine_;
    const scenario::DeviceSpec& spec_;
    engine::Random random_;
    Delays services_;
    threading::Counter present_;  ///< in service or waiting
    std::deque<std::function<void()>> waiting_;  ///< each with its interrupt
    std::int64_t busy_ = 0;
};

/// A blocking call that waits, shown as io, for a device. The thread has released the GIL.
engine::Co<> wait_for(machine::Thread& thread, Device& device);

}  // namespace gilsim::outside
