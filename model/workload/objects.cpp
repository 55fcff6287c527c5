#include "model/workload/objects.hpp"

#include "model/multiprocessing/manager.hpp"
#include "model/multiprocessing/pipe.hpp"
#include "model/multiprocessing/pool.hpp"
#include "model/multiprocessing/process_executor.hpp"
#include "model/multiprocessing/process_joinable_queue.hpp"
#include "model/multiprocessing/shared_memory.hpp"
#include "model/scenario/choices.hpp"
#include "model/scenario/walk.hpp"
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
                    process_.objects[i] = make(variant_.objects[i], i);
    }

private:
    int traced(const std::string& name, std::string_view kind) { return world_.traced(name, process_.id, kind); }
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
    /// The trace's id of what processes share: it has one only.
    int traced_once(const scenario::ObjectSpec& spec) { return traced(spec.name, scenario::text_of(spec.kind)); }

    /// Objects that connect processes: what they share is made with the first process.
    std::unique_ptr<threading::Object> connection(const scenario::ObjectSpec& spec, std::size_t index) {
        using namespace multiprocessing;  // NOLINT: what this is about
        switch (spec.kind) {
            case Kind::pipe: {
                auto& shared = world_.shared<SharedPipe>(
                    index, [&] { return std::make_unique<SharedPipe>(world_, spec, traced_once(spec)); });
                return std::make_unique<Pipe>(spec.name, shared, process_);
            }
            case Kind::process_queue:
            case Kind::process_simple_queue: {
                const bool fed = spec.kind == Kind::process_queue;
                auto& shared = world_.shared<SharedQueue>(index, [&] {
                    return std::make_unique<SharedQueue>(world_, spec.name, traced_once(spec), fed ? spec.maxsize : 0,
                                                         0);
                });
                if (fed) return std::make_unique<ProcessQueue>(world_, process_, spec.name, -1, shared);
                return std::make_unique<ProcessSimpleQueue>(world_, spec.name, -1, shared);
            }
            case Kind::process_joinable_queue: {
                auto& shared = world_.shared<SharedJoinableQueue>(index, [&] {
                    return std::make_unique<SharedJoinableQueue>(world_, spec.name, traced_once(spec), spec.maxsize, 0);
                });
                return std::make_unique<ProcessJoinableQueue>(world_, process_, spec.name, -1, shared);
            }
            case Kind::shared_memory: {
                auto& pages = world_.shared<SharedPages>(index, [] { return std::make_unique<SharedPages>(); });
                return std::make_unique<SharedMemory>(world_, spec.name, spec, pages);
            }
            case Kind::manager: {
                auto& server = world_.shared<ManagerServer>(
                    index, [&] { return std::make_unique<ManagerServer>(world_, spec, traced_once(spec)); });
                return std::make_unique<Manager>(spec.name, server);
            }
            case Kind::pool:
                return std::make_unique<Pool>(world_, process_, spec, traced(spec.name, scenario::text_of(spec.kind)));
            case Kind::process_pool:
                return std::make_unique<ProcessExecutor>(world_, process_, spec,
                                                         traced(spec.name, scenario::text_of(spec.kind)));
            default:
                return nullptr;
        }
    }
    std::unique_ptr<threading::Object> make(const scenario::ObjectSpec& spec, std::size_t index) {
        if (auto made = connection(spec, index)) return made;
        const int id = spec.kind == Kind::local ? -1 : traced(spec.name, scenario::text_of(spec.kind));
        switch (spec.kind) {
            case Kind::lock:
                return std::make_unique<threading::Lock>(spec.name, id, interpreter_,
                                                         scenario::handed_over(variant_, static_cast<int>(index)));
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
            default:
                return nullptr;
        }
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
