#include "model/multiprocessing/resource_tracker.hpp"

#include <utility>
#include <vector>

#include "model/machine/shootdown.hpp"
#include "model/multiprocessing/child.hpp"
#include "model/multiprocessing/poll.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/without_gil.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using engine::Co;
using workload::SimThread;
using workload::World;

namespace {

/// What clients say matters to nobody while they live.
class Messages final : public Readable {
public:
    [[nodiscard]] bool readable() const override { return false; }
};

Co<> listen(SimThread& tracker) {
    Messages messages;
    std::vector<Readable*> only{&messages};
    co_await without_gil(tracker, poll(tracker.os, std::move(only)));
}

}  // namespace

Co<> ensure_tracker(World& world, SimThread& thread) {
    if (std::exchange(thread.process.has_tracker, true)) co_return;
    const auto& spec = thread.process.interpreter->spec();
    const Nanoseconds boot = spec.tracker_start >= 0 ? spec.tracker_start : spec.spawn_child;
    const auto changes = machine::spread(spec.spawn_shootdowns, spec.spawn, boot, spec.spawned_exit());
    co_await machine::change_tables(thread.os, spec.spawn, changes.start);
    const Launch tracker{.name = std::string(trace::kTrackerProcess),
                         .body = [&world](SimThread& self) { workload::Executor(world, self).perform(listen(self)); }};
    world.begin_process(tracker, boot, &thread, nullptr, false).table_changes = changes;
}

}  // namespace gilsim::multiprocessing
