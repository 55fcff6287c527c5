#include "analysis/cli/files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include <fmt/format.h>

#include "analysis/cli/verb.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::analysis::cli {
namespace {

namespace fs = std::filesystem;

// The nearest folder from `start` upwards that holds the configurations; empty: none does.
fs::path above(fs::path start) {
    std::error_code ignored;
    for (; !start.empty(); start = start.parent_path()) {
        if (fs::is_directory(start / "configs" / "machines", ignored)) return start;
        if (start == start.parent_path()) break;
    }
    return {};
}

std::vector<fs::path> yaml_files(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
    // 3.10 comes after 3.9.
    std::sort(files.begin(), files.end(),
              [](const fs::path& a, const fs::path& b) { return strverscmp(a.stem().c_str(), b.stem().c_str()) < 0; });
    return files;
}

// Whether two names are of one file, even of one that is still to be written.
bool same_file(const fs::path& a, const fs::path& b) {
    std::error_code error;
    if (fs::equivalent(a, b, error)) return true;
    return fs::weakly_canonical(fs::absolute(a, error), error) == fs::weakly_canonical(fs::absolute(b, error), error);
}

}  // namespace

fs::path root() {
    if (const char* given = std::getenv("GILSIM_ROOT"); given != nullptr && *given != '\0') return given;
    std::error_code ignored;
    fs::path found = above(fs::read_symlink("/proc/self/exe", ignored).parent_path());
    if (found.empty()) found = above(fs::current_path(ignored));
    return found;
}

std::vector<fs::path> shipped(const std::string& folder) {
    return yaml_files(root() / folder);
}

void require_file(const std::string& file) {
    std::error_code error;
    if (fs::exists(file, error)) {
        if (access(file.c_str(), R_OK) == 0) return;
        throw UsageError(fmt::format("cannot read '{}': {}", file, std::strerror(errno)));
    }
    // What the folder has, as the user wrote it, and what is shipped: a bare `cpu_bound` means the latter.
    const fs::path path(file);
    std::vector<fs::path> near;
    for (const fs::path& found : yaml_files(path.has_parent_path() ? path.parent_path() : fs::path(".")))
        near.push_back(path.parent_path() / found.filename());
    for (const fs::path& found : shipped("scenarios")) near.push_back(fs::proximate(found, error));
    std::vector<std::string> names;
    for (const fs::path& candidate : near) names.push_back(candidate.stem().string());
    const std::string nearest = scenario::nearest(path.stem().string(), names);
    const auto match = std::find(names.begin(), names.end(), nearest);
    const std::string hint = nearest.empty() ? "'gilsim list scenarios' shows what there is"
                                             : fmt::format("did you mean '{}'?", near[match - names.begin()].string());
    throw UsageError(fmt::format("no such file: '{}'", file), hint);
}

void require_regular_file(const std::string& file) {
    require_file(file);
    std::error_code error;
    if (fs::is_directory(file, error)) throw UsageError(fmt::format("'{}' is a folder, not a file", file));
    if (!fs::is_regular_file(file, error)) throw UsageError(fmt::format("'{}' is not a regular file", file));
}

void require_apart(const std::string& option, const fs::path& output, const std::vector<fs::path>& others,
                   const std::string& what) {
    for (const fs::path& other : others) {
        if (same_file(output, other))
            throw UsageError(fmt::format("{} {} is also {}", option, output.string(), what), "choose another name");
    }
}

}  // namespace gilsim::analysis::cli
