#pragma once
/// Plays about what the C library builds from futexes: threads that share one of each. Times in us.

#include "model/sync/condition_variable.hpp"
#include "model/sync/mutex.hpp"
#include "model/sync/semaphore.hpp"
#include "tests/catch.hpp"
#include "tests/model/stage.hpp"

namespace gilsim::testing {

using machine::Futex;

/// What the threads of a play share: alive as long as their scripts.
struct Shared {
    Futex word;
    sync::Mutex mutex;
    sync::Semaphore semaphore{0};
    std::unique_ptr<sync::ConditionVariable> condition;
};

/// Sets the stage.
using Scene = std::function<void(Stage&, std::shared_ptr<Shared>)>;

/// What is said in a scene, on a machine and with an interpreter that charge nothing by themselves.
inline std::string sync_play(const scenario::MachineSpec& machine, const Scene& scene) {
    return play(machine, free_interpreter(), kNothing, [&](Stage& stage) {
        auto shared = std::make_shared<Shared>();
        shared->condition = sync::make_condition_variable(machine.condvar);
        scene(stage, shared);
    });
}

/// Takes the mutex, says so, and holds it for that long.
inline Script locks_for(const std::shared_ptr<Shared>& shared, Nanoseconds work) {
    return [shared, work](Player& me) -> Co<> {
        co_await shared->mutex.lock(me.os, State::waiting_lock);
        me.says("has it");
        co_await me.os.run(work);
        co_await shared->mutex.unlock(me.os);
    };
}

/// Waits for the condition, and says how that ended.
inline Script waits(const std::shared_ptr<Shared>& shared, Nanoseconds patience = kNever) {
    return [shared, patience](Player& me) -> Co<> {
        co_await shared->mutex.lock(me.os, State::waiting_lock);
        const Nanoseconds deadline = patience == kNever ? kNever : me.now() + patience;
        const bool late = co_await shared->condition->wait(me.os, shared->mutex, State::waiting_lock, deadline);
        me.says(late ? "timed out" : "woken");
        co_await shared->mutex.unlock(me.os);
    };
}

/// Signals it, and says when the call is over.
inline Script signals(const std::shared_ptr<Shared>& shared) {
    return [shared](Player& me) -> Co<> {
        co_await shared->condition->signal(me.os, State::waiting_lock);
        me.says("signalled");
    };
}

}  // namespace gilsim::testing
