#include "analysis/measure/measured_record.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "analysis/measure/outputs.hpp"
#include "analysis/measure/record_names.hpp"
#include "model/scenario/choices.hpp"
#include "model/scenario/resolved.hpp"
#include "model/scenario/units.hpp"

namespace gilsim::analysis {
namespace {

using Json = nlohmann::ordered_json;

/// Where a prediction uses an input: in a setting.
struct InputUse {
    std::string_view input;
    std::string_view field;
    std::string_view expression = "";  ///< empty: the input itself
    bool work = true;                  ///< core time, at the speed that the machine had
    std::string_view least = "";       ///< what the field cannot be below
};
constexpr std::array kUses{
    InputUse{"compute_scale", "parameters.compute_scale"},
    InputUse{"compute_step", "interpreter.checkpoint_every", "", true, "1ns"},  // a turn ends with a check point
    InputUse{"native_hold_scale", "parameters.native_hold_scale"},
    InputUse{"native_release_scale", "parameters.native_release_scale"},
    InputUse{"fork_parent", "interpreter.fork"},
    InputUse{"fork_child", "interpreter.fork_child"},
    InputUse{"fork_exit", "interpreter.process_exit"},
    InputUse{"spawn_parent", "interpreter.spawn"},
    InputUse{"spawn_child", "interpreter.spawn_child"},
    InputUse{"spawn_child", "interpreter.import_main", "'0ns'", false},  // the runner's main module is part of it
    InputUse{"spawn_exit", "interpreter.spawn_exit"},
    InputUse{"forkserver_request", "interpreter.forkserver_request"},
    InputUse{"forkserver_parent", "interpreter.forkserver_fork",  // start() returns once the server has forked
             "max(0ns, forkserver_parent - forkserver_request)"},
    InputUse{"forkserver_launch", "interpreter.forkserver_start"},
    InputUse{"forkserver_child", "interpreter.forkserver_child"},
    InputUse{"forkserver_child", "interpreter.import_main", "'0ns'", false},
    InputUse{"forkserver_exit", "interpreter.process_exit"},
    InputUse{"lock_pair", "interpreter.lock_call", "lock_pair / 2"},
    // A put and a get are 13 calls of Python functions and 9 of C methods (Lib/queue.py, Lib/threading.py).
    InputUse{"queue_pair", "interpreter.library_call", "(queue_pair - 4.5 * lock_pair) / 13", true, "1ns"},
    InputUse{"refcount", "interpreter.refcount"},
    InputUse{"refcount_shared", "interpreter.refcount_shared"},
    InputUse{"refcount_uncounted", "interpreter.refcount_uncounted"},
    InputUse{"subinterpreter_create", "interpreter.subinterpreter_create"},
    InputUse{"subinterpreter_destroy", "interpreter.subinterpreter_destroy"},
    InputUse{"heap_objects", "interpreter.memory.start_objects", "", false},
    InputUse{"heap_object_collect", "interpreter.memory.gc.start_object"},
    InputUse{"heap_unique", "interpreter.memory.start_memory", "", false},
    InputUse{"heap_room", "interpreter.memory.start_room", "", false},
    InputUse{"heap_resident", "interpreter.memory.start_shared", "max(0B, heap_resident - heap_unique)", false},
    InputUse{"socket_accept", "parameters.socket_accept"},
    InputUse{"socket_receive", "parameters.socket_receive"},
    InputUse{"socket_send", "parameters.socket_send"},
    InputUse{"client_send", "parameters.client_send"},
    InputUse{"client_receive", "parameters.client_receive"},
};
constexpr std::array kScales{"compute_scale", "native_hold_scale", "native_release_scale"};

// --- the scenario
// -----------------------------------------------------------------------------------------------------

using Names = std::set<std::string>;
/// Parameters of the scenario in the record, and their values unless an input says another.
using Parameters = std::map<std::string, Json>;

// Multiplies every duration in `value` (a span) by a parameter, which is then `used`.
void scale(Json& value, const char* by, Parameters& used) {
    used[by] = 1;
    if (value.is_structured()) {
        for (Json& part : value) scale(part, by, used);
    } else if (value.is_string()) {
        value = fmt::format("${{{} * {}}}", value.get<std::string>(), by);
    }
}

void scale_work(Json& program, Parameters& used);

// Every place of the runner's lists and tuples is a reference, to None or to a list that holds nothing if to nothing
// else (runner/memory.py).
void tell_references(Json& allocate) {
    constexpr Bytes kEmptyTuple = 24;
    if (!allocate.is_object() || !allocate.value("tracked", true) || allocate.contains("references")) return;
    const auto size_of = [](const Json& told) {
        const auto size = scenario::parse_size(told.get<std::string>());
        return std::get<Bytes>(size);
    };
    Bytes places = 0;
    if (allocate.contains("buffers")) {
        for (const Json& buffer : allocate["buffers"]) places += size_of(buffer);
    } else {
        places = std::max<Bytes>(0, size_of(allocate["size"]) - kEmptyTuple);
    }
    allocate["references"] = places / 8;
}

// `value` of the operation `word`; its short form stands for its work.
void scale_operation(const std::string& word, Json& value, Parameters& used) {
    const bool structure = value.is_object() && value.contains("work");
    if (word == "compute") {
        scale(structure ? value["work"] : value, kScales[0], used);
    } else if (word == "native" || word == "stop_the_world") {  // which the runner does alike
        const bool released = structure && value.value("gil", "hold") == "release";
        scale(structure ? value["work"] : value, kScales[released ? 2 : 1], used);
    } else if (word == "allocate") {
        tell_references(value);
    } else if (value.is_array()) {
        scale_work(value, used);
    } else if (value.is_object()) {
        for (Json& part : value) {
            if (part.is_array()) scale_work(part, used);
        }
    }
}

// All operations of a list, if it is one of operations.
void scale_work(Json& program, Parameters& used) {
    for (Json& operation : program) {
        if (!operation.is_object()) continue;
        for (auto& [word, value] : operation.items()) scale_operation(word, value, used);
    }
}

// The costs of a socket's or a client's calls become parameters.
void name_costs(Json& json, const char* section, const char* prefix, Parameters& used) {
    if (!json.contains(section)) return;
    for (Json& one : json[section]) {
        for (const char* cost : {"accept", "receive", "send"}) {
            if (!one.is_object() || !one.contains(cost)) continue;
            const std::string parameter = fmt::format("{}_{}", prefix, cost);
            used[parameter] = one[cost];
            one[cost] = fmt::format("${{{}}}", parameter);
        }
    }
}

Json variant_json(const scenario::Variant& variant, Parameters& used) {
    Json json = scenario::to_json(variant);
    for (const char* key : {"gilsim", "title", "machine", "interpreter"}) json.erase(key);
    name_costs(json, "sockets", "socket", used);
    name_costs(json, "clients", "client", used);
    if (json.contains("programs")) {
        for (auto& [name, program] : json["programs"].items()) scale_work(program, used);
    }
    return json;
}

Json scenario_json(const scenario::Scenario& scenario, const std::vector<const MeasuredVariant*>& measured) {
    const Json first = scenario::to_json(*measured.front()->variant);
    Parameters used;
    Json variants;
    for (const MeasuredVariant* m : measured) variants[m->variant->name] = variant_json(*m->variant, used);
    Json json = {{"gilsim", 1},
                 {"title", scenario.title},
                 {"machine", first.at("machine")},
                 {"interpreter", first.at("interpreter")}};
    for (const auto& [name, value] : used) json["parameters"][name] = value;
    json["variants"] = variants;
    return json;
}

// --- inputs, figures, outputs
// -----------------------------------------------------------------------------------------

Json inputs_json(const Measurement& measurement) {
    Json inputs = Json::object();
    for (const auto& [name, text] : measurement.inputs) inputs[name] = {{"unit", text.unit}, {"about", text.about}};
    return inputs;
}

struct Outputs {
    Json outputs = Json::object();
    Json figures = Json::object();

