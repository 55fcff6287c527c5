#include "analysis/manifest.hpp"

#include <nlohmann/json.hpp>

#include "analysis/digest.hpp"
#include "analysis/summary_json.hpp"
#include "model/scenario/resolved.hpp"
#include "model/trace/output_file.hpp"

namespace gilsim::analysis {
namespace {

using Json = nlohmann::ordered_json;

void write_file(const std::filesystem::path& file, const std::string& text) {
    trace::OutputFile out(file);
    out.write(text);
    out.close();
}

}  // namespace

Manifest manifest_of(const scenario::Scenario& scenario, std::vector<std::string> command, const TraceOptions& trace) {
    Manifest manifest;
    manifest.version = version();
    manifest.command = std::move(command);
    manifest.scenario = std::filesystem::path(scenario.file).filename().string();
    manifest.title = scenario.title;
    for (const scenario::Variant& variant : scenario.variants)
        manifest.variants.push_back({variant.name, scenario::to_json(variant).dump()});
    manifest.trace = trace;
    return manifest;
}

std::string to_json(const Manifest& manifest) {
    const Version& v = manifest.version;
    Json variants = Json::array();
    for (const ResolvedVariant& variant : manifest.variants)
        variants.push_back({{"name", variant.name}, {"resolved", Json::parse(variant.json)}});
    Json outputs = Json::array();
    for (const Output& output : manifest.outputs)
        outputs.push_back({{"file", output.file}, {"sha256", output.sha256}, {"bytes", output.bytes}});
    const Json json = {
        {"schema", kManifestSchema},
        {"gilsim", {{"release", v.release}, {"commit", v.commit}, {"compiler", v.compiler}, {"simgrid", v.simgrid}}},
        {"command", manifest.command},
        {"scenario", manifest.scenario},
        {"title", manifest.title},
        {"trace", trace::name(manifest.trace.level)},
        {"trace_format", kTraceFormats[static_cast<std::size_t>(manifest.trace.format)].name},
        {"outputs", outputs},
        {"variants", variants},
    };
    return json.dump(2) + "\n";
}

Manifest manifest_from_json(const std::string& text) {
    Manifest manifest;
    try {
        const Json json = Json::parse(text);
        if (json.at("schema") != kManifestSchema) throw ManifestError("its schema is not 1");
        const Json& v = json.at("gilsim");
        manifest.version = {v.at("release"), v.at("commit"), v.at("compiler"), v.at("simgrid")};
        json.at("command").get_to(manifest.command);
        json.at("scenario").get_to(manifest.scenario);
        json.at("title").get_to(manifest.title);
        const auto level = trace::trace_level(json.at("trace").get<std::string>());
        const auto format = trace_format(json.at("trace_format").get<std::string>());
        if (!level || !format) throw ManifestError("its trace is of an unknown kind");
        manifest.trace = {*level, *format};
        for (const Json& output : json.at("outputs"))
            manifest.outputs.push_back({output.at("file"), output.at("sha256"), output.at("bytes")});
        for (const Json& variant : json.at("variants"))
            manifest.variants.push_back({variant.at("name"), variant.at("resolved").dump()});
    } catch (const Json::exception& e) {
        throw ManifestError(e.what());
    }
    return manifest;
}

std::vector<Output> write_outputs(const std::filesystem::path& folder, const ScenarioRun& run, Manifest manifest) {
    const std::string summary = to_json(run.summary);
    write_file(folder / "summary.json", summary);
    manifest.outputs = {{"summary.json", sha256(summary), static_cast<std::int64_t>(summary.size())}};
    for (const TraceFile& trace : run.traces) {
        std::error_code error;
        const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(trace.file, error));
        manifest.outputs.push_back({trace.file.filename().string(), sha256_file(trace.file), error ? 0 : bytes});
    }
    write_file(folder / "manifest.json", to_json(manifest));
    return manifest.outputs;
}

}  // namespace gilsim::analysis
