#include "model/scenario/checks.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "model/scenario/fields.hpp"
#include "model/scenario/load.hpp"
#include "model/scenario/object_sets.hpp"
#include "model/scenario/request_order.hpp"
#include "model/scenario/suggest.hpp"
#include "model/scenario/walk.hpp"

namespace gilsim::scenario {
namespace {

template <class T, class... Others>
constexpr bool IsAnyOf = (std::is_same_v<T, Others> || ...);

class Checker {
public:
    Checker(const Variant& variant, const Place& document, Diagnostics& diagnostics)
        : variant_(variant), document_(document), diagnostics_(diagnostics) {}

    void all() {
        count_threads();
        find_impossible_subinterpreters();
        find_unmodelled_signals();
        inspect_programs();
        if (cyclic_) return;  // the rest follows `run`
        find_timeless_loops();
        check_endless(variant_, document_, diagnostics_);
        find_joins_in_vain();
        find_unlocks_in_vain();
        for (const RequestMistake& mistake : request_mistakes(variant_))
            diagnostics_.error(place(*mistake.op), path(mistake.program), mistake.what, mistake.remedy);
        check_objects(variant_, document_, diagnostics_);
        check_processes(variant_, document_, diagnostics_);
        check_load(variant_, document_, diagnostics_);
    }

private:
    [[nodiscard]] Place place(int line, int column) const {
        return line > 0 ? Place{document_.source, line, column} : document_;
    }
    [[nodiscard]] Place place(const Op& op) const { return place(op.line, op.column); }
    [[nodiscard]] const Program& program(int index) const { return variant_.programs[static_cast<std::size_t>(index)]; }
    [[nodiscard]] std::string path(int index) const {
        return below("programs", variant_.program_names[static_cast<std::size_t>(index)]);
    }
    static std::string path(const Group& group) {
        return below(group.kind == Group::Kind::threads ? "threads" : "processes", group.name);
    }
    // --- how many threads ---

    void count_threads() {
        std::int64_t total = 1;
        for (const Group& group : variant_.groups) {
            std::int64_t each_of = 1;
            for (const Group& inner : group.threads) each_of = std::min(each_of + inner.count, kFar);
            if (__builtin_mul_overflow(each_of, group.count, &each_of)) each_of = kFar;
            total = std::min(total + std::min(each_of, kFar), kFar);
            if (total <= kMostThreads) continue;
            Diagnostic& d = diagnostics_.error(
                place(group.line, group.column), path(group),
                fmt::format("{}{} simulated threads with this group, at most {} are possible",
                            total == kFar ? "more than " : "", grouped(total), grouped(kMostThreads)));
            d.resource = true;
            return;
        }
    }

    // --- sub-interpreters that the Python does not have ---

    void find_impossible_subinterpreters() {
        for (const Group& group : variant_.groups) {
            check_subinterpreter(group, 0);
            if (group.kind == Group::Kind::threads) continue;
            for (const Group& inner : group.threads) check_subinterpreter(inner, group.interpreter);
        }
    }
    void check_subinterpreter(const Group& group, int interpreter) {
        const InterpreterSpec& spec = variant_.interpreters[static_cast<std::size_t>(interpreter)];
        if (group.subinterpreter == Group::Subinterpreter::own_gil) {
            for (const Group& inner : group.threads) {
                if (inner.daemon)
                    diagnostics_.error(place(inner.line, inner.column), path(group),
                                       fmt::format("{}: a sub-interpreter with a GIL of its own has no daemon threads "
                                                   "(Python: RuntimeError)",
                                                   quote(inner.name)),
                                       "they are joined at its end: let them end, or use 'subinterpreter: shared_gil'");
            }
        }
        if (group.subinterpreter != Group::Subinterpreter::own_gil || spec.own_gil) return;
        diagnostics_.error(place(group.line, group.column), path(group),
                           fmt::format("CPython {} has no sub-interpreters with a GIL of their own", spec.version),
                           "they came with 3.12 (PEP 684): choose another interpreter, or 'subinterpreter: shared_gil'");
    }

    // --- signals of Pythons whose blocking calls they would cut short ---

