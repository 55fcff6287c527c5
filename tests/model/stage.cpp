#include "tests/model/stage.hpp"

#include <fmt/format.h>

#include "model/engine/isolate.hpp"
#include "model/scenario/load.hpp"
#include "model/trace/text_log.hpp"
#include "model/workload/simulation.hpp"
#include "tests/catch.hpp"

namespace gilsim::testing {

namespace {

std::string time_text(Nanoseconds time) {
    if (time % us == 0) return std::to_string(time / us);
    std::string text = fmt::format("{}.{:03}", time / us, time % us);
    text.erase(text.find_last_not_of('0') + 1);
    return text;
}

void remove_all(std::string& text, const std::string& part) {
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at)) text.erase(at, part.size());
}

/// Keeps the lines of some kinds of events, with times in us and without what is the same in all.
class ShortLog : public trace::Sink {
public:
    ShortLog(const trace::Directory& directory, std::set<EventKind> kinds)
        : directory_(directory), kinds_(std::move(kinds)) {}
    void event(const trace::Event& e) override {
        if (!kinds_.contains(e.kind)) return;
        std::string line;
        trace::append_line(line, e, directory_);
        line.erase(0, line.find(' '));
        for (const char* part : {"main/", "sched_switch ", " main"}) remove_all(line, part);
        text += time_text(e.time) + line;
    }
    void finish(Nanoseconds, trace::Outcome) override {}
    std::string text;

private:
    const trace::Directory& directory_;
    std::set<EventKind> kinds_;
};

std::string in_child(const std::function<std::string()>& work) {
    const auto result = engine::in_child(work);
    return result.ok ? "\n" + result.payload : "CRASHED: " + result.error;
}

}  // namespace

scenario::MachineSpec free_machine(std::int64_t cores) {
    scenario::MachineSpec m;
    m.cores = cores;
    m.scheduler.tick_offset = 4 * ms;
    m.scheduler.migration_cost = 0;
    m.costs = {.context_switch = 0,
               .idle_states = {{0, span(0)}},
               .halt_polling = {},
               .wake_busy = span(0),
               .timer_interrupt = span(0),
               .timer_slack = 0,
               .migration = 0,
               .syscall = 0,
               .futex_call = 0,
               .futex_wait = 0,
               .futex_wake = 0,
               .condvar_wait = 0,
               .cache_transfer = span(0),
               .cold_code = {},
               .code_memory = {},
               .noise = {},
               .shootdown = {},
               .timer_set = 0,
               .ask_device = 0};
    m.condvar = scenario::CondvarPolicy::fifo;
    return m;
}

Script computes(Nanoseconds work) {
    return [work](Player& me) -> Co<> {
        co_await me.attach();
        co_await me.bytecode(work);
        co_await me.detach(trace::ReleaseReason::exit);
    };
}

scenario::InterpreterSpec free_interpreter() {
    scenario::InterpreterSpec i;
    i.gil_overhead = i.thread_create = i.thread_bootstrap = i.thread_exit = i.process_exit = 0;
    i.checkpoint_every = us;
    return i;
}

void Player::says(const std::string& text) const {
    stage.say(stage.recorder_.directory.threads[static_cast<std::size_t>(os.id())].name, text);
}
Co<> Player::attach() { return stage.interpreter_.attach(py); }
Co<> Player::detach(trace::ReleaseReason reason) { return stage.interpreter_.detach(py, reason); }
Co<> Player::bytecode(Nanoseconds work) { return stage.interpreter_.bytecode(py, work); }
Co<> Player::native(Nanoseconds work) { co_await os.run(work, State::native); }
Co<> Player::sleep(Nanoseconds time) { return machine::sleep_until(os, now() + time); }

struct Stage::Log : ShortLog {
    using ShortLog::ShortLog;
};

Stage::Stage(const scenario::MachineSpec& machine, scenario::InterpreterSpec interpreter, std::set<EventKind> kinds)
    : interpreter_spec_(std::move(interpreter)),
      log_(std::make_unique<Log>(recorder_.directory, std::move(kinds))),
      machine_(engine_, machine, 1, recorder_),
      interpreter_(machine_, 0, interpreter_spec_) {
    recorder_.directory.processes = {{"main", 1000}};
    recorder_.directory.interpreters = {{"main", 0, "timed"}};
    recorder_.attach(*log_);
}

Stage::~Stage() = default;

void Stage::thread(const std::string& name, Nanoseconds from, Script script, const Role& role) {
    auto& threads = recorder_.directory.threads;
    const int id = static_cast<int>(threads.size());
    threads.push_back({name, 0, 1000 + id});
    machine::Thread& os = machine_.create_thread(id, role.nice, role.cores, role.slice);
    players_.push_back(std::make_unique<Player>(*this, os));
    scripts_.push_back(std::make_unique<Script>(std::move(script)));
    at(from, [this, &player = *players_.back(), &its = *scripts_.back()] { act(player, its); });
}

void Stage::at(Nanoseconds time, std::function<void()> what) {
    timers_.push_back(std::make_unique<engine::Timer>(engine_.queue(), engine::Priority::interrupt, std::move(what)));
    timers_.back()->arm(time);
}

engine::Detached Stage::act(Player& player, const Script& script) {
    co_await machine::FirstRun{player.os, nullptr};
    co_await script(player);
    machine_.end_thread(player.os);
}

void Stage::say(const std::string& who, const std::string& text) {
    log_->text += fmt::format("{} {} {}\n", time_text(engine_.now()), who, text);
}

std::string Stage::run() {
    engine_.run();
    return log_->text;
}

std::string play(const scenario::MachineSpec& machine, const scenario::InterpreterSpec& interpreter,
                 std::set<EventKind> kinds, const std::function<void(Stage&)>& script) {
    return in_child([&] {
        Stage stage(machine, interpreter, kinds);
        script(stage);
        return stage.run();
    });
}

std::string run_yaml(const std::string& text, const std::set<EventKind>& kinds) {
    const auto loaded = scenario::load_text(text, "test.yaml");
    INFO(scenario::render(loaded.diagnostics));
    REQUIRE(loaded.scenario.has_value());
    REQUIRE(loaded.scenario->variants.size() == 1);
    return in_child([&] {
        workload::Simulation simulation(loaded.scenario->variants[0], "test.yaml");
        ShortLog log(simulation.directory(), kinds);
        simulation.attach(log);
        const auto result = simulation.run();
        std::string end = fmt::format("{} {}\n", time_text(result.end), name(result.outcome));
        for (const std::string& line : result.deadlock) end += line + "\n";
        if (!result.failure.empty()) end += result.failure + "\n";
        return log.text + end;
    });
}

}  // namespace gilsim::testing
