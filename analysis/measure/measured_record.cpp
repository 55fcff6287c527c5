#include "analysis/measure/measured_record.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "analysis/measure/outputs.hpp"
#include "analysis/measure/record_names.hpp"
#include "model/scenario/resolved.hpp"
#include "model/scenario/units.hpp"

namespace gilsim::analysis {
namespace {

using Json = nlohmann::ordered_json;

/// Where a prediction uses an input: in a setting.
struct InputUse {
    std::string_view input;
    std::string_view field;
};
constexpr std::array kUses{
    InputUse{"compute_scale", "parameters.compute_scale"},
    InputUse{"native_hold_scale", "parameters.native_hold_scale"},
    InputUse{"native_release_scale", "parameters.native_release_scale"},
    InputUse{"fork_parent", "interpreter.fork"},
    InputUse{"fork_child", "interpreter.fork_child"},
    InputUse{"fork_exit", "interpreter.process_exit"},
    InputUse{"spawn_parent", "interpreter.spawn"},
    InputUse{"spawn_child", "interpreter.spawn_child"},
    InputUse{"spawn_exit", "interpreter.process_exit"},
    InputUse{"forkserver_parent", "interpreter.spawn"},
    InputUse{"forkserver_child", "interpreter.forkserver_child"},
    InputUse{"forkserver_exit", "interpreter.process_exit"},
};
constexpr std::array kScales{"compute_scale", "native_hold_scale", "native_release_scale"};

// --- the scenario
// -----------------------------------------------------------------------------------------------------

using Names = std::set<std::string>;

// Multiplies every duration in `value` (a span) by a parameter, which is then `used`.
void scale(Json& value, const char* by, Names& used) {
    used.insert(by);
    if (value.is_structured()) {
        for (Json& part : value) scale(part, by, used);
    } else if (value.is_string()) {
        value = fmt::format("${{{} * {}}}", value.get<std::string>(), by);
    }
}

void scale_work(Json& program, Names& used);

// `value` of the operation `word`; its short form stands for its work.
void scale_operation(const std::string& word, Json& value, Names& used) {
    const bool structure = value.is_object() && value.contains("work");
    if (word == "compute") {
        scale(structure ? value["work"] : value, kScales[0], used);
    } else if (word == "native") {
        const bool released = structure && value.value("gil", "hold") == "release";
        scale(structure ? value["work"] : value, kScales[released ? 2 : 1], used);
    } else if (value.is_array()) {
        scale_work(value, used);
    } else if (value.is_object()) {
        for (Json& part : value) {
            if (part.is_array()) scale_work(part, used);
        }
    }
}

// All operations of a list, if it is one of operations.
void scale_work(Json& program, Names& used) {
    for (Json& operation : program) {
        if (!operation.is_object()) continue;
        for (auto& [word, value] : operation.items()) scale_operation(word, value, used);
    }
}

Json variant_json(const scenario::Variant& variant, Names& used) {
    Json json = scenario::to_json(variant);
    for (const char* key : {"gilsim", "title", "machine", "interpreter"}) json.erase(key);
    if (json.contains("programs")) {
        for (auto& [name, program] : json["programs"].items()) scale_work(program, used);
    }
    return json;
}

Json scenario_json(const scenario::Scenario& scenario, const std::vector<const MeasuredVariant*>& measured) {
    const Json first = scenario::to_json(*measured.front()->variant);
    Names used;
    Json variants;
    for (const MeasuredVariant* m : measured) variants[m->variant->name] = variant_json(*m->variant, used);
    Json json = {{"gilsim", 1},
                 {"title", scenario.title},
                 {"machine", first.at("machine")},
                 {"interpreter", first.at("interpreter")}};
    for (const std::string& name : used) json["parameters"][name] = 1;
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

Outputs outputs_of(const std::vector<const MeasuredVariant*>& measured) {
    Outputs result;
    for (const OutputRow& row : run_outputs()) result.add(row, std::string(row.name), "", std::string(row.about));
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

Json run_json(const MeasuredRun& run) {
    Json json = {{"quiet", run.quiet}};
    if (!run.note.empty()) json["note"] = run.note;
    json["inputs"] = run.inputs;
    json["outputs"] = run.outputs;
    return json;
}

Json cell_json(const MeasuredVariant& measured, const Host& host) {
    const scenario::Variant& variant = *measured.variant;
    Json settings = {{"machine.cores", "cpus"},
                     {"machine.scheduler.online_cores", "online"},
                     {"interpreter.switch_interval", "switch_interval"}};
    for (const InputUse& use : kUses) {
        if (measured.runs.front().inputs.contains(std::string(use.input))) settings[std::string(use.field)] = use.input;
    }
    Json runs = Json::array();
    for (const MeasuredRun& run : measured.runs) runs.push_back(run_json(run));
    const scenario::InterpreterSpec& interpreter = variant.interpreters.front();
    Json given = {{"cpus", measured.cpus.size()},
                  {"online", host.cores},
                  {"switch_interval", scenario::format_duration(interpreter.switch_interval)}};
    if (interpreter.gil == scenario::GilPolicy::tick) {
        given["check_interval"] = interpreter.check_interval;
        settings["interpreter.check_interval"] = "check_interval";
    }
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

}  // namespace

std::string record_json(const scenario::Scenario& scenario, const Measurement& measurement,
                        const RecordProfiles& profiles) {
    std::vector<const MeasuredVariant*> measured;
    for (const MeasuredVariant& m : measurement.variants) {
        if (!m.runs.empty()) measured.push_back(&m);
    }
    const Outputs outputs = outputs_of(measured);
    Json json = {{"record", 1},
                 {"name", fmt::format("{} {}", std::filesystem::path(scenario.file).stem().string(),
                                      measurement.python.version)},
                 {"about", about(scenario, measurement)},
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
    for (const MeasuredVariant* m : measured) cells.push_back(cell_json(*m, measurement.host));
    json["cells"] = cells;
    return json.dump(1) + "\n";
}

}  // namespace gilsim::analysis
