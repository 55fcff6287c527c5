#include "analysis/sweep/sweep_verdict.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "analysis/text.hpp"
#include "analysis/text_table.hpp"

namespace gilsim::analysis {
namespace {

constexpr std::size_t kMostRows = 13;      ///< of a table without points left out
constexpr std::size_t kShownRows = 10;     ///< of one with
constexpr std::size_t kMostColumns = 8;    ///< of a matrix
constexpr std::size_t kMostAbreast = 4;    ///< variants side by side
constexpr std::size_t kMostWords = 8;      ///< lines below the table
constexpr std::int64_t kNearlyBest = 950;  ///< permille of the best: the knee is the first point that reaches it

/// `interpreter.switch_interval` as `switch_interval`.
std::string short_name(const std::string& path) {
    const std::size_t dot = path.rfind('.');
    return dot == std::string::npos ? path : path.substr(dot + 1);
}

std::string time_text(const Spread& s) {
    return s.count == 0 ? "-" : duration_text(std::llround(s.mean));
}
std::string rate_text(const Spread& s) {
    if (s.count == 0) return "-";
    return s.mean < 10 ? fmt::format("{:.2f}", s.mean) : fmt::format("{}", std::llround(s.mean));
}

class VerdictWords {
public:
    explicit VerdictWords(const SweepTable& table) : t_(table) {}

    std::string text(bool all) {
        wrap(lines_, t_.head.title.empty() ? t_.head.scenario : t_.head.title);
        lines_.emplace_back();
        for (std::string& line : layout(rows(), false)) lines_.push_back(std::move(line));
        if (left_out_ > 0)
            lines_.push_back(fmt::format("... and {} between them (--csv FILE: all)", count_text(left_out_, "point")));
        lines_.emplace_back();
        say_failures();
        say_curves();
        say_spread();
        if (!all && words_.size() > kMostWords) {
            words_.resize(kMostWords - 1);
            words_.emplace_back("... more with -o FILE and gilsim report.");
        }
        lines_.insert(lines_.end(), words_.begin(), words_.end());
        return fmt::format("{}\n", fmt::join(lines_, "\n"));
    }

private:
    [[nodiscard]] std::size_t variants() const { return t_.head.variants.size(); }
    [[nodiscard]] std::string name(std::int64_t variant) const {
        return t_.head.variants[static_cast<std::size_t>(variant)].first;
    }
    /// A subject for a sentence about a variant; none is needed where there is but one.
    [[nodiscard]] std::string subject(std::int64_t variant) const {
        return variants() == 1 ? "" : name(variant) + ": ";
    }
    [[nodiscard]] const StoredValue& value(std::int64_t point, std::size_t axis) const {
        return t_.head.points[static_cast<std::size_t>(point)][axis];
    }
    [[nodiscard]] std::string measure_text(const SweepEntry& e) const {
        if (e.results() == 0) return e.failed > 0 ? "failed" : "-";
        if (!e.bad_end().empty()) return std::string(e.bad_end());
        if (t_.by_rate) return rate_text(e.rate);
        return (e.ended(trace::Outcome::limit) > 0 ? "> " : "") + time_text(e.makespan);
    }
    [[nodiscard]] std::string measure_name() const {
        if (!t_.by_rate) return "makespan";
        return (t_.request.empty() ? "requests" : t_.request) + "/s";
    }
    [[nodiscard]] std::string gain_text(const SweepEntry& e) const {
        const std::int64_t gain = t_.gain(e, t_.entries.front());
        return gain == 0 ? "-" : factor_text(gain);
    }
    [[nodiscard]] bool requests() const {
        return std::any_of(t_.entries.begin(), t_.entries.end(), [](const SweepEntry& e) { return e.p99.count > 0; });
    }

    // --- the table

    [[nodiscard]] std::vector<TextRow> rows() {
        const bool two = t_.head.axes.size() == 2 && !t_.head.axes[0].in_step && variants() == 1;
        if (two) {
            const std::vector<std::string> across = texts(1);
            if (across.size() > 1 && across.size() <= kMostColumns && texts(0).size() <= kMostRows &&
                t_.head.points.size() > across.size())
                return matrix(texts(0), across);
        }
        if (variants() > 1 && variants() <= kMostAbreast && !t_.head.axes.empty()) return abreast();
        return list();
    }

