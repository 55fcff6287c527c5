#pragma once
/// Configuration files: machines and interpreters with sources for their figures, built on one another by `base`.

#include <map>
#include <string>
#include <vector>

#include "model/scenario/diagnostic.hpp"
#include "model/scenario/tree.hpp"

namespace gilsim::scenario {

/// Finds and reads configuration files and puts them in the place of their names.
class Configs {
public:
    Configs(Sources& sources, Diagnostics& diagnostics, std::vector<std::string> folders)
        : sources_(sources), diagnostics_(diagnostics), folders_(std::move(folders)) {}

    /// Replaces the names of configurations in a document (`machine: laptop-2`, `base: ...`) by their fields.
    void resolve_document(Node& document);
    /// Reads one file: its own fields over those of its base, each value with the source it gives.
    [[nodiscard]] Node read(const std::string& file, std::string_view kind);

private:
    void resolve(Node& node, const std::string& path, std::string_view kind);
    /// `path`: of the name; `of`: of the field that the configuration fills.
    [[nodiscard]] Node fetch(const Node& name, const std::string& path, const std::string& of, std::string_view kind);
    [[nodiscard]] Node parse(const std::string& file, const std::string& shown, const Place& from,
                             const std::string& path, std::string_view kind);
    [[nodiscard]] std::vector<std::string> candidates(const Node& name, std::string_view kind) const;
    [[nodiscard]] std::vector<std::string> known(const Node& name, std::string_view kind) const;

    Sources& sources_;
    Diagnostics& diagnostics_;
    std::vector<std::string> folders_;
    std::map<std::string, Node> cache_;  ///< by file
    std::vector<std::string> chain_;     ///< files being read, each because of the one before
};

/// One value of a configuration file, for lists and for the test that every figure has a source.
struct ConfigValue {
    std::string path;    ///< `costs.context_switch`
    std::string value;   ///< as written
    std::string source;  ///< where the figure comes from; empty if the file does not say
    int line = 0;
};
/// The values that a configuration file states itself (not those of its base), and what is wrong with it. `kind`:
/// "machines" or "interpreters".
struct ConfigFile {
    std::vector<ConfigValue> values;
    std::vector<Diagnostic> diagnostics;
};
[[nodiscard]] ConfigFile read_config(const std::string& file, const std::string& kind,
                                     const std::vector<std::string>& config_folders = {});

}  // namespace gilsim::scenario