    void find_unmodelled_signals() {
        const InterpreterSpec& spec = variant_.interpreters.front();
        if (variant_.signals.empty() || spec.gil == GilPolicy::tick) return;
        const SignalSpec& first = variant_.signals.front();
        diagnostics_.error(
            place(first.line, first.column), "signals",
            fmt::format("signals are modelled for 'gil: tick' (CPython 2) only: in CPython {} they would cut "
                        "blocking calls of the main thread short",
                        spec.version),
            "choose the interpreter cpython-2.7");
    }

    // --- programs that run one another ---

    /// Marks programs that take time, each once, callees first; reports circles.
    void inspect_programs() {
        state_.assign(variant_.programs.size(), State{});
        for (std::size_t i = 0; i < variant_.programs.size(); ++i) inspect(static_cast<int>(i));
    }
    void inspect(int index) {
        State& state = state_[static_cast<std::size_t>(index)];
        if (state.seen) return;
        state.seen = state.busy = true;
        trail_.push_back(index);
        each(program(index), [&](const Op& op) {
            const auto* run = std::get_if<Run>(&op.what);
            if (run == nullptr || diagnostics_.full()) return;
            if (trail_.size() >= kDeepest) {
                if (!cyclic_)
                    diagnostics_.error(place(op), path(index),
                                       fmt::format("programs that run one another more than {} deep", kDeepest));
                cyclic_ = true;
            } else if (state_[static_cast<std::size_t>(run->program)].busy) {
                cyclic_ = true;
                std::string circle;
                for (auto i = std::find(trail_.begin(), trail_.end(), run->program); i != trail_.end(); ++i)
                    circle += variant_.program_names[static_cast<std::size_t>(*i)] + " -> ";
                diagnostics_.error(place(op), path(index),
                                   fmt::format("programs that run one another: {}{}", circle,
                                               variant_.program_names[static_cast<std::size_t>(run->program)]),
                                   "use 'repeat' for loops");
            } else {
                inspect(run->program);
            }
        });
        trail_.pop_back();
        state.busy = false;
        if (!cyclic_) state.takes_time = takes_time(program(index));
    }

    // --- loops that take no time ---

    /// Whether calls of the library, such as operations on objects, take time in all interpreters.
    [[nodiscard]] bool costs_calls() const {
        return std::all_of(variant_.interpreters.begin(), variant_.interpreters.end(),
                           [](const InterpreterSpec& i) { return i.lock_call > 0 && i.library_call > 0; });
    }
    static bool positive(const Span& span) { return span.kind != Span::Kind::constant || span.a > 0; }
    /// Whether an operation can take simulated time, that in its body aside. Every kind of operation has to be named
    /// here.
    template <class T>
    [[nodiscard]] bool takes_time_itself(const T& op) const {
        if constexpr (IsAnyOf<T, Compute, Native, StopTheWorld>) {
            return positive(op.work);
        } else if constexpr (IsAnyOf<T, Sleep>) {
            return positive(op.time);
        } else if constexpr (IsAnyOf<T, Io>) {
            return op.device >= 0 || positive(op.time);
        } else if constexpr (IsAnyOf<T, Touch>) {
            return op.times > 0;
        } else if constexpr (IsAnyOf<T, Repeat>) {
            return op.every > 0;
        } else if constexpr (IsAnyOf<T, Run>) {
            return state_[static_cast<std::size_t>(op.program)].takes_time;
        } else if constexpr (IsAnyOf<T, Allocate, Free, WalkSet, Gc, Start, Terminate>) {
            return true;
        } else if constexpr (IsAnyOf<T, Request, RequestBegin, RequestEnd, Join, CriticalSection>) {
            return false;
        } else {
            static_assert(IsAnyOf<T, Lock, Unlock, With, Wait, Notify, NotifyAll, Set, Clear, Put, Get, TaskDone,
                                  JoinQueue, Local, Submit, Results, Map, Shutdown, Serve, Asyncio, CreateTask,
                                  ToThread, Send, Receive, ReceiveAll, Close, Attach, CallManager, Crash>);
            return costs_calls();
        }
    }
    /// Whether at least one operation can take simulated time.
    [[nodiscard]] bool takes_time(const Program& ops) const {
        return std::any_of(ops.begin(), ops.end(), [&](const Op& op) {
            if (std::visit([this](const auto& what) { return takes_time_itself(what); }, op.what)) return true;
            const auto* repeat = std::get_if<Repeat>(&op.what);
            const Program* inner = repeat != nullptr && repeat->times == 0 ? nullptr : body(op);
            return inner != nullptr && takes_time(*inner);
        });
    }
    void find_timeless_loops() {
        for (std::size_t i = 0; i < variant_.programs.size(); ++i) {
            each(variant_.programs[i], [&](const Op& op) {
                const auto* repeat = std::get_if<Repeat>(&op.what);
                if (repeat == nullptr || repeat->times >= 0 || repeat->every > 0 || takes_time(repeat->body)) return;
                diagnostics_.error(place(op), path(static_cast<int>(i)),
                                   "this loop would never end: a turn takes no simulated time",
                                   "give it something to do, or 'times'");
            });
        }
    }

