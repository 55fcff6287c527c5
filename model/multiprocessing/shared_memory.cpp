#include "model/multiprocessing/shared_memory.hpp"

#include <algorithm>
#include <utility>

#include "model/multiprocessing/resource_tracker.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {
namespace {

// The page in which `from` lies has been touched.
std::int64_t pages(Bytes from, Bytes to) {
    return to <= from ? 0 : memory::pages_of(to) - memory::pages_of(from);
}

}  // namespace

// A page that nobody has touched is zeroed by the first who does; later processes only enter it into their page table.
Co<> SharedMemory::attach(SimThread& thread, Bytes touch) {
    const auto& costs = thread.os.machine().spec().ipc;
    auto& interpreter = *thread.process.interpreter;
    if (!std::exchange(mapped_, true)) {
        co_await threading::library(thread, 8, 8);  // SharedMemory.__init__: shm_open, fstat or ftruncate, mmap
        co_await thread.os.run(costs.map);
        co_await ensure_tracker(world_, thread);  // it registers the name
    }
    const Bytes wanted = touch < 0 ? spec_.size : std::min(touch, spec_.size);
    const Bytes most = pages_.touched + world_.physical.room_for_files() * memory::kPage;
    const Bytes end = std::min(wanted, most);
    const std::int64_t fresh = pages(std::max(pages_.touched, touched_), end);
    const std::int64_t known = pages(touched_, std::min(end, pages_.touched));
    pages_.touched = std::max(pages_.touched, end);
    touched_ = std::max(touched_, end);
    thread.process.memory->map_shared(fresh + known);
    const std::int64_t cold = world_.physical.take_for_file(fresh);
    world_.memory_in_use.set(world_.engine.now(), world_.physical.used() * memory::kPage);
    const auto& paging = thread.os.machine().spec().paging;
    co_await thread.os.run(fresh * paging.first_touch + cold * paging.cold_frame + known * costs.shared_page,
                           machine::Thread::State::paging);
    if (world_.physical.exhausted()) co_await thread.process.memory->on_exhausted(thread.py);
    if (wanted > most) co_await world_.kill_without_memory(thread.process, thread.os);  // SIGBUS
    co_await interpreter.check_point(thread.py);
}

}  // namespace gilsim::multiprocessing
