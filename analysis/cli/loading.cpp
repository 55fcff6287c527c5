#include "analysis/cli/loading.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "analysis/cli/files.hpp"
#include "analysis/cli/verb.hpp"
#include "analysis/tell.hpp"
#include "model/scenario/load.hpp"

namespace gilsim::analysis::cli {
namespace {

Loaded loaded(scenario::LoadResult result) {
    const Exit status = told(result);
    return {std::move(result.scenario), status};
}

}  // namespace

Exit told(const scenario::LoadResult& result) {
    tell("{}", scenario::render(result.diagnostics));
    if (result.scenario) return Exit::ok;
    return result.only_resources() ? Exit::limit : Exit::scenario;
}

std::vector<scenario::Setting> settings_of(const std::vector<std::string>& texts) {
    std::vector<scenario::Setting> parsed;
    for (const std::string& text : texts) {
        const auto setting = scenario::parse_setting(text);
        if (!setting)
            throw UsageError(fmt::format("--set: '{}' is not PATH=VALUE", text), "as in --set machine.cores=4");
        parsed.push_back(*setting);
    }
    return parsed;
}

Loaded load(const std::string& file, const std::vector<std::string>& settings) {
    require_file(file);
    return loaded(scenario::load(file, settings_of(settings), {(root() / "configs").string()}));
}

Loaded load_resolved(const std::string& json, const std::string& name) {
    return loaded(scenario::load_text(json, name, "", {}, {(root() / "configs").string()}));
}

}  // namespace gilsim::analysis::cli
