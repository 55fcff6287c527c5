#include "model/multiprocessing/shared_memory.hpp"

#include <algorithm>
#include <utility>

namespace gilsim::multiprocessing {
namespace {

constexpr Bytes kPage = 4096;

constexpr std::int64_t pages(Bytes from, Bytes to) {
    return to <= from ? 0 : (to - from + kPage - 1) / kPage;
}

}  // namespace

// A page that nobody has touched is zeroed by the first who does; later processes only enter it into their page table.
Co<> SharedMemory::attach(SimThread& thread, Bytes touch) {
    const auto& costs = thread.os.machine().spec().ipc;
    auto& interpreter = *thread.process.interpreter;
    if (!std::exchange(mapped_, true)) {
        co_await threading::library(thread, 8, 8);  // SharedMemory.__init__: shm_open, fstat or ftruncate, mmap
        co_await thread.os.run(costs.map);
    }
    const Bytes end = touch < 0 ? spec_.size : std::min(touch, spec_.size);
    const std::int64_t fresh = pages(std::max(pages_.touched, touched_), end);
    const std::int64_t known = pages(touched_, std::min(end, pages_.touched));
    pages_.touched = std::max(pages_.touched, end);
    touched_ = std::max(touched_, end);
    const Nanoseconds first_touch = thread.os.machine().spec().paging.first_touch;
    co_await thread.os.run(fresh * first_touch + known * costs.shared_page, machine::Thread::State::paging);
    co_await interpreter.check_point(thread.py);
}

}  // namespace gilsim::multiprocessing
