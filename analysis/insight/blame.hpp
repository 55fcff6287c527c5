#pragma once
/// Who made whom wait: each wait for a GIL, a core or a lock, divided among those who had it meanwhile.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "analysis/insight/threads.hpp"

namespace gilsim::analysis {

/// What is waited for.
enum class Wanted : std::uint8_t { gil = 0, core = 1, lock = 2 };

/// A share of waiting time: what whoever had the thing was doing, and for how long. `doing` 0 is nobody: the thing was
/// free, but the waiter had not got it yet (wake-up and hand-over).
struct Share {
    int doing = 0;
    Nanoseconds time = 0;
};

/// A single wait.
struct Wait {
    Wanted wanted = Wanted::gil;
    int object = -1;  ///< interpreter, core (-1: none yet) or lock
    int thread = -1;
    int label = -1;  ///< the operation in which it waited; -1: none
    Nanoseconds begin = 0;
    Nanoseconds end = 0;
    bool ended = true;          ///< false: it lasted until the end of the run
    std::vector<Share> shares;  ///< they add up to end - begin; the largest first
};

/// One entry of the matrix.
struct Blame {
    Wanted wanted = Wanted::gil;
    std::string lock;  ///< the lock's name, if that is what was waited for
    int waiter = 0;    ///< a doing: who waited and in which operation
    int holder = 0;    ///< a doing: who had it meanwhile, in which operation and state
    Nanoseconds time = 0;
};

/// Fills the matrix and keeps the worst waits.
///
/// A wait for a GIL lasts from `gil_wait` to `gil_acquire`, one for a lock from `lock_wait` to `lock_acquire` or, out
/// of patience, `sync_done`, one for a core is the state `runnable`. The matrix is exact: its entries add up to all the
/// waits, those that never ended included. Cost: constant per event, and per wait in the number of doings.
class BlameMatrix {
public:
    static constexpr std::size_t kWorst = 10;

    explicit BlameMatrix(Threads& threads) : threads_(threads) {}

    /// Must see an event before `threads` does.
    void before(const trace::Event& e);
    /// Must see it after `threads` has.
    void after(const trace::Event& e);
    void finish(Nanoseconds end);

    /// The matrix, the largest first. After `finish`.
    [[nodiscard]] std::vector<Blame> matrix() const;
    /// The longest waits, the longest first; at most `kWorst` of each kind of thing.
    [[nodiscard]] const std::vector<Wait>& worst(Wanted wanted) const {
        return worst_[static_cast<std::size_t>(wanted)];
    }
    /// How long threads waited for it, all together.
    [[nodiscard]] Nanoseconds total(Wanted wanted) const;

private:
    /// A GIL, a core or a lock, and for how long those who had it were doing what.
    struct Thing {
        int holder = -1;
        Nanoseconds since = 0;
        int row = -1;                     ///< of the matrix
        std::vector<Nanoseconds> filled;  ///< by doing
    };
    struct Open {
        int object = -1;
        bool active = false;
        Nanoseconds since = 0;
        std::vector<Nanoseconds> filled;  ///< of the thing when the wait began
    };
    struct Thread {
        std::array<Open, 3> waits;  ///< by Wanted
        int gil = -1;               ///< what it has
        int core = -1;
        int queue = -1;  ///< the core in whose queue it is
        std::vector<int> locks;
    };

    Thing& thing(Wanted wanted, int object);
    void settle(Thing& thing, Nanoseconds now);
    void settle_all(int thread, Nanoseconds now);
    void give(Wanted wanted, int object, int thread, Nanoseconds now);
    void begin(Wanted wanted, int object, int thread, Nanoseconds now);
    void end(Wanted wanted, int thread, Nanoseconds now, bool ended = true);
    void keep(Wait wait);
    int row_of(Wanted wanted, int object);

    Threads& threads_;
    std::vector<Thread> entries_;
    std::array<std::vector<Thing>, 3> things_;
    Thing nothing_;  ///< waited for by a thread that has not been given a core's queue yet
    std::vector<std::string> lock_names_;
    /// [0] GILs, [1] cores, then one per name of a lock; by waiter, by holder.
    std::vector<std::vector<std::vector<Nanoseconds>>> grid_{2};
    std::array<std::vector<Wait>, 3> worst_;
};

}  // namespace gilsim::analysis
