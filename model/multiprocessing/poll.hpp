#pragma once
/// poll(2): waiting for several things of the kernel at once.

#include <deque>
#include <vector>

#include "model/engine/coroutine.hpp"
#include "model/machine/machine.hpp"

namespace gilsim::multiprocessing {

/// Something that poll can wait for: the reading end of a pipe, a child process.
class Readable {
public:
    Readable() = default;
    virtual ~Readable() = default;
    Readable(const Readable&) = delete;
    Readable& operator=(const Readable&) = delete;
    [[nodiscard]] virtual bool readable() const = 0;

    /// A thread that sleeps in poll.
    class Sleeper;
    /// Tells those who poll it that it has become readable. `by`: whose system call did it.
    void notify(machine::Thread* by);

private:
    std::vector<Sleeper*> sleepers_;
};

/// What has come, first come first, and waits to be taken: a listening socket, a pipe that a signal handler writes to.
template <class T>
class Arrivals final : public Readable {
public:
    [[nodiscard]] bool readable() const override { return !waiting_.empty(); }
    /// `by`: whose system call brings it.
    void add(T& one, machine::Thread* by) {
        waiting_.push_back(&one);
        notify(by);
    }
    T& take() {
        T& first = *waiting_.front();
        waiting_.pop_front();
        return first;
    }

private:
    std::deque<T*> waiting_;
};

/// The kernel's part of poll: waits, shown as waiting for a signal, until one of them is readable or `deadline` has
/// passed. False if none is. The thread has released the GIL.
engine::Co<bool> poll(machine::Thread& thread, std::vector<Readable*> what, Nanoseconds deadline = kNever);

}  // namespace gilsim::multiprocessing
