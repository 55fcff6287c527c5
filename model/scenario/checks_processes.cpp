/// What multiprocessing refuses: children of daemonic processes, joins of another process's children, and the wrong end
/// of a pipe of one way.

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "model/scenario/checks.hpp"
#include "model/scenario/suggest.hpp"
#include "model/scenario/tree.hpp"
#include "model/scenario/walk.hpp"

namespace gilsim::scenario {
namespace {

/// Those who are in a process from its start, and whom they start.
struct Inhabitants {
    std::vector<int> programs{};
    std::string who{};
    bool is_main = false;
    bool daemonic = false;
};

class ProcessChecker {
    using Kind = ObjectSpec::Kind;

public:
    ProcessChecker(const Variant& variant, const Place& document, Diagnostics& diagnostics)
        : variant_(variant), document_(document), diagnostics_(diagnostics) {}

    void all() {
        for (const Inhabitants& process : processes()) {
            if (process.daemonic) find_children(process);
            find_foreign_joins(process);
        }
        for (std::size_t i = 0; i < variant_.programs.size(); ++i) {
            each(variant_.programs[i], [&](const Op& op) {
                check_end(op, static_cast<int>(i));
                check_workers(op, static_cast<int>(i));
            });
        }
    }

private:
    [[nodiscard]] const Group& group(int index) const { return variant_.groups[static_cast<std::size_t>(index)]; }
    [[nodiscard]] const ObjectSpec& object(int index) const {
        return variant_.objects[static_cast<std::size_t>(index)];
    }

    /// Each operation is blamed once, whoever runs it.
    void blame(const Op& op, int program, std::string what, std::string remedy) {
        if (!blamed_.insert(&op).second) return;
        diagnostics_.error(op.line > 0 ? Place{document_.source, op.line, op.column} : document_,
                           below("programs", variant_.program_names[static_cast<std::size_t>(program)]),
                           std::move(what), std::move(remedy));
    }

    [[nodiscard]] std::vector<Inhabitants> processes() const {
        std::vector<Inhabitants> found{
            {.programs = {variant_.main_program}, .who = "the main process", .is_main = true}};
        for (const Group& group : variant_.groups) {
            const bool apart = group.kind == Group::Kind::processes;
            if (apart) found.push_back({.who = quote(group.name), .daemonic = group.daemon});
            if (!apart && group.manual) continue;  // belongs to whoever starts it
            Inhabitants& process = apart ? found.back() : found.front();
            process.programs.push_back(group.program);
            for (const Group& inner : group.threads) process.programs.push_back(inner.program);
        }
        return found;
    }

    void each_of(const Inhabitants& process, const std::function<void(const Op&, int program)>& visit) const {
        std::set<int> seen;
        for (const int first : process.programs) each_of(first, visit, seen);
    }
    void each_of(int program, const std::function<void(const Op&, int program)>& visit, std::set<int>& seen) const {
        if (program < 0 || !seen.insert(program).second) return;
        each(variant_.programs[static_cast<std::size_t>(program)], [&](const Op& op) {
            visit(op, program);
            if (const auto* run = std::get_if<Run>(&op.what)) each_of(run->program, visit, seen);
            const auto* start = std::get_if<Start>(&op.what);
            if (start == nullptr || group(start->group).kind == Group::Kind::processes) return;
            each_of(group(start->group).program, visit, seen);
            for (const Group& inner : group(start->group).threads) each_of(inner.program, visit, seen);
        });
    }

    // --- Lib/multiprocessing/process.py, BaseProcess.start: "daemonic processes are not allowed to have children" ---

    /// What the operation has a process started for, or nothing.
    [[nodiscard]] std::string starts(const Op& op) const {
        int used = -1;
        if (const auto* start = std::get_if<Start>(&op.what))
            return group(start->group).kind == Group::Kind::processes ? quote(group(start->group).name) : "";
        if (const auto* submit = std::get_if<Submit>(&op.what)) used = submit->pool;
        if (const auto* map = std::get_if<Map>(&op.what)) used = map->pool;
        if (used < 0 || (object(used).kind != Kind::pool && object(used).kind != Kind::process_pool)) return "";
        return "the workers of " + quote(object(used).name);
    }
    static constexpr const char* kNoChildren =
        "{} would start {}, but its processes are daemons, and those may not have children (Python: AssertionError)";

