/// What would keep a run from ever ending.

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "model/scenario/checks.hpp"
#include "model/scenario/suggest.hpp"
#include "model/scenario/tree.hpp"
#include "model/scenario/walk.hpp"

namespace gilsim::scenario {
namespace {

class EndlessChecker {
public:
    EndlessChecker(const Variant& variant, const Place& document, Diagnostics& diagnostics)
        : variant_(variant), document_(document), diagnostics_(diagnostics), endless_(variant.programs.size()) {}

    void all() {
        if (variant_.limit != kNever) return;
        find_awaited_groups();
        find_endless_programs();
        find_endless_starts();
    }

private:
    [[nodiscard]] Place place(const Op& op) const {
        return op.line > 0 ? Place{document_.source, op.line, op.column} : document_;
    }
    [[nodiscard]] const Program& program(int index) const { return variant_.programs[static_cast<std::size_t>(index)]; }
    [[nodiscard]] std::string path(int index) const {
        return below("programs", variant_.program_names[static_cast<std::size_t>(index)]);
    }
    static std::string path(const Group& group) {
        return below(group.kind == Group::Kind::threads ? "threads" : "processes", group.name);
    }

    // --- programs without an end ---

    /// The first loop without an end in a program and those it runs; null if it ends.
    [[nodiscard]] const Op* endless(const Program& ops) {
        for (const Op& op : ops) {
            if (const auto* run = std::get_if<Run>(&op.what)) {
                if (const Op* loop = endless(run->program)) return loop;
            }
            const auto* repeat = std::get_if<Repeat>(&op.what);
            if (repeat != nullptr && repeat->times < 0 && repeat->duration < 0) return &op;
            if (repeat != nullptr && repeat->times == 0) continue;
            const Program* inner = body(op);
            if (const Op* loop = inner == nullptr ? nullptr : endless(*inner)) return loop;
        }
        return nullptr;
    }
    /// That of a program, looked for once.
    [[nodiscard]] const Op* endless(int index) {
        auto& found = endless_[static_cast<std::size_t>(index)];
        if (!found) {
            const Op* loop = endless(program(index));
            found = loop;
        }
        return *found;
    }
    void find_endless_programs() {
        refuse_endless(variant_.main_program, "the main thread", "",
                       "give 'times' or 'for' here, or a 'limit' to the scenario");
        for (std::size_t i = 0; i < variant_.groups.size(); ++i) {
            const Group& group = variant_.groups[i];
            if (!awaited_[i] || group.count == 0 || (group.daemon && crashes(group.program))) continue;
            const char* const hint =
                !group.daemon ? "give 'times' or 'for' here, a 'limit' to the scenario, or make the group a daemon"
                              : "give 'times' or 'for' here, a 'limit' to the scenario, or do not 'join' it: the run "
                                "ends without a daemon";
            refuse_endless(group.program, quote(group.name), path(group), hint);
            for (const Group& inner : group.threads) {
                if (!inner.daemon && inner.count > 0)
                    refuse_endless(inner.program, quote(inner.name), path(group), hint);
            }
        }
    }
    /// The run ends when the groups have ended that are no daemons, and the daemons for which one of those waits.
    void find_awaited_groups() {
        const auto& groups = variant_.groups;
        awaited_.assign(groups.size(), false);
        std::vector<const Group*> fresh;
        for (std::size_t i = 0; i < groups.size(); ++i) {
            awaited_[i] = !groups[i].daemon;
            if (awaited_[i] && groups[i].count > 0) fresh.push_back(&groups[i]);
        }
        if (std::none_of(groups.begin(), groups.end(), [](const Group& g) { return g.daemon; })) return;
        std::set<std::pair<int, bool>> seen;
        const auto follow = [&](int index, bool of_main_process) {
            if (!seen.emplace(index, of_main_process).second) return;
            std::set<int> started;
            if (!of_main_process)  // each process waits for its own: what another one has started is not there
                each_run(variant_, index, [&](const Op& op) {
                    if (const auto* start = std::get_if<Start>(&op.what)) started.insert(start->group);
                });
            each_run(variant_, index, [&](const Op& op) {
                const auto* join = std::get_if<Join>(&op.what);
                if (join == nullptr || awaited_[static_cast<std::size_t>(join->group)]) return;
                if (!of_main_process && !started.contains(join->group)) return;
                awaited_[static_cast<std::size_t>(join->group)] = true;
                fresh.push_back(&groups[static_cast<std::size_t>(join->group)]);
            });
        };
        follow(variant_.main_program, true);
        while (!fresh.empty()) {
            const Group& group = *fresh.back();
            fresh.pop_back();
            follow(group.program,
                   group.kind == Group::Kind::threads && group.subinterpreter == Group::Subinterpreter::none);
            for (const Group& inner : group.threads) follow(inner.program, false);
        }
    }
    /// Whether a program may end its process.
    [[nodiscard]] bool crashes(int index) const {
        bool found = false;
        each_run(variant_, index, [&](const Op& op) { found = found || std::holds_alternative<Crash>(op.what); });
        return found;
    }
    void refuse_endless(int index, const std::string& who, const std::string& where, const std::string& hint) {
        const Op* loop = index < 0 ? nullptr : endless(index);
        if (loop == nullptr) return;
        diagnostics_.error(place(*loop), where.empty() ? path(index) : where,
                           fmt::format("{} would repeat this for ever, and the run would never end", who), hint);
    }

