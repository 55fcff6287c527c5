/// The table of fields: complete, and everything that is generated from it.

#include "model/scenario/fields.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "model/scenario/choices.hpp"
#include "model/scenario/help.hpp"
#include "model/scenario/resolved.hpp"
#include "model/scenario/topics.hpp"
#include "tests/scenario/support.hpp"

namespace gilsim::scenario {
namespace {

/// Converts to anything: to try out how many members an aggregate can be made from.
struct Anything {
    template <class T>
    operator T() const;  // NOLINT: implicit on purpose, never defined
};

/// Number of members of an aggregate.
template <class T, class... Members>
constexpr std::size_t members() {
    if constexpr (requires { T{Members{}..., Anything{}}; }) {
        return members<T, Members..., Anything>();
    } else {
        return sizeof...(Members);
    }
}

std::size_t rows(const std::string& operation) {
    for (const OpRow& row : op_rows()) {
        if (row.word == operation) return row.fields->fields.size();
    }
    return 0;
}

}  // namespace

TEST_CASE("every member of the specification has its row") {
    CHECK(machine_fields().fields.size() == members<MachineSpec>());
    CHECK(scheduler_fields().fields.size() == members<SchedulerSpec>());
    CHECK(cost_fields().fields.size() == members<CostSpec>());
    CHECK(idle_state_fields().fields.size() == members<IdleState>());
    CHECK(background_fields().fields.size() == members<BackgroundSpec>());
    CHECK(interpreter_fields().fields.size() == members<InterpreterSpec>());
    CHECK(sweep_fields().fields.size() == members<Sweep>());
    CHECK(object_fields().fields.size() == members<ObjectSpec>() - 3);                       // name, line, column
    CHECK(process_group_fields().fields.size() == members<Group>() - 5);                     // kind, name, line, column, subinterpreter
    CHECK(thread_group_fields().fields.size() ==
          process_group_fields().fields.size() - 2);  // interpreter, start_method; but subinterpreter
    CHECK(inner_group_fields().fields.size() == thread_group_fields().fields.size() - 2);    // start, threads
    CHECK(rows("compute") == members<Compute>());
    CHECK(rows("native") == members<Native>());
    CHECK(rows("sleep") == members<Sleep>());
    CHECK(rows("io") == members<Io>());
    CHECK(rows("lock") == members<Lock>() - 1 + members<Patience>());
    CHECK(rows("unlock") == members<Unlock>());
    CHECK(rows("with") == members<With>());
    CHECK(rows("repeat") == members<Repeat>());
    CHECK(rows("request") == members<Request>());
    CHECK(rows("request_begin") == members<RequestBegin>());
    CHECK(rows("request_end") == members<RequestEnd>());
    CHECK(rows("start") == members<Start>());
    CHECK(rows("join") == members<Join>());
    CHECK(rows("run") == members<Run>());
    CHECK(rows("wait") == members<Wait>() - 1 + members<Patience>());
    CHECK(rows("notify") == members<Notify>());
    CHECK(rows("notify_all") == members<NotifyAll>());
    CHECK(rows("set") == members<Set>());
    CHECK(rows("clear") == members<Clear>());
    CHECK(rows("put") == members<Put>() - 1 + members<Patience>());
    CHECK(rows("get") == members<Get>() - 1 + members<Patience>());
    CHECK(rows("task_done") == members<TaskDone>());
    CHECK(rows("join_queue") == members<JoinQueue>());
    CHECK(rows("local") == members<Local>());
    CHECK(rows("submit") == members<Submit>());
    CHECK(rows("results") == members<Results>());
    CHECK(rows("map") == members<Map>());
    CHECK(rows("shutdown") == members<Shutdown>());
    CHECK(rows("serve") == members<Serve>());
    CHECK(rows("asyncio") == members<Asyncio>());
    CHECK(rows("task") == members<CreateTask>());
    CHECK(rows("to_thread") == members<ToThread>());
    CHECK(rows("send") == members<Send>());
    CHECK(rows("receive") == members<Receive>() - 1 + members<Patience>());
    CHECK(rows("receive_all") == members<ReceiveAll>());
    CHECK(rows("close") == members<Close>());
    CHECK(rows("terminate") == members<Terminate>());
    CHECK(rows("attach") == members<Attach>());
    CHECK(rows("call") == members<CallManager>());
    CHECK(rows("crash") == members<Crash>());
    CHECK(payload_fields().fields.size() == members<Payload>() - 1);  // its name is its key
    CHECK(ipc_fields().fields.size() == members<IpcSpec>());
    CHECK(pickling_fields().fields.size() == members<PicklingSpec>());
    CHECK(device_fields().fields.size() == members<DeviceSpec>() - 1);  // its name is its key
    CHECK(socket_fields().fields.size() == members<SocketSpec>() - 3);  // name, line, column
    CHECK(client_fields().fields.size() == members<ClientSpec>() - 3);
    CHECK(rows("allocate") == members<Allocate>());
    CHECK(rows("free") == members<Free>());
    CHECK(rows("walk") == members<WalkSet>());
    CHECK(rows("gc") == members<Gc>());
    CHECK(paging_fields().fields.size() == members<PagingSpec>());
    CHECK(cache_fields().fields.size() == members<CacheSpec>());
    CHECK(memory_fields().fields.size() == members<MemorySpec>());
    CHECK(gc_fields().fields.size() == members<GcSpec>());
    CHECK(signal_fields().fields.size() == members<SignalSpec>() - 2);  // line, column
    CHECK(op_rows().size() == std::variant_size_v<decltype(Op::what)>);
}

TEST_CASE("rows are sound") {
    std::set<std::string> paths;
    for (const Topic& topic : topics()) {
        INFO(topic.path);
        CHECK(paths.insert(topic.path).second);
        CHECK_FALSE(topic.doc.empty());
        CHECK(topic.doc.size() < 200);
        if (topic.field != nullptr) CHECK_FALSE(topic.field->kind->told().empty());
    }
}

TEST_CASE("everything there is to say loads, and reads back from what is written") {
    const LoadResult first = load(kDataFolder + "/everything.yaml");
    INFO(render(first.diagnostics));
    REQUIRE(first.scenario.has_value());
    REQUIRE(first.scenario->variants.size() == 2);
    CHECK(first.scenario->about == "A file that says all there is to say.");
    CHECK(first.scenario->sweep.grid.size() == 2);
    CHECK(first.scenario->sweep.grid[1].values == std::vector<std::string>{"4", "8"});
    CHECK(first.scenario->sweep.repeat.times == 3);
    for (const Variant& v : first.scenario->variants) {
        const std::string written = to_json(v).dump(1);
        const LoadResult second = load_text(written, "written.yaml");
        INFO(written);
        INFO(render(second.diagnostics));
        REQUIRE(second.scenario.has_value());
        CHECK(to_json(second.scenario->variants.at(0)).dump(1) == written);
        CHECK(second.scenario->variants[0].programs.size() == v.programs.size());
        CHECK(second.scenario->variants[0].groups.size() == v.groups.size());
    }
}

TEST_CASE("every shipped scenario loads, and reads back from what is written") {
    const std::string root = GILSIM_SOURCE_DIR;
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(root + "/scenarios")) {
        if (entry.path().extension() != ".yaml") continue;
        ++count;
        const LoadResult result = load(entry.path().string(), {}, {root + "/configs"});
        INFO(render(result.diagnostics));
        REQUIRE(result.scenario.has_value());
        for (const Variant& v : result.scenario->variants) {
            const LoadResult again = load_text(to_json(v).dump(), "written.yaml");
            INFO(render(again.diagnostics));
            REQUIRE(again.scenario.has_value());
            CHECK(to_json(again.scenario->variants.at(0)) == to_json(v));
            const Variant& back = again.scenario->variants[0];
            REQUIRE(back.groups.size() == v.groups.size());
            for (std::size_t i = 0; i < v.groups.size(); ++i) {
                CHECK(back.groups[i].start_method == v.groups[i].start_method);
                CHECK(back.groups[i].arguments.size == v.groups[i].arguments.size);
                CHECK(back.groups[i].threads.size() == v.groups[i].threads.size());
            }
        }
    }
    CHECK(count > 0);
}

