#include "analysis/resource_limits.hpp"

#include <algorithm>
#include <csignal>
#include <new>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>

namespace gilsim::analysis {
namespace {

enum class Reached : char { nothing = 0, time = 1, memory = 2 };

// Where a signal handler or the new handler of this process notes what was reached; a child enforces limits once.
volatile char* note_page = nullptr;

[[noreturn]] void end(Reached reached) {
    *note_page = static_cast<char>(reached);
    _exit(1);
}

void out_of_time(int) {
    end(Reached::time);
}
void out_of_memory() {
    end(Reached::memory);
}

// SimGrid aborts when it gets no memory: then not much of it can be had by us either.
void aborted(int) {
    constexpr std::size_t much = std::size_t{8} << 20;
    if (mmap(nullptr, much, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED)
        end(Reached::memory);
    std::signal(SIGABRT, SIG_DFL);
}

}  // namespace

LimitReport::LimitReport() : shared_(mmap(nullptr, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (shared_ == MAP_FAILED) throw std::bad_alloc();
}

LimitReport::~LimitReport() {
    munmap(shared_, 1);
}

void LimitReport::enforce(const ResourceLimits& limits) {
    note_page = static_cast<char*>(shared_);
    std::set_new_handler(out_of_memory);
    std::signal(SIGABRT, aborted);
    if (limits.memory > 0) {
        const auto bytes = static_cast<rlim_t>(limits.memory);
        rlimit limit{};
        getrlimit(RLIMIT_AS, &limit);
        limit.rlim_cur = std::min(bytes, limit.rlim_max);  // the engine raises it by what stacks only reserve
        setrlimit(RLIMIT_AS, &limit);
    }
    if (limits.cpu_seconds > 0) {
        std::signal(SIGXCPU, out_of_time);
        const auto seconds = static_cast<rlim_t>(limits.cpu_seconds);
        const rlimit limit{seconds, seconds + 5};
        setrlimit(RLIMIT_CPU, &limit);
    }
}

std::string LimitReport::reached(const ResourceLimits& limits) const {
    switch (static_cast<Reached>(*static_cast<const char*>(shared_))) {
        case Reached::nothing:
            return {};
        case Reached::time:
            return fmt::format("the simulation took more than {} s of processor time; allow more with --max-time",
                               limits.cpu_seconds);
        case Reached::memory:
            if (limits.memory == 0) return "out of memory; simulate fewer threads or a shorter time";
            return fmt::format("the simulation needs more than {} MiB of memory; allow more with --max-memory",
                               limits.memory >> 20);
    }
    return {};
}

}  // namespace gilsim::analysis