    // --- groups that start themselves ---

    struct Starts {
        int group;
        const Op* op;
    };
    /// What a program starts whenever it is run: not what it starts after a time-out.
    void add_starts(const Program& ops, std::vector<bool>& seen, std::vector<Starts>& found) const {
        for (const Op& op : ops) {
            if (const auto* start = std::get_if<Start>(&op.what)) found.push_back({start->group, &op});
            const auto* repeat = std::get_if<Repeat>(&op.what);
            if (repeat != nullptr && (repeat->times == 0 || repeat->duration == 0)) continue;
            const auto* run = std::get_if<Run>(&op.what);
            if (run != nullptr && !seen[static_cast<std::size_t>(run->program)]) {
                seen[static_cast<std::size_t>(run->program)] = true;
                add_starts(program(run->program), seen, found);
            }
            if (repeat != nullptr || std::holds_alternative<With>(op.what) ||
                std::holds_alternative<Request>(op.what) || std::holds_alternative<CriticalSection>(op.what))
                add_starts(*body(op), seen, found);
        }
    }
    [[nodiscard]] std::vector<Starts> starts_of(int index) const {
        std::vector<Starts> found;
        if (index < 0 || crashes(index)) return found;
        std::vector<bool> seen(variant_.programs.size());
        add_starts(program(index), seen, found);
        return found;
    }
    void find_endless_starts() {
        const auto& groups = variant_.groups;
        if (std::none_of(groups.begin(), groups.end(), [](const Group& g) { return g.manual; })) return;
        std::vector<std::vector<Starts>> starts(groups.size());
        std::vector<int> reached;
        std::vector<bool> seen(groups.size());
        const auto reach = [&](int index) {
            const auto i = static_cast<std::size_t>(index);
            if (groups[i].count > 0 && !seen[i]) reached.push_back(index);
            seen[i] = true;
        };
        for (const Starts& s : starts_of(variant_.main_program)) reach(s.group);
        for (std::size_t i = 0; i < groups.size(); ++i)
            if (!groups[i].manual) reach(static_cast<int>(i));
        for (std::size_t i = 0; i < reached.size(); ++i) {
            auto& of = starts[static_cast<std::size_t>(reached[i])];
            of = starts_of(groups[static_cast<std::size_t>(reached[i])].program);
            for (const Starts& s : of) reach(s.group);
        }
        std::vector<bool> done(groups.size());
        for (const int first : reached)
            if (!done[static_cast<std::size_t>(first)] && awaited_[static_cast<std::size_t>(first)] &&
                refuse_circle(first, starts, done))
                return;
    }
    /// Goes along what groups start, from `first` on; reports the first way that comes back to itself. Python waits at
    /// its end for all threads and child processes that are no daemons, those of child processes included; a circle
    /// with a daemon for which nobody waits ends with the program.
    bool refuse_circle(int first, const std::vector<std::vector<Starts>>& starts, std::vector<bool>& done) {
        std::vector<std::pair<int, std::size_t>> way{{first, 0}};  // groups, and which start of theirs comes next
        std::vector<bool> on_way(starts.size());
        on_way[static_cast<std::size_t>(first)] = true;
        while (!way.empty()) {
            const auto group = static_cast<std::size_t>(way.back().first);
            if (way.back().second == starts[group].size()) {
                on_way[group] = false;
                done[group] = true;
                way.pop_back();
                continue;
            }
            const Starts& next = starts[group][way.back().second++];
            const auto index = static_cast<std::size_t>(next.group);
            if (on_way[index]) {
                refuse_starts(next, way);
                return true;
            }
            if (done[index] || !awaited_[index] || variant_.groups[index].count == 0) continue;
            on_way[index] = true;
            way.emplace_back(next.group, 0);
        }
        return false;
    }
    void refuse_starts(const Starts& last, const std::vector<std::pair<int, std::size_t>>& way) {
        const auto name = [this](int group) { return variant_.groups[static_cast<std::size_t>(group)].name; };
        std::string circle;
        for (const auto& step : way) {
            if (!circle.empty() || step.first == last.group) circle += name(step.first) + " -> ";
        }
        diagnostics_.error(place(*last.op), path(variant_.groups[static_cast<std::size_t>(last.group)]),
                           fmt::format("this starts {} for ever ({}{}), and the program would never end",
                                       quote(name(last.group)), circle, name(last.group)),
                           "use 'repeat' for loops, give a 'limit' to the scenario, or make the group a daemon that "
                           "nothing joins");
    }

    const Variant& variant_;
    Place document_;
    Diagnostics& diagnostics_;
    std::vector<std::optional<const Op*>> endless_;  ///< of each program that has been looked at, its loop or null
    std::vector<bool> awaited_;                      ///< the groups without whose end the run does not end
};

}  // namespace

void check_endless(const Variant& variant, const Place& document, Diagnostics& diagnostics) {
    EndlessChecker(variant, document, diagnostics).all();
}

}  // namespace gilsim::scenario
