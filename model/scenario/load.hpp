#pragma once
/// From a YAML file to a `Scenario`: the front door of this room.
///
/// Nothing in a user's file or setting throws, aborts or hangs: whatever is wrong comes back as diagnostics, all at
/// once.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/scenario/diagnostic.hpp"
#include "model/scenario/spec.hpp"

namespace gilsim::scenario {

/// `--set machine.cores=4`: changes the file as if the value had been written there (so a variant may still override
/// it; `variants.NAME.machine.cores` reaches into a variant). The value is YAML.
struct Setting {
    std::string path;
    std::string value;
};
/// Splits `path=value`; nothing if there is no '=' or no path.
[[nodiscard]] std::optional<Setting> parse_setting(std::string_view text);

/// A scenario, or why there is none. Warnings can accompany a scenario.
struct LoadResult {
    std::optional<Scenario> scenario;
    std::vector<Diagnostic> diagnostics;

    /// Every error is of the sort "valid, but more than can be simulated".
    [[nodiscard]] bool only_resources() const;
};

/// The most simulated threads of one variant, main threads included.
inline constexpr std::int64_t kMostThreads = 30'000;

/// Reads a scenario file. `config_folders`: where `machines/NAME.yaml` and `interpreters/NAME.yaml` are looked for
/// after the folder of the file that names them (and its `configs/`).
[[nodiscard]] LoadResult load(const std::string& path, const std::vector<Setting>& settings = {},
                              const std::vector<std::string>& config_folders = {});
/// The same for a text; `name` stands in messages, `folder` is where files that it names are looked for.
[[nodiscard]] LoadResult load_text(const std::string& text, const std::string& name, const std::string& folder = "",
                                   const std::vector<Setting>& settings = {},
                                   const std::vector<std::string>& config_folders = {});

class Loading;

/// A scenario that is read once, with the configurations that it names, and loaded with other settings each time.
class ReadScenario {
public:
    /// As `load` and `load_text` take them.
    ReadScenario(const std::string& path, const std::vector<std::string>& config_folders);
    ReadScenario(const std::string& text, const std::string& name, const std::string& folder,
                 const std::vector<std::string>& config_folders);
    ~ReadScenario();
    ReadScenario(const ReadScenario&) = delete;
    ReadScenario& operator=(const ReadScenario&) = delete;

    /// What is wrong with the file itself is told the first time.
    [[nodiscard]] LoadResult with(const std::vector<Setting>& settings);

private:
    std::unique_ptr<Loading> loading_;
};

}  // namespace gilsim::scenario