    /// The different values of an axis, in order.
    [[nodiscard]] std::vector<std::string> texts(std::size_t axis) const {
        std::vector<std::string> result;
        for (const auto& point : t_.head.points) {
            if (std::find(result.begin(), result.end(), point[axis].text) == result.end())
                result.push_back(point[axis].text);
        }
        return result;
    }

    /// Which rows of many are shown: the first, the last, and some between at equal distances.
    std::vector<std::size_t> shown(std::size_t count) {
        std::vector<std::size_t> result;
        const std::size_t rows = count <= kMostRows ? count : kShownRows;
        for (std::size_t i = 0; i < rows; ++i) result.push_back(rows == 1 ? 0 : i * (count - 1) / (rows - 1));
        left_out_ = static_cast<std::int64_t>(count - rows);
        return result;
    }

    [[nodiscard]] std::vector<TextRow> matrix(const std::vector<std::string>& down,
                                              const std::vector<std::string>& across) const {
        std::vector<TextRow> rows{{fmt::format("{} by {}, {}", short_name(t_.head.axes[0].name),
                                               short_name(t_.head.axes[1].name), measure_name())}};
        rows[0].insert(rows[0].end(), across.begin(), across.end());
        for (const std::string& text : down) {
            TextRow row(across.size() + 1, "");
            row[0] = text;
            for (const SweepEntry& e : t_.entries) {
                if (value(e.point, 0).text != text) continue;
                const auto column = std::find(across.begin(), across.end(), value(e.point, 1).text) - across.begin();
                row[static_cast<std::size_t>(column) + 1] = measure_text(e);
            }
            rows.push_back(std::move(row));
        }
        return rows;
    }

    void add_axes(TextRow& row, std::int64_t point) const {
        for (std::size_t i = 0; i < t_.head.axes.size(); ++i)
            row.push_back(point < 0 ? short_name(t_.head.axes[i].name) : value(point, i).text);
    }

    std::vector<TextRow> abreast() {
        std::vector<TextRow> rows(1);
        add_axes(rows[0], -1);
        for (std::size_t v = 0; v < variants(); ++v) {
            rows[0].push_back(fmt::format("{}{}", name(static_cast<std::int64_t>(v)), t_.by_rate ? "/s" : ""));
            rows[0].push_back("times");
            if (requests()) rows[0].push_back("p99");
        }
        for (const std::size_t point : shown(t_.head.points.size())) {
            TextRow& row = rows.emplace_back();
            add_axes(row, static_cast<std::int64_t>(point));
            for (std::size_t v = 0; v < variants(); ++v) {
                const SweepEntry* e = t_.find(static_cast<std::int64_t>(point), static_cast<std::int64_t>(v));
                row.push_back(e == nullptr ? "-" : measure_text(*e));
                row.push_back(e == nullptr ? "-" : gain_text(*e));
                if (requests()) row.push_back(e == nullptr ? "-" : time_text(e->p99));
            }
        }
        return rows;
    }

    std::vector<TextRow> list() {
        std::vector<TextRow> rows(1);
        add_axes(rows[0], -1);
        if (variants() > 1) rows[0].emplace_back("variant");
        rows[0].push_back(measure_name());
        rows[0].insert(rows[0].end(), {"+-", "times"});
        if (requests()) rows[0].insert(rows[0].end(), {"p50", "p99"});
        rows[0].insert(rows[0].end(), {"cores busy", "GIL wait"});
        for (const std::size_t i : shown(t_.entries.size())) {
            const SweepEntry& e = t_.entries[i];
            TextRow& row = rows.emplace_back();
            add_axes(row, e.point);
            if (variants() > 1) row.push_back(name(e.variant));
            row.push_back(measure_text(e));
            row.push_back(e.results() < 2 ? "-" : percent_text(t_.measure(e).half_permille()));
            row.push_back(gain_text(e));
            if (requests()) row.insert(row.end(), {time_text(e.p50), time_text(e.p99)});
            row.push_back(e.results() == 0 ? "-" : fmt::format("{} of {}", factor_text(e.cores_busy), e.cores));
            row.push_back(e.results() == 0 ? "-" : percent_text(e.gil_wait));
        }
        return rows;
    }

