#pragma once
/// How each group of threads uses the GIL: how long it holds it, how long it waits, and what ended the waits.

#include <array>
#include <cstdint>
#include <vector>

#include "analysis/insight/threads.hpp"
#include "analysis/samples.hpp"

namespace gilsim::analysis {

/// One group of threads and one GIL.
struct GilUser {
    Samples waits;  ///< from finding it taken to having it
    Nanoseconds wait_total = 0;
    std::int64_t asked = 0;       ///< waits in which it asked for the GIL at least once: its patience had run out
    Nanoseconds asked_total = 0;  ///< the time of these waits
    Samples holds;                ///< from taking to releasing it
    Nanoseconds hold_total = 0;
    std::array<std::int64_t, trace::kReleaseReasons.size()> releases{};  ///< by reason
};

/// Collects them, and what the switch interval comes to. Constant time per event.
class GilUse {
public:
    explicit GilUse(const Threads& threads) : threads_(threads) {}

    void event(const trace::Event& e);

    /// By interpreter, by party; entries may be missing at the end.
    [[nodiscard]] const std::vector<std::vector<GilUser>>& users() const { return users_; }
    /// The shortest time after which a waiter of that interpreter asked for the GIL: the switch interval, with what it
    /// takes to time out. 0: nobody ever asked.
    [[nodiscard]] Nanoseconds patience(int interpreter) const;

private:
    struct Thread {
        Nanoseconds wait_since = -1;
        Nanoseconds held_since = -1;
        bool asked = false;
        int held = -1;
    };
    GilUser& user(int interpreter, int thread);
    void release(int thread, Nanoseconds now, trace::ReleaseReason reason);

    const Threads& threads_;
    std::vector<Thread> entries_;
    std::vector<std::vector<GilUser>> users_;
    std::vector<Nanoseconds> patience_;  ///< 0: unknown
};

}  // namespace gilsim::analysis
