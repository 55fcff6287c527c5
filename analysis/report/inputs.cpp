#include "analysis/report/inputs.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "analysis/manifest.hpp"
#include "analysis/records/fit.hpp"
#include "analysis/records/tables.hpp"
#include "analysis/report/sweep_data.hpp"
#include "analysis/summary_json.hpp"
#include "analysis/sweep/sweep_store.hpp"
#include "analysis/trace/reader.hpp"
#include "analysis/version.hpp"

namespace gilsim::analysis {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw ReportError(fmt::format("cannot read '{}'", file.string()));
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

// The manifest of a folder; nothing if there is none, or none that this version can read.
std::optional<Manifest> manifest_in(const fs::path& folder) {
    const fs::path file = folder / "manifest.json";
    std::error_code error;
    if (!fs::exists(file, error)) return std::nullopt;
    try {
        return manifest_from_json(text_of(file));
    } catch (const ManifestError&) {
        return std::nullopt;
    }
}

// Makes the data, input by input.
class Collector {
public:
    explicit Collector(const ReportOptions& options) : options_(options) {}

    void input(const fs::path& path);
    Json data();

private:
    void folder(const fs::path& path);
    void json(const fs::path& path);
    void summary(const fs::path& file);
    void record(const fs::path& file);
    void trace(const fs::path& file);
    void manifest(const Manifest& m);
    void say(const std::string& what) const {
        if (options_.progress) options_.progress(what);
    }