    // --- the words

    /// Where the first of several was: its variant and its point, as far as there are others.
    [[nodiscard]] std::string first_at(const SweepEntry& e) const {
        std::string place = t_.told(e.point);
        if (variants() > 1) place = place.empty() ? name(e.variant) : subject(e.variant) + place;
        return place.empty() ? "" : ", the first at " + place;
    }

    void say_failures() {
        std::int64_t failed = 0, missing = 0;
        const SweepEntry* first = nullptr;
        for (const SweepEntry& e : t_.entries) {
            failed += e.failed;
            missing += e.planned - e.failed - e.results();
            if (e.failed > 0 && first == nullptr) first = &e;
        }
        if (first != nullptr)
            wrap(words_, fmt::format("{} failed{}: {}.", count_text(failed, "run"), first_at(*first), first->error));
        say_bad_end(trace::Outcome::deadlock, "deadlocked");
        say_bad_end(trace::Outcome::failed, "ended with an error of the program");
        say_bad_end(trace::Outcome::out_of_memory, "ran out of memory");
        if (missing > 0)
            wrap(words_, fmt::format("{} not run yet: the same command goes on.", count_text(missing, "run")));
    }

    void say_bad_end(trace::Outcome how, const char* verb) {
        std::int64_t count = 0;
        const SweepEntry* first = nullptr;
        for (const SweepEntry& e : t_.entries) {
            count += e.ended(how);
            if (e.ended(how) > 0 && first == nullptr) first = &e;
        }
        if (first != nullptr) wrap(words_, fmt::format("{} {}{}.", count_text(count, "run"), verb, first_at(*first)));
    }

    void say_spread() {
        std::int64_t widest = 0, most = 0;
        for (const SweepEntry& e : t_.entries) {
            widest = std::max(widest, t_.measure(e).half_permille());
            most = std::max(most, e.results());
        }
        if (most > 1 && widest == 0) {
            wrap(words_, fmt::format("All {} runs of a point came to the same, whatever their seed.", most));
        } else if (most > 1) {
            wrap(words_,
                 fmt::format("Means of up to {} runs with different seeds; the 95 % intervals reach at most {} to "
                             "each side.",
                             most, percent_text(widest)));
        }
    }

    void say_curves() {
        for (std::size_t v = 0; v < variants(); ++v) {
            const SweepEntry* best = nullptr;
            for (const SweepEntry& e : t_.entries) {
                if (e.variant == static_cast<std::int64_t>(v) && t_.gain(e, e) != 0 &&
                    (best == nullptr || t_.gain(e, *best) > 1000))
                    best = &e;
            }
            if (best == nullptr) continue;
            bool told_step = false;
            for (std::size_t axis = 0; axis < t_.head.axes.size(); ++axis) {
                if (t_.head.axes[axis].in_step && told_step) continue;
                told_step = told_step || t_.head.axes[axis].in_step;
                say_curve(*best, axis);
            }
        }
    }

    /// The points of the best one's variant that differ from it along one axis alone, without results some of them.
    [[nodiscard]] std::vector<const SweepEntry*> slice(const SweepEntry& best, std::size_t axis) const {
        std::vector<const SweepEntry*> result;
        for (const SweepEntry& e : t_.entries) {
            bool same = e.variant == best.variant;
            for (std::size_t i = 0; same && i < t_.head.axes.size(); ++i) {
                const bool free = i == axis || (t_.head.axes[i].in_step && t_.head.axes[axis].in_step);
                same = free || value(e.point, i) == value(best.point, i);
            }
            if (same) result.push_back(&e);
        }
        return result;
    }

