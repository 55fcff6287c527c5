#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "analysis/cli/choices.hpp"
#include "analysis/cli/files.hpp"
#include "analysis/cli/loading.hpp"
#include "analysis/cli/terminal.hpp"
#include "analysis/cli/verb.hpp"
#include "analysis/manifest.hpp"
#include "analysis/tell.hpp"
#include "model/trace/output_file.hpp"

namespace gilsim::analysis::cli {
namespace {

namespace fs = std::filesystem;

// A folder of its own that goes with all its content.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (fs::temp_directory_path() / "gilsim-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw trace::OutputError(name, errno);
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

// A manifest, or that of a folder.
Manifest read_manifest(const std::string& name) {
    std::error_code ignored;
    const std::string file = fs::is_directory(name, ignored) ? (fs::path(name) / "manifest.json").string() : name;
    require_regular_file(file);
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    try {
        return manifest_from_json(text.str());
    } catch (const ManifestError& e) {
        throw UsageError(fmt::format("'{}' is no manifest of gilsim: {}", file, e.what()));
    }
}

const Output* find(const std::vector<Output>& outputs, const std::string& file) {
    for (const Output& output : outputs) {
        if (output.file == file) return &output;
    }
    return nullptr;
}

// Prints one line per output; whether all are the same.
bool compare_outputs(const std::vector<Output>& before, const std::vector<Output>& now) {
    bool same = true;
    for (const Output& output : before) {
        const Output* again = find(now, output.file);
        const std::string_view result = again == nullptr ? "missing" : *again == output ? "same" : "DIFFERS";
        same = same && result == "same";
        fmt::print("{:<8} {}\n", result, output.file);
    }
    return same;
}

}  // namespace

void describe_reproduce(Options& options) {
    describe_resources(options);
}

Exit reproduce(const Arguments& arguments) {
    const Manifest manifest = read_manifest(arguments.one_operand("the MANIFEST"));
    const Version& then = manifest.version;
    if (then.release != version().release || then.commit != version().commit)
        tell("gilsim: warning: the manifest is of gilsim {} ({}), this is {} ({})\n", then.release, then.commit,
             version().release, version().commit);

    scenario::Scenario scenario;
    scenario.file = manifest.scenario;
    scenario.title = manifest.title;
    for (const ResolvedVariant& variant : manifest.variants) {
        Loaded loaded = load_resolved(variant.json, variant.name);
        if (!loaded.scenario) return loaded.status;
        scenario.variants.push_back(std::move(loaded.scenario->variants.front()));
        scenario.variants.back().name = variant.name;
    }

    const TemporaryFolder folder;
    RunOptions options;
    options.trace = manifest.trace;
    options.resources = resource_choice(arguments);
    options.folder = folder.path();
    options.progress = interactive_stderr();
    const ScenarioRun run = run_scenario(scenario, options);
    const std::vector<Output> outputs = write_outputs(options.folder, run, manifest);
    const bool same = compare_outputs(manifest.outputs, outputs);
    if (const Exit status = status_of(run); status > Exit::verdict) return status;
    return same ? Exit::ok : Exit::verdict;
}

}  // namespace gilsim::analysis::cli
