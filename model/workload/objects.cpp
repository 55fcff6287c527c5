#include "model/workload/objects.hpp"

#include "model/scenario/choices.hpp"
#include "model/threading/barrier.hpp"
#include "model/threading/event.hpp"
#include "model/threading/lock.hpp"
#include "model/threading/queue.hpp"
#include "model/threading/semaphore.hpp"
#include "model/threading/simple_queue.hpp"
#include "model/workload/thread_pool.hpp"
#include "model/workload/world.hpp"

namespace gilsim::workload {

namespace {

using Kind = scenario::ObjectSpec::Kind;

class Maker {
public:
    Maker(World& world, Process& process)
        : world_(world),
          process_(process),
          variant_(world.variant),
          recorder_(world.recorder),
          interpreter_(process.interpreter->spec()) {}

    void all() {
        process_.objects.resize(variant_.objects.size());
        // Conditions last: they may share a lock that stands behind them in the file.
        for (const bool conditions : {false, true})
            for (std::size_t i = 0; i < variant_.objects.size(); ++i)
                if ((variant_.objects[i].kind == Kind::condition) == conditions)
                    process_.objects[i] = make(variant_.objects[i]);
    }

private:
    int traced(const std::string& name, std::string_view kind) {
        recorder_.directory.locks.push_back({name, process_.id, std::string(kind)});
        return static_cast<int>(recorder_.directory.locks.size()) - 1;
    }
    threading::Counter* counter(const std::string& name, const char* unit) {
        process_.counters.push_back(std::make_unique<threading::Counter>(recorder_, name, unit, process_.id));
        return process_.counters.back().get();
    }
    std::unique_ptr<threading::Object> condition(const scenario::ObjectSpec& spec, int id) {
        if (spec.lock >= 0) {
            auto& lock = dynamic_cast<threading::ConditionLock&>(*process_.objects[static_cast<std::size_t>(spec.lock)]);
            return std::make_unique<threading::Condition>(spec.name, id, lock, interpreter_);
        }
        const std::string name = spec.name + ".lock";
        auto own = std::make_unique<threading::RLock>(name, traced(name, "rlock"), interpreter_);
        auto made = std::make_unique<threading::Condition>(spec.name, id, *own, interpreter_);
        made->keep(std::move(own));
        return made;
    }
    std::unique_ptr<threading::Object> pool(const scenario::ObjectSpec& spec, int id, ThreadPool::MakeContext context) {
        const std::int64_t workers = spec.workers > 0 ? spec.workers : default_workers(variant_.machine.cores);
        return std::make_unique<ThreadPool>(world_, process_, spec.name, id, workers, counter(spec.name, "calls"),
                                            std::move(context));
    }
    std::unique_ptr<threading::Object> make(const scenario::ObjectSpec& spec) {
        const int id = spec.kind == Kind::local ? -1 : traced(spec.name, scenario::text_of(spec.kind));
        switch (spec.kind) {
            case Kind::lock:
                return std::make_unique<threading::Lock>(spec.name, id, interpreter_);
            case Kind::rlock:
                return std::make_unique<threading::RLock>(spec.name, id, interpreter_);
            case Kind::condition:
                return condition(spec, id);
            case Kind::event:
                return std::make_unique<threading::Event>(spec.name, id, interpreter_);
            case Kind::semaphore:
                return std::make_unique<threading::Semaphore>(spec.name, id, interpreter_, spec.value,
                                                              spec.bounded ? spec.value : -1, counter(spec.name, "permits"));
            case Kind::barrier:
                return std::make_unique<threading::Barrier>(spec.name, id, interpreter_, spec.parties);
            case Kind::queue: {
                const int mutex = traced(spec.name + ".mutex", "lock");
                return std::make_unique<threading::Queue>(spec.name, id, mutex, interpreter_, spec.maxsize,
                                                          counter(spec.name, "items"));
            }
            case Kind::simple_queue:
                return std::make_unique<threading::SimpleQueue>(spec.name, id, interpreter_, counter(spec.name, "items"));
            case Kind::thread_pool:
                return pool(spec, id, [&world = world_](SimThread& worker) {
                    return std::make_unique<ThreadContext>(world, worker);
                });
            case Kind::interpreter_pool:
                return pool(spec, id, [&world = world_, &spec](SimThread& worker) {
                    return std::make_unique<InterpreterContext>(world, worker, spec.crossing);
                });
            case Kind::local:
                return std::make_unique<threading::Object>(spec.name, -1);
        }
        return nullptr;
    }

    World& world_;
    Process& process_;
    const scenario::Variant& variant_;
    trace::Recorder& recorder_;
    const scenario::InterpreterSpec& interpreter_;
};

}  // namespace

void make_objects(World& world, Process& process) {
    Maker(world, process).all();
}

}  // namespace gilsim::workload
