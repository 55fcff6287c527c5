#pragma once
/// The free-threaded builds of CPython (3.13t and later): no GIL. A thread that may run Python is attached; it detaches
/// where it would have released the GIL. To be read beside Python/pystate.c, stop_the_world and start_the_world.

#include <vector>

#include "model/interpreter/gil.hpp"
#include "model/machine/futex.hpp"
#include "model/sync/py_mutex.hpp"

namespace gilsim::interpreter {

/// Who stops the world asks each attached thread to stop at its next check point; detached ones are stopped where they
/// are, and find out when they attach again. A thread that detaches after it has been asked says nothing: the requester
/// finds it when it looks again, every millisecond.
class FreeThreaded final : public Gil {
public:
    explicit FreeThreaded(const GilContext& context);
    /// Attaches; waits as long as the world is stopped. Goes on in the innermost critical section.
    engine::Co<> take(PyThread& thread) override;
    /// Detaches, or (`requested`) stops for whoever stops the world. Suspends all critical sections.
    engine::Co<> drop(PyThread& thread, trace::ReleaseReason reason) override;
    [[nodiscard]] bool drop_requested(const PyThread& thread) const override {
        return requester_ != nullptr && requester_ != &thread;
    }
    [[nodiscard]] bool free_threaded() const override { return true; }
    engine::Co<> stop_the_world(PyThread& requester) override;
    engine::Co<> start_the_world(PyThread& requester) override;

    /// How long a requester waits before it looks again.
    static constexpr Nanoseconds kLookAgain = kMillisecond;

private:
    void detach(PyThread& thread);
    engine::Co<> suspend_sections(PyThread& thread);
    engine::Co<> resume_section(PyThread& thread);

    std::vector<PyThread*> attached_;
    sync::PyMutex one_requester_;
    PyThread* requester_ = nullptr;  ///< who stops the world, or has stopped it
    machine::Futex all_stopped_;
    machine::Futex started_;  ///< how often the world has been started again
};

}  // namespace gilsim::interpreter
