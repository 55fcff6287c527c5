#include "model/engine/engine.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <new>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <simgrid/version.h>
#include <sys/resource.h>

namespace gilsim::engine {

namespace s4u = simgrid::s4u;

// --- what differs between SimGrid 3.32 and 4.1 ------------------------------------------------------------------------
namespace {

s4u::Host* make_host(s4u::Engine& engine) {
#if SIMGRID_VERSION >= 40000
    s4u::NetZone* zone = engine.get_netzone_root();
    s4u::Host* host = zone->add_host("machine", "1Gf");
#else
    s4u::NetZone* zone = s4u::create_full_zone("world");
    s4u::Host* host = zone->create_host("machine", "1Gf");
#endif
    zone->seal();
    static_cast<void>(engine);
    return host;
}

void make_actor([[maybe_unused]] s4u::Engine& engine, s4u::Host* host, const std::string& name,
                const std::function<void()>& body) {
#if SIMGRID_VERSION >= 40100
    host->add_actor(name, body);
#elif SIMGRID_VERSION >= 40000
    engine.add_actor(name, host, body);
#else
    s4u::Actor::create(name, host, body);
#endif
}

/// Each actor's stack and the guard page below it are a mapping of their own, and Linux bounds their number
/// (vm.max_map_count). Beyond it SimGrid aborts. Some are left for everything else.
std::size_t most_actors() {
    constexpr std::size_t kUsual = 65530;
    constexpr std::size_t kOthers = 1000;
    std::size_t mappings = kUsual;
    std::ifstream("/proc/sys/vm/max_map_count") >> mappings;
    return mappings > kOthers ? (mappings - kOthers) / 2 : 0;
}

/// An actor's stack, in KiB; SimGrid's own would be 8 MiB. The deepest program that a scenario can have (100 that run
/// one another, each nested as deep as YAML may be) needs 350, ordinary ones less than 16.
constexpr std::size_t kStackKiB = 1024;
constexpr std::size_t kUsedKiB = 16;

/// A limit of memory is meant for what is used, and Linux counts what is reserved: of a stack, hardly anything is used.
void exempt_stack() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur + (kStackKiB - kUsedKiB) * 1024, limit.rlim_max);
    static_cast<void>(::setrlimit(RLIMIT_AS, &limit));
}

double seconds(Nanoseconds t) { return static_cast<double>(t) * 1e-9; }

}  // namespace

/// The actor's end of the bargain: SimGrid's semaphore is its cheapest way to wait for somebody.
class Actor {
public:
    Actor(EventQueue& queue, std::function<void()> resume)
        : wake_up(queue, Priority::actor, std::move(resume)), gate(s4u::Semaphore::create(0)) {}
    Timer wake_up;
    s4u::SemaphorePtr gate;
    bool waiting = false;
    bool pending = false;  ///< woken before it blocked
};

/// SimGrid takes SIGINT and ends with a status of its own. Whoever started us shall see that the signal ended us.
class SigintKept {
public:
    SigintKept() { ::sigaction(SIGINT, nullptr, &before_); }
    ~SigintKept() { ::sigaction(SIGINT, &before_, nullptr); }
    SigintKept(const SigintKept&) = delete;
    SigintKept& operator=(const SigintKept&) = delete;

private:
    struct sigaction before_ {};
};

/// SimGrid, set up. There is one in a process; a forked child has its parent's, whose clock never began.
struct SimGrid {
    static SimGrid& instance() {
        static SimGrid one = [] {
            // SimGrid takes its configuration from an argument vector; it keeps no pointer into it.
            std::vector<std::string> words{"gilsim", "--log=root.thresh:critical", "--log=no_loc",
                                           fmt::format("--cfg=contexts/stack-size:{}", kStackKiB)};
#ifdef GILSIM_CONTEXT_FACTORY
            words.emplace_back("--cfg=contexts/factory:" GILSIM_CONTEXT_FACTORY);
#endif
            std::vector<char*> args;
            args.reserve(words.size() + 1);
            for (auto& word : words) args.push_back(word.data());
            args.push_back(nullptr);
            const SigintKept kept;
            return SimGrid(static_cast<int>(words.size()), args.data());
        }();
        return one;
    }
    s4u::Engine engine;
    s4u::Host* host;
    const std::size_t most = most_actors();

private:
    SimGrid(int count, char** args) : engine(&count, args), host(make_host(engine)) {}
};

struct Engine::Impl {
    SimGrid& simgrid = SimGrid::instance();
    std::vector<std::unique_ptr<Actor>> actors;
    std::size_t alive = 0, most_alive = 0;
    Actor* running = nullptr;  ///< the actor that `pump` has let go, until it blocks or ends
    bool armed = false;
    bool stalled = false;
    bool at_limit = false;
    std::exception_ptr failure;
    std::function<void(End)> at_end;