TEST_CASE("a start method that is not the interpreter's reads back from what is written") {
    const Variant v = variant(
        "gilsim: 1\ninterpreter: {version: '3.14', start_method: forkserver}\nprograms: {p: [{compute: 1ms}]}\n"
        "processes: {a: {run: p, start_method: fork}, b: p}\n");
    REQUIRE(v.groups.size() == 2);
    CHECK(v.groups[0].start_method == StartMethod::fork);
    CHECK(v.groups[1].start_method == StartMethod::forkserver);
    const Variant back = variant(to_json(v).dump());
    REQUIRE(back.groups.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) CHECK(back.groups[i].start_method == v.groups[i].start_method);
}

TEST_CASE("what is required without a device is written even where it is the default") {
    const Variant v = variant(with_program("{io: 0ns}, {io: {time: 0ns, label: get}}, {io: {device: disk}}",
                                           "devices: {disk: {time: 1ms}}\n"));
    const Variant back = variant(to_json(v).dump());
    CHECK(to_json(back) == to_json(v));
    CHECK(std::get<Io>(back.programs.at(0).at(0).what).device < 0);
    CHECK(std::get<Io>(back.programs[0].at(1).what).label == "get");
    CHECK(std::get<Io>(back.programs[0].at(2).what).device == 0);
}

TEST_CASE("help finds fields by path, by end of path, and operations") {
    const std::string interval = help_text("switch_interval").value();
    CHECK(interval.find("interpreter.switch_interval\n") == 0);
    CHECK(interval.find("Default: 5ms") != std::string::npos);
    CHECK(help_text("interpreter.switch_interval").value() == interval);
    CHECK(help_text("machine.costs").value().find("context_switch") != std::string::npos);
    CHECK(help_text("costs").value() == help_text("machine.costs").value());
    CHECK(help_text("compute").value().find("checkpoint_every") != std::string::npos);
    CHECK(help_text("threads.NAME.count").value() == help_text("threads.count").value());
    CHECK(help_text("policy").value().find("eevdf") != std::string::npos);
    CHECK_FALSE(help_text("switch_intervall").has_value());
    CHECK(help_suggestion("switch_intervall") == "did you mean 'switch_interval'?");
    const std::string overview = help_text("").value();
    for (const std::string& key : document_fields().keys())
        CHECK(overview.find("    " + key + " ") != std::string::npos);
    for (const OpRow& row : op_rows()) CHECK(overview.find("    " + row.word + " ") != std::string::npos);
    for (const Topic& topic : topics()) {
        INFO(topic.path);
        CHECK(help_text(topic.path).has_value());
    }
}

TEST_CASE("the reference page is up to date") {
    const std::string path = std::string(GILSIM_SOURCE_DIR) + "/docs/reference.md";
    if (std::getenv("GILSIM_REGENERATE") != nullptr) std::ofstream(path, std::ios::binary) << reference_markdown();
    INFO("GILSIM_REGENERATE=1 rewrites " << path);
    CHECK((file_text(path) == reference_markdown()));
}

}  // namespace gilsim::scenario