    const ReportOptions& options_;
    Json runs_ = Json::array();
    Json sweeps_ = Json::array();
    Json notes_ = Json::array();
    Json manifest_;
    std::vector<Validation> validations_;
    std::optional<ScenarioSummary> summary_;
    bool summary_from_traces_ = false;
};

void Collector::manifest(const Manifest& m) {
    if (!manifest_.is_null()) return;
    Json outputs = Json::array();
    for (const Output& o : m.outputs) outputs.push_back({{"file", o.file}, {"sha256", o.sha256}, {"bytes", o.bytes}});
    Json variants = Json::array();
    for (const ResolvedVariant& v : m.variants)
        variants.push_back({{"name", v.name}, {"resolved", Json::parse(v.json)}});
    manifest_ = {{"release", m.version.release},
                 {"commit", m.version.commit},
                 {"compiler", m.version.compiler},
                 {"simgrid", m.version.simgrid},
                 {"command", m.command},
                 {"scenario", m.scenario},
                 {"title", m.title},
                 {"outputs", std::move(outputs)},
                 {"variants", std::move(variants)}};
}

void Collector::summary(const fs::path& file) {
    try {
        ScenarioSummary read = scenario_summary_from_json(text_of(file));
        if (summary_ && !summary_from_traces_)
            throw ReportError(
                fmt::format("'{}': there is a summary already; give one run at a time, or compare two "
                            "with 'gilsim compare'",
                            file.string()));
        summary_ = std::move(read);
        summary_from_traces_ = false;
    } catch (const SummaryError& e) {
        throw ReportError(fmt::format("'{}' is no summary.json of this version: {}", file.string(), e.what()));
    }
}

void Collector::trace(const fs::path& file) {
    say(fmt::format("reading {}", file.string()));
    TraceReader reader(file);
    RunAnalysis run(reader.directory(), options_.lanes);
    reader.read(run);
    std::vector<Finding> findings = find(run);
    const auto m = manifest_in(file.parent_path());
    if (m) manifest(*m);
    const auto variant = m ? std::find_if(m->variants.begin(), m->variants.end(),
                                          [&](const auto& v) { return v.name == run.directory().variant; })
                           : std::vector<ResolvedVariant>::const_iterator{};
    if (options_.trials && m && variant != m->variants.end()) {
        for (Finding& f : findings) {
            say(fmt::format("simulating what may help {}: {}", run.directory().variant, f.title));
            try_changes(f, run, variant->json);
        }
    } else if (options_.trials && !findings.empty()) {
        notes_.push_back(
            fmt::format("No manifest.json of this run stands beside {}, so what the findings propose could "
                        "not be simulated.",
                        file.filename().string()));
    }
    runs_.push_back(run_json(run, findings));
    if (summary_ && !summary_from_traces_) return;
    if (!summary_) summary_ = ScenarioSummary{run.directory().scenario, m ? m->title : "", {}};
    summary_from_traces_ = true;
    summary_->variants.push_back(run.summary());
}

void Collector::folder(const fs::path& path) {
    std::error_code error;
    std::vector<fs::path> traces;
    for (const auto& entry : fs::directory_iterator(path, error)) {
        if (is_trace_name(entry.path())) traces.push_back(entry.path());
    }
    const auto m = manifest_in(path);
    // In the order of the variants, then by name.
    const auto rank = [&](const fs::path& file) {
        std::size_t i = 0;
        while (m && i < m->outputs.size() && m->outputs[i].file != file.filename().string()) ++i;
        return i;
    };
    std::sort(traces.begin(), traces.end(),
              [&](const fs::path& a, const fs::path& b) { return std::pair(rank(a), a) < std::pair(rank(b), b); });
    const bool has_summary = fs::exists(path / "summary.json", error);
    if (!has_summary && traces.empty())
        throw ReportError(
            fmt::format("'{}' holds no outputs of a run; make some with 'gilsim run FILE --trace full -o "
                        "{}'",
                        path.string(), path.string()));
    if (has_summary) summary(path / "summary.json");
    if (m) manifest(*m);
    if (m && m->trace.level != trace::TraceLevel::full) {
        notes_.push_back(
            "This run has no full trace: with '--trace full', the report shows a timeline, who made whom "
            "wait, and findings.");
        return;
    }
    for (const fs::path& file : traces) trace(file);
}

void Collector::record(const fs::path& file) {
    say(fmt::format("predicting {}", file.string()));
    const RecordResult loaded = load_record(file.string());
    if (!loaded.record) throw ReportError(scenario::render(loaded.diagnostics));
    PredictionOptions options;
    options.config_folders = options_.config_folders;
    try {
        if (options_.fit) options.fitted = fit(*loaded.record, options);
        validations_.push_back(validate(*loaded.record, options));
    } catch (const PredictionError& e) {
        throw ReportError(fmt::format("'{}' cannot be predicted: {}", file.string(), e.what()));
    } catch (const SimulationFailure& e) {
        throw ReportError(fmt::format("'{}' cannot be predicted: {}", file.string(), e.what()));
    }
}

void Collector::json(const fs::path& path) {
    Json content;
    try {
        content = Json::parse(text_of(path));
    } catch (const Json::exception& e) {
        // What the parser says quotes all of a text that does not end.
        const auto* at = dynamic_cast<const Json::parse_error*>(&e);
        throw ReportError(fmt::format("'{}' is no JSON{}; is it complete?", path.string(),
                                      at == nullptr ? "" : fmt::format(" from byte {} on", at->byte)));
    }
    if (content.is_object() && content.contains("record")) {
        record(path);
    } else if (content.is_object() && content.contains("variants") && content.contains("command")) {
        folder(path.parent_path().empty() ? fs::path(".") : path.parent_path());
    } else {
        summary(path);
    }
}

void Collector::input(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(path, error)) throw ReportError(fmt::format("no such file or folder: '{}'", path.string()));
    if (fs::is_directory(path, error)) return folder(path);
    if (path.extension() == ".json") return json(path);
    if (is_database(path)) {
        sweeps_.push_back(sweep_json(path));
        return;
    }
    trace(path);
}

Json Collector::data() {
    Json data = {{"schema", kReportSchema}, {"made_by", version_text()}, {"states", states_json()}, {"notes", notes_},
                 {"runs", runs_},           {"sweeps", sweeps_},         {"manifest", manifest_}};
    if (!validations_.empty()) data["accuracy"] = Json::parse(validation_json(validations_, {}));
    if (summary_) {
        data["summary"] = Json::parse(to_json(*summary_));
        data["comparison"] = comparison_json(*summary_);
    }
    return data;
}

}  // namespace

Json report_data(const std::vector<fs::path>& inputs, const ReportOptions& options) {
    Collector collector(options);
    for (const fs::path& path : inputs) collector.input(path);
    return collector.data();
}

}  // namespace gilsim::analysis
