#include "tests/model/policy_run.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

#include "model/engine/isolate.hpp"
#include "model/scenario/diagnostic.hpp"
#include "model/scenario/load.hpp"
#include "model/trace/text_log.hpp"
#include "model/workload/simulation.hpp"

namespace gilsim::test {

std::string free_machine_text(int cores) {
    return fmt::format(
        "{{cores: {}, scheduler: {{tick_offset: 4ms}}, costs: {{context_switch: 0ns, wake_busy: 0ns, timer_interrupt: "
        "0ns, "
        "timer_slack: 0ns, migration: 0ns, syscall: 0ns, futex_call: 0ns, futex_wait: 0ns, futex_wake: 0ns, "
        "condvar_wait: 0ns, "
        "cache_transfer: 0ns, "
        "timer_set: 0ns, idle_states: [{{after: 0ns, wake: 10us}}]}}}}",
        cores);
}

std::vector<std::string> log_of(const std::string& text, const std::string& name) {
    const auto loaded = scenario::load_text(text, "test.yaml", "", {}, {std::string(GILSIM_SOURCE_DIR) + "/configs"});
    if (!loaded.scenario.has_value()) throw std::runtime_error(scenario::render(loaded.diagnostics));
    const auto& variants = loaded.scenario->variants;
    const auto variant =
        std::find_if(variants.begin(), variants.end(), [&](const auto& v) { return name.empty() || v.name == name; });
    const auto result = engine::in_child([&variant] {
        workload::Simulation simulation(*variant, "test.yaml");
        trace::TextLog log(simulation.directory());
        simulation.attach(log);
        simulation.run();
        return log.text();
    });
    if (!result.ok) throw std::runtime_error(result.error);
    std::vector<std::string> lines;
    std::istringstream in(result.payload);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

namespace {

void erase_all(std::string& text, const std::string& what) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what)) text.erase(at, what.size());
}

std::string brief(std::string line) {
    const auto time_end = line.find(' ');
    std::string time = line.substr(0, time_end);
    time = time.size() > 3 && time.ends_with("000") ? time.substr(0, time.size() - 3) : time + "ns";
    line = time + line.substr(time_end);
    erase_all(line, "main/");
    if (const auto at = line.find("gil_"); at != std::string::npos)
        if (const auto name = line.find(" main", at); name != std::string::npos) line.erase(name, 5);
    return line;
}

}  // namespace

std::vector<std::string> only(const std::vector<std::string>& log, const std::vector<std::string>& events) {
    std::vector<std::string> found;
    for (const auto& line : log)
        if (std::any_of(events.begin(), events.end(),
                        [&](const std::string& event) { return line.find(" " + event) != std::string::npos; }))
            found.push_back(brief(line));
    return found;
}

std::vector<std::string> first(std::size_t n, const std::vector<std::string>& log,
                               const std::vector<std::string>& events) {
    auto lines = only(log, events);
    lines.resize(std::min(n, lines.size()));
    return lines;
}

int count(const std::vector<std::string>& log, const std::string& what) {
    return static_cast<int>(std::count_if(
        log.begin(), log.end(), [&](const std::string& line) { return line.find(what) != std::string::npos; }));
}

long long time_of(const std::vector<std::string>& log, const std::string& what) {
    for (const auto& line : log)
        if (line.find(what) != std::string::npos) return std::stoll(line);
    return -1;
}

}  // namespace gilsim::test