    void add(const OutputRow& row, const std::string& name, const std::string& below, const std::string& about) {
        Json& output = outputs[name] = {{"unit", row.unit}, {"kind", row.kind}};
        if (!row.figure.empty()) {
            figures["predicted_" + name] = below + std::string(row.figure);
            const std::string figure = "predicted_" + name;
            output["predicted_by"] = row.predicted.empty()
                                         ? figure
                                         : fmt::format(fmt::runtime(row.predicted), fmt::arg("figure", figure),
                                                       fmt::arg("makespan", "predicted_makespan"));
        }
        output["about"] = about;
    }
};

// Whether some program allocates: then the model tells page faults and collections.
bool about_memory(const std::vector<const MeasuredVariant*>& measured) {
    return std::any_of(measured.begin(), measured.end(),
                       [](const MeasuredVariant* m) { return !m->variant->object_sets.empty(); });
}

Outputs outputs_of(const std::vector<const MeasuredVariant*>& measured) {
    Outputs result;
    const bool memory = about_memory(measured);
    for (OutputRow row : run_outputs()) {
        if (row.of_memory && !memory) row.figure = "";
        result.add(row, std::string(row.name), "", std::string(row.about));
    }
    Names seen;
    for (const MeasuredVariant* m : measured) {
        for (const std::string& request : m->variant->requests) {
            if (!seen.insert(request).second) continue;
            for (const OutputRow& row : request_outputs())
                result.add(row, request_output(request, row.name), fmt::format("requests.{}.", request),
                           fmt::format("{}: {}", request, row.about));
        }
    }
    return result;
}

// --- cells
// ------------------------------------------------------------------------------------------------------------

// Six digits: no measurement is better.
Json rounded(const std::map<std::string, double>& values) {
    Json json = Json::object();
    for (const auto& [name, value] : values) {
        const double six = std::stod(fmt::format("{:.6g}", value));
        if (six == std::floor(six) && std::abs(six) < 1e15)
            json[name] = static_cast<std::int64_t>(value);
        else
            json[name] = six;
    }
    return json;
}

Json run_json(const MeasuredRun& run) {
    Json json = {{"quiet", run.quiet}};
    if (!run.note.empty()) json["note"] = run.note;
    json["inputs"] = rounded(run.inputs);
    json["outputs"] = rounded(run.outputs);
    return json;
}

// Those of some CPython: then the runner leaves them as the measured one has them (runner/units.py).
bool default_thresholds(const std::vector<std::int64_t>& thresholds) {
    using Thresholds = std::vector<std::int64_t>;
    static const std::array<Thresholds, 4> known{Thresholds{700, 10, 10}, {2000, 10, 10}, {2000, 10, 0}, {5000, 10, 0}};
    return std::find(known.begin(), known.end(), thresholds) != known.end();
}

Json cell_json(const MeasuredVariant& measured, const Measurement& measurement) {
    const scenario::Variant& variant = *measured.variant;
    Json settings = {{"machine.cores", "cpus"},
                     {"machine.scheduler.online_cores", "online"},
                     {"interpreter.switch_interval", "switch_interval"}};
    const scenario::InterpreterSpec& interpreter = variant.interpreters.front();
    settings["interpreter.start_method"] = fmt::format("'{}'", scenario::text_of(interpreter.start_method));
    const auto& known = measured.runs.front().inputs;
    // Costs are said as they are at the speed that the machine had when it was calibrated; then it has the one of now.
    const bool paced = known.contains("speed");
    if (paced) settings["machine.speed"] = "speed";
    for (const InputUse& use : kUses) {
        if (!known.contains(std::string(use.input))) continue;
        std::string expression(use.expression.empty() ? use.input : use.expression);
        if (paced && use.work) expression = fmt::format("({}) * speed", expression);
        if (!use.least.empty()) expression = fmt::format("max({}, {})", use.least, expression);
        settings[std::string(use.field)] = expression;
    }
    Json runs = Json::array();
    for (const MeasuredRun& run : measured.runs) runs.push_back(run_json(run));
    Json given = {{"cpus", measured.cpus.size()},
                  {"online", measurement.host.cores},
                  {"switch_interval", scenario::format_duration(interpreter.switch_interval)}};
    const scenario::GcSpec& collector = interpreter.memory.gc;
    if (!collector.enabled) settings["interpreter.memory.gc.enabled"] = "'false'";
    if (!default_thresholds(collector.thresholds))
        settings["interpreter.memory.gc.thresholds"] = fmt::format("'[{}]'", fmt::join(collector.thresholds, ", "));
    if (interpreter.gil == scenario::GilPolicy::tick) {
        given["check_interval"] = interpreter.check_interval;
        settings["interpreter.check_interval"] = "check_interval";
    }
    if (measurement.python.version.starts_with("2.") && settings.contains("interpreter.checkpoint_every"))
        settings["interpreter.checkpoint_every"] = paced ? "compute_step / 4 * speed" : "compute_step / 4";  // ticks: its instructions that look for them
    const std::string where = fmt::format("on CPU {}", fmt::join(measured.cpus, ", "));
    return {{"name", variant.name}, {"about", where},  {"variant", variant.name},
            {"given", given},       {"set", settings}, {"repetitions", runs}};
}

std::string about(const scenario::Scenario& scenario, const Measurement& measurement) {
    std::string text = scenario.title;
    for (const MeasuredVariant& m : measurement.variants) {
        if (!m.skipped.empty()) text += fmt::format("; '{}' was skipped: {}", m.variant->name, m.skipped);
        if (m.failed) text += fmt::format("; '{}' failed: {}", m.variant->name, m.failed->why);
    }
    return text;
}

// The record with its cells; a repetition is one line.
std::string with_lines(Json& json, Json& cells) {
    std::vector<std::string> lines;
    for (Json& cell : cells) {
        for (Json& repetition : cell["repetitions"]) {
            lines.push_back(repetition.dump());
            repetition = fmt::format("line {}", lines.size());
        }
    }
    json["cells"] = cells;
    std::string text = json.dump(1) + "\n";
    std::size_t at = text.find("\"cells\"");
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string mark = fmt::format("\"line {}\"", i + 1);
        at = text.find(mark, at);
        text.replace(at, mark.size(), lines[i]);
        at += lines[i].size();
    }
    return text;
}

}  // namespace

