#include "model/scenario/load.hpp"

#include <algorithm>
#include <filesystem>

#include "model/scenario/loading.hpp"

namespace gilsim::scenario {

bool LoadResult::only_resources() const {
    return std::all_of(diagnostics.begin(), diagnostics.end(),
                       [](const Diagnostic& d) { return d.resource || d.severity == Diagnostic::Severity::warning; });
}

LoadResult load(const std::string& path, const std::vector<Setting>& settings,
                const std::vector<std::string>& config_folders) {
    Loading loading(config_folders);
    loading.read(read_text_file(path), path, std::filesystem::path(path).parent_path().string(), settings);
    return loading.resolve();
}

LoadResult load_text(const std::string& text, const std::string& name, const std::string& folder,
                     const std::vector<Setting>& settings, const std::vector<std::string>& config_folders) {
    Loading loading(config_folders);
    loading.read(check_text(text), name, folder, settings);
    return loading.resolve();
}

}  // namespace gilsim::scenario