    // --- groups that are waited for ---

    void find_joins_in_vain() {
        std::vector<bool> started(variant_.groups.size());
        for (const Program& ops : variant_.programs) {
            each(ops, [&](const Op& op) {
                if (const auto* start = std::get_if<Start>(&op.what))
                    started[static_cast<std::size_t>(start->group)] = true;
            });
        }
        for (std::size_t i = 0; i < variant_.programs.size(); ++i) {
            each(variant_.programs[i], [&](const Op& op) { check_group_use(static_cast<int>(i), op, started); });
        }
    }
    void check_group_use(int index, const Op& op, const std::vector<bool>& started) {
        if (const auto* join = std::get_if<Join>(&op.what)) {
            const Group& group = variant_.groups[static_cast<std::size_t>(join->group)];
            if (group.manual && !started[static_cast<std::size_t>(join->group)])
                diagnostics_.error(place(op), path(index),
                                   fmt::format("{} is waited for, but nothing starts it", quote(group.name)),
                                   "it has 'start: manual'; add a 'start' operation");
        } else if (const auto* start = std::get_if<Start>(&op.what)) {
            const Group& group = variant_.groups[static_cast<std::size_t>(start->group)];
            if (!group.manual)
                diagnostics_.error(place(op), path(index),
                                   fmt::format("{} is started by the main thread already", quote(group.name)),
                                   "give it 'start: manual'");
        }
    }

    // --- locks that nothing takes ---

    void find_unlocks_in_vain() {
        const auto& objects = variant_.objects;
        if (std::any_of(objects.begin(), objects.end(), [](const ObjectSpec& o) { return o.lock >= 0; }))
            return;  // a condition may take the lock that it shares
        std::vector<bool> taken(objects.size());
        for (const Program& ops : variant_.programs) {
            each(ops, [&](const Op& op) {
                if (const auto* lock = std::get_if<Lock>(&op.what)) taken[static_cast<std::size_t>(lock->lock)] = true;
                if (const auto* with = std::get_if<With>(&op.what)) taken[static_cast<std::size_t>(with->lock)] = true;
            });
        }
        for (std::size_t i = 0; i < variant_.programs.size(); ++i) {
            each(variant_.programs[i], [&](const Op& op) {
                const auto* unlock = std::get_if<Unlock>(&op.what);
                const auto kind = unlock == nullptr ? ObjectSpec::Kind::lock : objects[static_cast<std::size_t>(unlock->lock)].kind;
                if (unlock == nullptr || kind == ObjectSpec::Kind::semaphore || taken[static_cast<std::size_t>(unlock->lock)]) return;
                diagnostics_.error(place(op), path(static_cast<int>(i)),
                                   fmt::format("lock {} is released, but nothing takes it (Python: RuntimeError: release "
                                               "unlocked lock)",
                                               quote(objects[static_cast<std::size_t>(unlock->lock)].name)),
                                   "take it first, by 'lock' or 'with'");
            });
        }
    }

    struct State {
        bool seen = false, busy = false, takes_time = false;
    };
    static constexpr std::size_t kDeepest = 100;  ///< programs that run programs
    static constexpr std::int64_t kFar = 1'000'000'000'000;

    const Variant& variant_;
    Place document_;
    Diagnostics& diagnostics_;
    std::vector<State> state_;
    std::vector<int> trail_;
    bool cyclic_ = false;  ///< programs run one another in circles, or too deep
};

}  // namespace

void check_variant(const Variant& variant, const Place& document, Diagnostics& diagnostics) {
    Checker(variant, document, diagnostics).all();
    check_object_sets(variant, document, diagnostics);
}

}  // namespace gilsim::scenario