std::string record_json(const scenario::Scenario& scenario, const Measurement& measurement,
                        const RecordProfiles& profiles) {
    std::vector<const MeasuredVariant*> measured;
    for (const MeasuredVariant& m : measurement.variants) {
        if (!m.runs.empty()) measured.push_back(&m);
    }
    const Outputs outputs = outputs_of(measured);
    std::string phenomenon = std::filesystem::path(scenario.file).stem().string();
    std::replace(phenomenon.begin(), phenomenon.end(), '_', ' ');
    Json json = {{"record", 1},
                 {"name", fmt::format("{} {}", phenomenon, measurement.python.full_version())},
                 {"about", about(scenario, measurement)},
                 {"phenomenon", phenomenon},
                 {"where",
                  {{"machine", machine_text(measurement.host)},
                   {"kernel", measurement.host.kernel},
                   {"c_library", measurement.python.c_library},
                   {"python", measurement.python.about}}},
                 {"source", "gilsim measure"}};
    if (!profiles.machine.empty()) json["profiles"]["machine"] = profiles.machine;
    if (!profiles.interpreter.empty()) json["profiles"]["interpreter"] = profiles.interpreter;
    json["scenario"] = {{"text", scenario_json(scenario, measured).dump()}};
    json["inputs"] = inputs_json(measurement);
    json["figures"] = outputs.figures;
    json["outputs"] = outputs.outputs;
    Json cells = Json::array();
    for (const MeasuredVariant* m : measured) cells.push_back(cell_json(*m, measurement));
    return with_lines(json, cells);
}

}  // namespace gilsim::analysis