    void find_children(const Inhabitants& process) {
        each_of(process, [&](const Op& op, int program) {
            if (const std::string child = starts(op); !child.empty())
                blame(op, program, fmt::format(kNoChildren, process.who, child), "take 'daemon: true' away");
        });
    }
    /// The workers of multiprocessing.Pool are daemons, too (Lib/multiprocessing/pool.py, _repopulate_pool_static).
    void check_workers(const Op& use, int program) {
        const auto* submit = std::get_if<Submit>(&use.what);
        const auto* map = std::get_if<Map>(&use.what);
        if (submit == nullptr && map == nullptr) return;
        const ObjectSpec& pool = object(submit != nullptr ? submit->pool : map->pool);
        if (pool.kind != Kind::pool) return;
        const auto check = [&](const Op& op, int where) {
            if (const std::string child = starts(op); !child.empty())
                blame(op, where, fmt::format(kNoChildren, quote(pool.name), child), "use a 'process_pool'");
        };
        std::set<int> seen;
        each(submit != nullptr ? submit->body : map->body, [&](const Op& op) {
            check(op, program);
            if (const auto* run = std::get_if<Run>(&op.what)) each_of(run->program, check, seen);
        });
        each_of(pool.initializer, check, seen);
    }

    // --- Lib/multiprocessing/process.py, BaseProcess.join: "can only join a child process" ---

    void find_foreign_joins(const Inhabitants& process) {
        const auto starts_there = [&](const Inhabitants& where, int wanted) {
            bool found = where.is_main && !group(wanted).manual;
            each_of(where, [&](const Op& op, int) {
                const auto* start = std::get_if<Start>(&op.what);
                found = found || (start != nullptr && start->group == wanted);
            });
            return found;
        };
        const auto all = processes();
        each_of(process, [&](const Op& op, int program) {
            const auto* join = std::get_if<Join>(&op.what);
            // A thread of another process is not alive here, so that its join() returns at once
            // (threading._after_fork).
            if (join == nullptr || group(join->group).kind != Group::Kind::processes) return;
            if (starts_there(process, join->group)) return;
            if (std::none_of(all.begin(), all.end(),
                             [&](const auto& other) { return starts_there(other, join->group); }))
                return;  // nobody does, which is told elsewhere
            blame(
                op, program,
                fmt::format("{} is waited for in {}, which does not start it (Python: AssertionError: can only join a "
                            "child process)",
                            quote(group(join->group).name), process.who),
                "join it where it is started");
        });
    }

    // --- Lib/multiprocessing/connection.py, _check_readable, _check_writable ---

    void check_end(const Op& op, int program) {
        const auto* send = std::get_if<Send>(&op.what);
        if (send != nullptr && send->end == 0 && !object(send->pipe).duplex)
            blame(op, program,
                  "end 0 of a pipe with 'duplex: false' only receives (Python: OSError: connection is read-only)",
                  "send at end 1, which is what 'send' does without 'end'");
        const auto check = [&](int pipe, int end) {
            if (end != 1 || object(pipe).duplex) return;
            blame(op, program,
                  "end 1 of a pipe with 'duplex: false' only sends (Python: OSError: connection is write-only)",
                  "receive at end 0, which is what 'receive' does without 'end'");
        };
        if (const auto* receive = std::get_if<Receive>(&op.what)) check(receive->pipe, receive->end);
        if (const auto* all = std::get_if<ReceiveAll>(&op.what)) check(all->pipe, all->end);
    }

    const Variant& variant_;
    Place document_;
    Diagnostics& diagnostics_;
    std::set<const Op*> blamed_;
};

}  // namespace

void check_processes(const Variant& variant, const Place& document, Diagnostics& diagnostics) {
    ProcessChecker(variant, document, diagnostics).all();
}

}  // namespace gilsim::scenario
