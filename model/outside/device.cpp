#include "model/outside/device.hpp"

#include <utility>

namespace gilsim::outside {

using machine::Thread;

Device::Device(machine::Machine& machine, const scenario::DeviceSpec& spec, std::uint64_t seed)
    : machine_(machine),
      spec_(spec),
      random_(seed, "device." + spec.name),
      services_(machine.engine()),
      present_(machine.recorder(), spec.name, "requests", -1) {}

void Device::count() { present_.set(machine_.now(), busy_ + static_cast<std::int64_t>(waiting_.size())); }

void Device::ask(machine::Core& core, std::function<void()> done) {
    auto answer = [&core, told = std::move(done)] {
        const machine::Core::Interrupt interrupt(core);
        told();
    };
    if (busy_ < spec_.servers)
        begin(std::move(answer));
    else
        waiting_.push_back(std::move(answer));
    count();
}

void Device::begin(std::function<void()> done) {
    ++busy_;
    services_.after(machine::draw(spec_.time, random_), [this, finished = std::move(done)] {
        --busy_;
        if (!waiting_.empty()) {
            auto next = std::move(waiting_.front());
            waiting_.pop_front();
            begin(std::move(next));
        }
        count();
        finished();
    });
}

engine::Co<> wait_for(Thread& thread, Device& device) {
    machine::Machine& machine = thread.machine();
    co_await thread.kernel(machine.costs().syscall);
    device.ask(machine.core(thread.core()), [&machine, &thread] { machine.wake(thread, nullptr); });
    co_await thread.block(Thread::State::io, machine.costs().syscall);
    co_await thread.user_mode();
}

}  // namespace gilsim::outside
