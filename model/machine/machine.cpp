#include "model/machine/machine.hpp"

#include <utility>

#include "model/engine/random.hpp"

namespace gilsim::machine {

using trace::Event;
using trace::EventKind;

Machine::Machine(engine::Engine& engine, const scenario::MachineSpec& spec, std::uint64_t seed,
                 trace::Recorder& recorder)
    : engine_(engine),
      spec_(spec),
      recorder_(recorder),
      latencies_(seed, "machine.latencies"),
      has_noise_(mean(spec.costs.noise.every) > 0),
      noise_(seed, "machine.noise"),
      tick_phase_(spec.scheduler.tick_offset) {
    if (tick_phase_ < 0) tick_phase_ = engine::Random(seed, "machine.tick_phase").uniform(0, spec.scheduler.tick - 1);
    for (std::int64_t i = 0; i < spec.cores; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const std::int64_t own = at < spec.speeds_permille.size() ? spec.speeds_permille[at] : 1000;
        const std::int64_t speed = std::max<std::int64_t>(1, own * spec.speed_permille / 1000);
        cores_.push_back(std::make_unique<Core>(*this, static_cast<int>(i), speed));
    }
}

Thread& Machine::create_thread(int id, int nice, std::vector<int> affinity, Nanoseconds slice) {
    threads_.push_back(std::make_unique<Thread>(*this, id, nice, std::move(affinity)));
    threads_.back()->entity.own_slice = slice;
    return *threads_.back();
}

void Machine::set_state(Thread& thread, Thread::State state) {
    if (thread.state_ == state) return;
    thread.state_ = state;
    recorder_.emit(
        {.time = now(), .kind = EventKind::state, .thread = thread.id(), .value = static_cast<std::int64_t>(state)});
}

void Machine::start_thread(Thread& thread, std::coroutine_handle<> body, Thread* creator) {
    thread.prepare(0, Thread::State::runtime, 0, false);
    thread.continuation_ = body;
    recorder_.emit({.time = now(),
                    .kind = EventKind::state,
                    .thread = thread.id(),
                    .value = static_cast<std::int64_t>(Thread::State::runnable)});
    Core& core = core_for_new(thread, creator);
    if (creator != nullptr)  // as sched_wakeup_new (kernel/sched/core.c, wake_up_new_task): who started whom
        recorder_.emit({.time = now(),
                        .kind = EventKind::sched_waking,
                        .core = static_cast<std::int16_t>(core.id()),
                        .thread = thread.id(),
                        .object = creator->id()});
    const bool at_home = creator != nullptr && creator->core_ == &core;
    const scenario::Span* interrupt = core.enqueue(thread, true, at_home ? 0 : draw(costs().wake_busy));
    if (interrupt != nullptr && creator != nullptr && creator->core_ != nullptr && !at_home)
        creator->core_->send(*interrupt);
}

void Machine::end_thread(Thread& thread) {
    bury(thread);
    thread.core_->leave(true);
}

void Machine::kill_thread(Thread& thread) {
    if (!thread.alive_) return;
    if (thread.core_ != nullptr) {
        end_thread(thread);
        return;
    }
    bury(thread);
    if (thread.entity.queued) thread.queue_->take_out(thread);
}

// Its timers die with it (Linux: its sleeps and timed waits end, hrtimer_cancel).
void Machine::bury(Thread& thread) {
    thread.alive_ = false;
    if (thread.last_core_ >= 0) core(thread.last_core_).forget(thread);
    while (!thread.alarms_.empty()) thread.alarms_.front().cancel();
    recorder_.emit({.time = now(), .kind = EventKind::thread_end, .thread = thread.id()});
}

void Machine::wake(Thread& thread, Thread* waker, bool sync) {
    if (!thread.alive_) return;
    Core& core = core_for_woken(thread, waker != nullptr ? waker->core_ : nullptr, sync);
    set_state(thread, Thread::State::runnable);
    recorder_.emit({.time = now(),
                    .kind = EventKind::sched_waking,
                    .core = static_cast<std::int16_t>(core.id()),
                    .thread = thread.id(),
                    .object = waker != nullptr ? waker->id() : -1});
    Nanoseconds delay = 0;
    if (waker == nullptr) {
        // The interrupt's handler runs on the core where the timer was armed; another core has to be told.
        if (!core.in_interrupt()) delay = draw(costs().wake_busy);
    } else if (waker->core_ != &core) {
        delay = draw(costs().wake_busy);
    }
    const scenario::Span* interrupt = core.enqueue(thread, false, delay);
    if (interrupt != nullptr && waker != nullptr && waker->core_ != nullptr && waker->core_ != &core)
        waker->core_->send(*interrupt);
}

// Linux: select_task_rq_fair on cores that share a cache. A thread that still stands in its queue (a delayed dequeue)
// stays there. Else there are two candidates, its last core and the waker's; the latter is the better one if the waker
// is about to sleep (wake_affine_idle). Guests that pack take the first that runs one thread and has room; others, and
// they if there is none, its last core if that is idle, else any idle one, else the better candidate.
Core& Machine::core_for_woken(Thread& thread, Core* waking, bool sync) {
    if (thread.entity.queued) return *thread.queue_;
    const auto allowed = [&thread](Core* core) {
        return core != nullptr && thread.may_run_on(core->id()) ? core : nullptr;
    };
    const int last_id = thread.last_core_ < 0 ? 0 : thread.last_core_;
    Core* const last = allowed(cores_[static_cast<std::size_t>(last_id)].get());
    Core* better = last;
    Core* other = allowed(waking);
    if (other != nullptr && sync && waking->load() == 1) std::swap(better, other);
    for (Core* candidate : {better, other})
        if (candidate != nullptr && candidate->has_room_for(thread)) return *candidate;
    if (Core* idle = idle_core_for(thread, last_id)) return *idle;
    return better != nullptr ? *better : core_for_new(thread, nullptr);
}

// At fork: its creator's core on a guest that packs, while that has room; else the least loaded one, of equals the
// creator's (Linux: sched_balance_find_dst_cpu).
Core& Machine::core_for_new(Thread& thread, const Thread* creator) {
    Core* own = creator != nullptr ? creator->core_ : nullptr;
    if (own != nullptr && !thread.may_run_on(own->id())) own = nullptr;
    if (own != nullptr && own->has_room_for(thread)) return *own;
    Core* best = own;
    for (auto& core : cores_) {
        if (!thread.may_run_on(core->id())) continue;
        if (best == nullptr || core->load() < best->load()) best = core.get();
    }
    return *best;
}

Core* Machine::idle_core_for(const Thread& thread, int first) {
    const auto n = cores_.size();
    for (std::size_t i = 0; i < n; ++i) {
        Core& core = *cores_[(static_cast<std::size_t>(first) + i) % n];
        if (core.idle() && thread.may_run_on(core.id())) return &core;
    }
    return nullptr;
}

Nanoseconds Machine::tick_after(Nanoseconds time) const {
    const Nanoseconds period = spec_.scheduler.tick;
    if (time < tick_phase_) return tick_phase_;
    return tick_phase_ + ((time - tick_phase_) / period + 1) * period;
}

}  // namespace gilsim::machine
