// The words of a sweep: the knee, what falls beyond it, what is flat, what failed; never too long.

#include "analysis/sweep/sweep_verdict.hpp"

#include <algorithm>

#include "tests/catch.hpp"

using namespace gilsim::analysis;

namespace {

// A sweep of `workers` = 1, 2, 4, ... with these makespans, one list per variant; 0: failed.
SweepTable table(const std::vector<std::vector<double>>& variants) {
    SweepTable table;
    table.head.title = "How many workers?";
    table.head.axes = {{"workers", false, "number", "linear"}};
    for (std::size_t v = 0; v < variants.size(); ++v) table.head.variants.emplace_back("v" + std::to_string(v), "");
    for (std::size_t p = 0; p < variants[0].size(); ++p) {
        table.head.points.push_back({{std::to_string(1 << p), static_cast<double>(1 << p)}});
        for (std::size_t v = 0; v < variants.size(); ++v) {
            SweepEntry& entry = table.entries.emplace_back();
            entry.point = static_cast<std::int64_t>(p);
            entry.variant = static_cast<std::int64_t>(v);
            entry.planned = 1;
            entry.cores = 2;
            if (variants[v][p] == 0) {
                entry.failed = 1;
                entry.error = "it crashed";
                continue;
            }
            entry.seeds = {1};
            entry.makespans = {variants[v][p]};
            entry.makespan = spread(entry.makespans);
        }
    }
    return table;
}

std::string words(const std::vector<std::vector<double>>& variants) {
    std::string text = sweep_verdict(table(variants));
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

bool says(const std::string& text, const std::string& part) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the knee of a curve, and what comes after it") {
    says(words({{1000, 500, 250, 245, 243}}),
         "the knee is at workers = 4: 4.00 times the speed of 1, beyond it next to nothing is gained.");
    says(words({{1000, 500, 250, 125}}), "still rising at workers = 8, the last value: 8.00 times the speed of 1.");
    says(words({{1000, 500, 250, 500}}),
         "the knee is at workers = 4: 4.00 times the speed of 1; 0.50 times that at 8.");
    says(words({{1000, 1010, 990, 1005}}), "workers makes no difference to the speed (all within 3 %).");
    says(words({{100, 200, 400}}), "best at workers = 1; 0.25 times that at 4.");
    says(words({{1000, 500}, {1000, 1000}}), "v0: still rising at workers = 2, the last value");
    says(words({{1000, 500}, {1000, 1000}}), "v1: workers makes no difference");
}

TEST_CASE("failures are told first, with place and reason") {
    says(words({{1000, 0, 250}}), "1 run failed, the first at workers = 2: it crashed.");
    says(words({{1000, 0, 250}}), "still rising at workers = 4, the last value");
    says(words({{1000, 500, 0}}), "still rising at workers = 2, the last with a result");
    says(words({{1000, 0}, {500, 250}}), "1 run failed, the first at v0: workers = 2: it crashed.");
}

TEST_CASE("a failure of a sweep without axes is told without a place that there is not") {
    SweepTable t = table({{0}, {1000}});
    t.head.axes.clear();
    t.head.points[0].clear();
    says(sweep_verdict(t), "\n1 run failed, the first at v0: it crashed.\n");
    t.head.variants.resize(1);
    t.entries.resize(1);
    says(sweep_verdict(t), "\n1 run failed: it crashed.\n");
}

TEST_CASE("many words are cut short, but for a report, which the last line names") {
    const SweepTable t = table(std::vector<std::vector<double>>(20, {1000, 500}));
    const std::string brief = sweep_verdict(t), all = sweep_verdict(t, true);
    says(brief, "\n... more with -o FILE and gilsim report.\n");
    CHECK(brief.find("v19: still rising") == std::string::npos);
    says(all, "v19: still rising");
    CHECK(all.find("more with") == std::string::npos);
}

TEST_CASE("a run that ended badly stopped early: it is compared with nothing") {
    for (const auto& [how, told] : {std::pair{gilsim::trace::Outcome::deadlock, "deadlock"},
                                    std::pair{gilsim::trace::Outcome::failed, "program error"},
                                    std::pair{gilsim::trace::Outcome::out_of_memory, "out of memory"}}) {
        SweepTable t = table({{1000, 500, 1}});
        t.entries[2].ends[static_cast<std::size_t>(how)] = 1;
        const std::string text = sweep_verdict(t);
        says(text, std::string("\n4        ") + told);
        says(text, ", the first at workers = 4.\n");
        says(text, "the knee is at workers = 2: 2.00 times the speed of 1; 4 cannot be compared.");
        CHECK(t.gain(t.entries[2], t.entries[0]) == 0);
    }
}

TEST_CASE("a long sweep is shown in part, its ends included") {
    std::vector<double> many;
    for (int i = 0; i < 30; ++i) many.push_back(1000.0 / (i + 1));
    const std::string text = sweep_verdict(table({many}));
    CHECK(std::count(text.begin(), text.end(), '\n') <= 17);
    says(text, "\n1        ");
    says(text, "\n536870912 ");
    says(text, "... and 20 points between them (--csv FILE: all)");
}

TEST_CASE("two axes are a matrix") {
    SweepTable t = table({{1000, 500, 600, 300}});
    t.head.axes.push_back({"machine.cores", false, "number", "linear"});
    for (std::size_t i = 0; i < 4; ++i) t.head.points[i] = {{i < 2 ? "1" : "2", 1.0}, {i % 2 == 0 ? "4" : "8", 4.0}};
    const std::string text = sweep_verdict(t);
    says(text, "workers by cores, makespan         4       8\n");
    says(text, "1                           1.000 us  500 ns\n");
    says(text, "2                             600 ns  300 ns\n");
}
