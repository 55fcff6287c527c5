#include "model/scenario/load.hpp"

#include <algorithm>
#include <filesystem>

#include "model/scenario/loading.hpp"

namespace gilsim::scenario {

bool LoadResult::only_resources() const {
    return std::all_of(diagnostics.begin(), diagnostics.end(),
                       [](const Diagnostic& d) { return d.resource || d.severity == Diagnostic::Severity::warning; });
}

ReadScenario::ReadScenario(const std::string& path, const std::vector<std::string>& config_folders)
    : loading_(std::make_unique<Loading>(config_folders)) {
    loading_->read(read_text_file(path), path, std::filesystem::path(path).parent_path().string());
}

ReadScenario::ReadScenario(const std::string& text, const std::string& name, const std::string& folder,
                           const std::vector<std::string>& config_folders)
    : loading_(std::make_unique<Loading>(config_folders)) {
    loading_->read(check_text(text), name, folder);
}

ReadScenario::~ReadScenario() = default;

LoadResult ReadScenario::with(const std::vector<Setting>& settings) {
    loading_->set(settings);
    return loading_->resolve();
}

LoadResult load(const std::string& path, const std::vector<Setting>& settings,
                const std::vector<std::string>& config_folders) {
    return ReadScenario(path, config_folders).with(settings);
}

LoadResult load_text(const std::string& text, const std::string& name, const std::string& folder,
                     const std::vector<Setting>& settings, const std::vector<std::string>& config_folders) {
    return ReadScenario(text, name, folder, config_folders).with(settings);
}

}  // namespace gilsim::scenario
