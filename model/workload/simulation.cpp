#include "model/workload/simulation.hpp"

#include "model/engine/engine.hpp"
#include "model/trace/recorder.hpp"
#include "model/workload/world.hpp"

namespace gilsim::workload {

struct Simulation::Impl {
    Impl(const scenario::Variant& variant, const std::string& scenario) : world(variant, engine, recorder) {
        recorder.directory.scenario = scenario;
        recorder.directory.variant = variant.name;
        recorder.directory.seed = variant.seed;
    }
    engine::Engine engine;
    trace::Recorder recorder;
    World world;
};

Simulation::Simulation(const scenario::Variant& variant, const std::string& scenario)
    : impl_(std::make_unique<Impl>(variant, scenario)) {}

Simulation::~Simulation() = default;

const trace::Directory& Simulation::directory() const { return impl_->recorder.directory; }

void Simulation::attach(trace::Sink& sink) { impl_->recorder.attach(sink); }

RunResult Simulation::run() {
    World& world = impl_->world;
    world.begin();
    RunResult result;
    const auto end = impl_->engine.run(world.variant.limit, [&](engine::Engine::End how) {
        if (how == engine::Engine::End::stalled || world.deadlocked()) result.deadlock = world.describe_blocked();
    });
    result.end = impl_->engine.now();
    result.engine_events = impl_->engine.events();
    if (end == engine::Engine::End::limit) result.outcome = trace::Outcome::limit;
    if (end == engine::Engine::End::stalled || world.deadlocked()) result.outcome = trace::Outcome::deadlock;
    if (world.killed_for_memory() && result.outcome != trace::Outcome::deadlock)
        result.outcome = trace::Outcome::out_of_memory;
    if (!world.failure().empty()) {
        result.outcome = trace::Outcome::failed;
        result.failure = world.failure();
    }
    impl_->recorder.finish(result.end, result.outcome);
    return result;
}

}  // namespace gilsim::workload