    [[nodiscard]] End end() const { return at_limit ? End::limit : stalled ? End::stalled : End::finished; }
};

Engine::Engine() : impl_(std::make_unique<Impl>()) {}

Engine::~Engine() = default;

Actor& Engine::spawn(const std::string& name, std::function<void()> body) {
    if (impl_->alive == impl_->simgrid.most)
        throw TooManyActors(
            fmt::format("more than {} simulated threads at a time are too many for this machine: each takes "
                        "two memory mappings; raise the limit with 'sysctl vm.max_map_count={}'",
                        impl_->simgrid.most, 8 * impl_->simgrid.most));
    ++impl_->alive;
    if (impl_->alive > impl_->most_alive) {
        impl_->most_alive = impl_->alive;
        exempt_stack();
    }
    // SimGrid aborts where it gets no memory for a stack. Asked for in advance, its lack is one like any other.
    ::operator delete(::operator new(2 * kStackKiB * 1024));
    impl_->actors.push_back(nullptr);
    auto& slot = impl_->actors.back();
    const std::size_t index = impl_->actors.size() - 1;
    slot = std::make_unique<Actor>(queue_, [this, index] {
        Actor& a = *impl_->actors[index];
        if (!a.waiting) {
            a.pending = true;
            return;
        }
        impl_->running = &a;
        if (seconds(now_) <= s4u::Engine::get_clock())
            a.gate->release();
        else  // the timers of the model have run ahead of SimGrid's clock
            simgrid::kernel::timer::Timer::set(seconds(now_), [&a] { a.gate->release(); });
    });
    Actor& actor = *slot;
    actor.waiting = true;  // SimGrid starts it at once; it stops at its gate until our order says so
    make_actor(impl_->simgrid.engine, impl_->simgrid.host, name, [this, &actor, run = std::move(body)] {
        actor.gate->acquire();
        actor.waiting = false;
        try {
            run();
        } catch (const simgrid::ForcefulKillException&) {
            throw;
        } catch (...) {
            impl_->failure = std::current_exception();
            stopping_ = true;
        }
        impl_->running = nullptr;
        --impl_->alive;
        arm();
    });
    wake(actor);
    return actor;
}

Actor& Engine::self() { return *impl_->running; }

void Engine::block() {
    Actor& me = self();
    if (me.pending) {
        me.pending = false;
        return;
    }
    me.waiting = true;
    impl_->running = nullptr;
    arm();
    me.gate->acquire();
    me.waiting = false;
}

void Engine::wake(Actor& actor) { actor.wake_up.arm(now_); }

Nanoseconds Engine::upcoming() {
    if (stopping_) return now_;
    if (queue_.spent()) {
        // Nothing that matters will ever happen again: a deadlock if actors remain. SimGrid would notice too, but only print.
        impl_->stalled = true;
        stopping_ = true;
    } else if (queue_.next() > limit_) {
        impl_->at_limit = true;
        stopping_ = true;
        now_ = limit_;
    }
    return stopping_ ? now_ : queue_.next();
}

void Engine::arm() {
    if (impl_->armed || impl_->running != nullptr) return;
    impl_->armed = true;
    // SimGrid's clock adds its steps up: after a big one it may be a rounding ahead of the same nanosecond.
    simgrid::kernel::timer::Timer::set(std::max(seconds(upcoming()), s4u::Engine::get_clock()), [this] { pump(); });
}

void Engine::pump() {
    impl_->armed = false;
    try {
        while (!stopping_ && impl_->running == nullptr) {
            const Nanoseconds next = upcoming();
            if (stopping_) break;
            now_ = next;
            ++events_;
            queue_.fire_next();
        }
    } catch (...) {
        impl_->failure = std::current_exception();
        stopping_ = true;
    }
    if (!stopping_) return;
    impl_->running = nullptr;
    if (impl_->at_end && !impl_->failure) impl_->at_end(impl_->end());
    s4u::Actor::kill_all();
}

Engine::End Engine::run(Nanoseconds limit, std::function<void(End)> at_end) {
    limit_ = limit;
    impl_->at_end = std::move(at_end);
    arm();
    impl_->simgrid.engine.run();
    if (impl_->failure) std::rethrow_exception(impl_->failure);
    return impl_->end();
}

void Engine::stop() { stopping_ = true; }

void Engine::prepare() {
    static_cast<void>(SimGrid::instance());
}

std::string Engine::simgrid_version() {
    return std::to_string(SIMGRID_VERSION_MAJOR) + "." + std::to_string(SIMGRID_VERSION_MINOR);
}

}  // namespace gilsim::engine
