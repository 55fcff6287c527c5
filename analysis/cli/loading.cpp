#include "analysis/cli/loading.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "analysis/cli/files.hpp"
#include "analysis/cli/verb.hpp"
#include "model/scenario/load.hpp"

namespace gilsim::analysis::cli {
namespace {

Loaded told(scenario::LoadResult result) {
    fmt::print(stderr, "{}", scenario::render(result.diagnostics));
    if (result.scenario) return {std::move(result.scenario), Exit::ok};
    return {std::nullopt, result.only_resources() ? Exit::limit : Exit::scenario};
}

}  // namespace

Loaded load(const std::string& file, const std::vector<std::string>& settings) {
    require_file(file);
    std::vector<scenario::Setting> parsed;
    for (const std::string& text : settings) {
        const auto setting = scenario::parse_setting(text);
        if (!setting)
            throw UsageError(fmt::format("--set: '{}' is not PATH=VALUE", text), "as in --set machine.cores=4");
        parsed.push_back(*setting);
    }
    return told(scenario::load(file, parsed, {(root() / "configs").string()}));
}

Loaded load_resolved(const std::string& json, const std::string& name) {
    return told(scenario::load_text(json, name, "", {}, {(root() / "configs").string()}));
}

}  // namespace gilsim::analysis::cli