    void say_curve(const SweepEntry& best, std::size_t axis) {
        std::vector<const SweepEntry*> curve = slice(best, axis);
        const bool whole = curve.back()->results() > 0;
        std::erase_if(curve, [](const SweepEntry* e) { return e->results() == 0; });
        if (curve.size() < 2) return;
        const auto at = [&](const SweepEntry& e) { return value(e.point, axis).text; };
        const std::string axis_name = short_name(t_.head.axes[axis].name);
        const SweepEntry& first = *curve.front();
        const SweepEntry& last = *curve.back();
        const auto of_best = [&](const SweepEntry& e) { return t_.gain(e, best); };
        const bool comparable =
            std::all_of(curve.begin(), curve.end(), [&](const SweepEntry* e) { return of_best(*e) != 0; });
        std::string text;
        const std::int64_t worst =
            of_best(**std::min_element(curve.begin(), curve.end(), [&](const SweepEntry* a, const SweepEntry* b) {
                return of_best(*a) < of_best(*b);
            }));
        const char* what = t_.by_rate ? "throughput" : "speed";
        if (comparable && worst >= 1000 - kEqual) {
            text = fmt::format("{} makes no difference to the {} (all within 3 %)", axis_name, what);
        } else if (t_.head.axes[axis].dimension == "text") {
            text = fmt::format("best with {} = {}", axis_name, at(best));
        } else {
            text = knee_text(curve, best, at, axis_name, what, whole ? "the last value" : "the last with a result");
        }
        if (first.p99.count > 0 && last.p99.count > 0) text += latency(curve, at);
        wrap(words_, fmt::format("{}{}.", subject(best.variant), text));
    }

    /// Where the curve reaches nearly its best, and where it leaves it again. At the end of the curve there is no knee:
    /// what comes after it may be better still.
    template <class At>
    [[nodiscard]] std::string knee_text(const std::vector<const SweepEntry*>& curve, const SweepEntry& best,
                                        const At& at, const std::string& axis, const char* what,
                                        const char* at_end) const {
        const auto good = [&](const SweepEntry* e) { return t_.gain(*e, best) >= kNearlyBest; };
        const SweepEntry& first = *curve.front();
        const SweepEntry& last = *curve.back();
        const SweepEntry& knee = **std::find_if(curve.begin(), curve.end(), good);
        const SweepEntry& end = **std::find_if(curve.rbegin(), curve.rend(), good);
        std::string text;
        if (&knee == &first) {
            text = fmt::format("best at {} = {}", axis, at(first));
            if (&end == &last)
                text += " and nearly as good at the other end";
            else if (&end != &first)
                text += fmt::format(" and up to {}", at(end));
        } else {
            text = &knee == &last ? fmt::format("still rising at {} = {}, {}", axis, at(knee), at_end)
                                  : fmt::format("the knee is at {} = {}", axis, at(knee));
            if (const std::int64_t gain = t_.gain(knee, first); gain != 0)
                text += fmt::format(": {} times the {} of {}", factor_text(gain), what, at(first));
            if (&knee != &last && &end == &last) text += ", beyond it next to nothing is gained";
        }
        if (&end != &last) {
            const std::int64_t rest = t_.gain(last, best);
            text += rest == 0 ? fmt::format("; {} cannot be compared", at(last))
                              : fmt::format("; {} times that at {}", factor_text(rest), at(last));
        }
        return text;
    }

    template <class At>
    [[nodiscard]] static std::string latency(std::vector<const SweepEntry*> curve, const At& at) {
        std::erase_if(curve, [](const SweepEntry* e) { return !e->bad_end().empty(); });
        if (curve.size() < 2) return "";
        const auto less = [](const SweepEntry* a, const SweepEntry* b) { return a->p99.mean < b->p99.mean; };
        const auto [low, high] = std::minmax_element(curve.begin(), curve.end(), less);
        if ((*high)->p99.mean <= (*low)->p99.mean * 1.03)
            return fmt::format("; p99 is {} throughout", time_text((*low)->p99));
        return fmt::format("; p99 is least at {} ({}), greatest at {} ({})", at(**low), time_text((*low)->p99),
                           at(**high), time_text((*high)->p99));
    }

    const SweepTable& t_;
    std::vector<std::string> lines_;
    std::vector<std::string> words_;
    std::int64_t left_out_ = 0;
};

}  // namespace

std::string sweep_verdict(const SweepTable& table, bool all) {
    if (table.entries.empty()) return table.head.title + "\n";
    return VerdictWords(table).text(all);
}

}  // namespace gilsim::analysis
