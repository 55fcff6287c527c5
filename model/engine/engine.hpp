#pragma once
/// The thin layer on SimGrid: simulated time, timers, actors. engine.cpp is the only file that includes SimGrid.
///
/// How time passes: the timers of the model stand in one `EventQueue`, which fires them one by one (`pump`), as a callback
/// of a single SimGrid kernel timer. When one of them wakes an actor, `pump` returns, so that SimGrid runs that actor
/// before the next event; the actor sets the SimGrid timer again when it blocks. So events and actors interleave in our
/// total order, and SimGrid's own order of simultaneous wake-ups never shows. SimGrid's clock visits only the dates at
/// which an actor goes on: each visit costs it a look at all its models of resources, more than an event of ours does.

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "model/engine/event_queue.hpp"
#include "model/engine/time.hpp"

namespace gilsim::engine {

/// A SimGrid actor: a stack on which a simulated program is executed.
class Actor;

/// The machine that gilsim runs on cannot carry so many actors at a time.
class TooManyActors : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The simulation's engine. One per process: SimGrid's clock is never set back.
class Engine {
public:
    Engine();
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    [[nodiscard]] Nanoseconds now() const { return now_; }
    EventQueue& queue() { return queue_; }

    /// Creates an actor that executes `body`, beginning at the present instant, after what is happening now.
    /// Throws TooManyActors.
    Actor& spawn(const std::string& name, std::function<void()> body);
    /// Called in an actor: waits for `wake` of this actor (one that came before counts).
    void block();
    /// Lets a blocked actor go on, at the present instant, after what is happening now.
    void wake(Actor& actor);
    /// The actor that calls.
    Actor& self();

    /// Why `run` returned.
    enum class End : std::uint8_t { finished, stalled, limit };
    /// Runs until `stop`, until nothing is left to happen (`stalled`), or until `limit`. An exception thrown in an actor
    /// or a timer is thrown again here. `at_end` is called when the run is over, before the remaining actors are killed
    /// and what they hold is gone.
    End run(Nanoseconds limit = kNever, std::function<void(End)> at_end = {});
    /// Ends the run: `run` returns `finished` after the current event. Remaining actors are killed.
    void stop();
    /// Timers fired and actors woken so far.
    [[nodiscard]] std::uint64_t events() const { return events_; }
    /// Sets SimGrid up. Its clock does not begin: forked children that find it done each have a first simulation before
    /// them.
    static void prepare();
    /// Version of SimGrid that the program was built with, as `3.32`.
    static std::string simgrid_version();

private:
    struct Impl;
    void pump();
    void arm();
    /// When the next timer fires. Ends the run if none does that matters, or none before the limit.
    Nanoseconds upcoming();

    EventQueue queue_;
    Nanoseconds now_ = 0;
    Nanoseconds limit_ = kNever;
    std::uint64_t events_ = 0;
    bool stopping_ = false;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gilsim::engine
