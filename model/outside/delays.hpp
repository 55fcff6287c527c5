#pragma once
/// Things that happen after a while, outside of all threads.

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "model/engine/engine.hpp"

namespace gilsim::outside {

class Delays {
public:
    explicit Delays(engine::Engine& engine) : engine_(engine) {}
    /// Calls `done` after `time`, from a timer.
    void after(Nanoseconds time, std::function<void()> done) {
        if (idle_.empty()) {
            all_.push_back(std::make_unique<Delay>());
            Delay* fresh = all_.back().get();
            fresh->timer = std::make_unique<engine::Timer>(engine_.queue(), engine::Priority::interrupt, [this, fresh] {
                const auto call = std::exchange(fresh->done, nullptr);
                idle_.push_back(fresh);
                call();
            });
            idle_.push_back(fresh);
        }
        Delay* delay = idle_.back();
        idle_.pop_back();
        delay->done = std::move(done);
        delay->timer->arm(engine_.now() + time);
    }

private:
    struct Delay {
        std::function<void()> done;
        std::unique_ptr<engine::Timer> timer;
    };
    engine::Engine& engine_;
    std::vector<std::unique_ptr<Delay>> all_;
    std::vector<Delay*> idle_;  ///< kept for reuse
};

}  // namespace gilsim::outside
