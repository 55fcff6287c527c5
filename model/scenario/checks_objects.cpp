/// What must hold between objects and the programs that use them.

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "model/scenario/checks.hpp"
#include "model/scenario/choices.hpp"
#include "model/scenario/tree.hpp"
#include "model/scenario/version.hpp"
#include "model/scenario/suggest.hpp"
#include "model/scenario/walk.hpp"

namespace gilsim::scenario {
namespace {

class ObjectChecker {
    using Kind = ObjectSpec::Kind;

public:
    ObjectChecker(const Variant& variant, const Place& document, Diagnostics& diagnostics)
        : variant_(variant), document_(document), diagnostics_(diagnostics) {}

    void all() {
        for (std::size_t i = 0; i < variant_.objects.size(); ++i) {
            const ObjectSpec& object = variant_.objects[i];
            if (object.kind == Kind::condition) check_lock_of(object);
            if (object.kind == Kind::interpreter_pool) check_interpreters_of(object, static_cast<int>(i));
            if (object.kind == Kind::barrier && object.parties > 0) check_parties(object, static_cast<int>(i));
        }
        for (std::size_t i = 0; i < variant_.programs.size(); ++i)
            each(variant_.programs[i], [&](const Op& op) { check_unlock(op, variant_.program_names[i]); });
    }

private:
    [[nodiscard]] Place place(int line, int column) const {
        return line > 0 ? Place{document_.source, line, column} : document_;
    }

    void check_lock_of(const ObjectSpec& condition) {
        if (condition.lock < 0) return;
        const ObjectSpec& lock = variant_.objects[static_cast<std::size_t>(condition.lock)];
        if (lock.kind == Kind::lock || lock.kind == Kind::rlock) return;
        diagnostics_.error(place(condition.line, condition.column), below("objects", condition.name),
                           fmt::format("a condition's lock is a lock or an rlock, but {} is of kind {}", quote(lock.name),
                                       quote(text_of(lock.kind))));
    }

    // --- a pool of interpreters that the Python does not have ---

    void check_interpreters_of(const ObjectSpec& pool, int index) {
        const auto check = [&](int program, int interpreter) {
            const InterpreterSpec& spec = variant_.interpreters[static_cast<std::size_t>(interpreter)];
            if (program < 0 || at_least(spec, 3, 14)) return;
            bool used = false;
            each_run(variant_, program, [&](const Op& op) {
                const auto* submit = std::get_if<Submit>(&op.what);
                const auto* map = std::get_if<Map>(&op.what);
                used = used || (submit != nullptr && submit->pool == index) || (map != nullptr && map->pool == index);
            });
            if (used && told_.emplace(index, interpreter).second)
                diagnostics_.error(place(pool.line, pool.column), below("objects", pool.name),
                                   fmt::format("CPython {} has no InterpreterPoolExecutor", spec.version),
                                   "it came with 3.14: choose another interpreter, or 'thread_pool'");
        };
        check(variant_.main_program, 0);
        for (const Group& group : variant_.groups) {
            const int interpreter = group.kind == Group::Kind::processes ? group.interpreter : 0;
            check(group.program, interpreter);
            for (const Group& inner : group.threads) check(inner.program, interpreter);
        }
    }

    void check_unlock(const Op& op, const std::string& program) {
        const auto* unlock = std::get_if<Unlock>(&op.what);
        if (unlock == nullptr || unlock->count == 1) return;
        const ObjectSpec& object = variant_.objects[static_cast<std::size_t>(unlock->lock)];
        if (object.kind == Kind::semaphore) return;
        diagnostics_.error(place(op.line, op.column), below("programs", program),
                           fmt::format("'count' is for semaphores: {} is of kind {}", quote(object.name),
                                       quote(text_of(object.kind))));
    }

    // --- a barrier that can never fill ---

    /// Those who may wait at a barrier.
    struct Visitors {
        std::int64_t threads = 0;
        bool for_ever = false;  ///< one of them has no time-out

        Visitors& operator+=(const Visitors& more) {
            threads += more.threads;
            for_ever = for_ever || more.for_ever;
            return *this;
        }
    };
    /// Those of one program, which so many threads run.
    [[nodiscard]] Visitors visitors(int program, std::int64_t threads, int barrier) const {
        bool waits = false;
        bool others = false;
        Visitors found;
        each_run(variant_, program, [&](const Op& op) {
            const auto* wait = std::get_if<Wait>(&op.what);
            const bool here = wait != nullptr && wait->object == barrier;
            waits = waits || here;
            found.for_ever = found.for_ever || (here && wait->patience.timeout < 0);
            others = others || std::holds_alternative<Submit>(op.what) || std::holds_alternative<Map>(op.what) ||
                     std::holds_alternative<ToThread>(op.what);
        });
        found.threads = !waits ? 0 : others ? kMany : threads;  // a pool's threads may wait there, too
        return found;
    }
    /// A group that a `start` operation starts may be started again and again.
    static std::int64_t members(const Group& group) { return group.manual ? kMany : group.count; }

    void check_parties(const ObjectSpec& barrier, int index) {
        Visitors main = visitors(variant_.main_program, 1, index);
        for (const Group& group : variant_.groups) {
            if (group.kind == Group::Kind::threads && group.subinterpreter == Group::Subinterpreter::none) {
                main += visitors(group.program, members(group), index);
                continue;
            }
            Visitors inside = visitors(group.program, 1, index);
            for (const Group& inner : group.threads) inside += visitors(inner.program, members(inner), index);
            if (group.count > 0) compare(barrier, inside, quote(group.name));
        }
        compare(barrier, main, "the main process");
    }
    /// Who waits with a time-out counts, but does not mind if too few come.
    void compare(const ObjectSpec& barrier, const Visitors& visitors, const std::string& where) {
        const std::int64_t threads = visitors.threads;
        if (!visitors.for_ever || threads == 0 || threads >= barrier.parties) return;
        diagnostics_.error(place(barrier.line, barrier.column), below("objects", barrier.name),
                           fmt::format("the barrier can never fill: it needs {} parties, and in {} at most {} {} at it",
                                       barrier.parties, where, threads, threads == 1 ? "thread waits" : "threads wait"),
                           "each process and sub-interpreter has its own barrier; make 'parties' smaller, or give the wait a 'timeout'");
    }

    static constexpr std::int64_t kMany = 1'000'000'000;
    std::set<std::pair<int, int>> told_;  ///< pools and interpreters
    const Variant& variant_;
    Place document_;
    Diagnostics& diagnostics_;
};

}  // namespace

void check_objects(const Variant& variant, const Place& document, Diagnostics& diagnostics) {
    ObjectChecker(variant, document, diagnostics).all();
}

}  // namespace gilsim::scenario
