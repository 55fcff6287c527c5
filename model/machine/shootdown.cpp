#include "model/machine/shootdown.hpp"

#include <algorithm>
#include <cmath>

namespace gilsim::machine {

namespace {

constexpr std::int64_t kTogether = 4;  // so many come at once: a process makes hundreds, of which the sum counts

engine::Co<> interrupt_others(Thread& thread, Nanoseconds work, std::int64_t times, Nanoseconds waits) {
    Machine& machine = thread.machine();
    const Nanoseconds takes = machine.costs().shootdown.takes;
    if (takes + waits == 0) times = 0;
    for (; times > 0; times -= std::min(times, kTogether)) {
        const std::int64_t now = std::min(times, kTogether);
        const Nanoseconds part = work * now / times;
        work -= part;
        co_await thread.run(part);
        bool anybody = false;
        for (int id = 0; id < static_cast<int>(machine.cores()); ++id)
            if (id != thread.core() && machine.core(id).lose(now * takes)) anybody = true;
        if (anybody) co_await thread.run(now * waits);
    }
    co_await thread.run(work);
}

}  // namespace

TableChanges spread(std::int64_t changes, Nanoseconds start, Nanoseconds boot, Nanoseconds exit) {
    const double each =
        static_cast<double>(changes) / static_cast<double>(std::max<Nanoseconds>(1, start + boot + exit));
    const auto part = [each](Nanoseconds time) { return std::llround(each * static_cast<double>(time)); };
    return {part(start), part(boot), part(exit)};
}

engine::Co<> change_tables(Thread& thread, Nanoseconds work, std::int64_t times) {
    return interrupt_others(thread, work, times, thread.machine().costs().shootdown.waits);
}

engine::Co<> replace_pages(Thread& thread, std::int64_t pages) {
    const auto& cost = thread.machine().costs().shootdown;
    return interrupt_others(thread, 0, pages, cost.replaced >= 0 ? cost.replaced : cost.waits);
}

}  // namespace gilsim::machine
