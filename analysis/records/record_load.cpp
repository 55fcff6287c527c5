#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "analysis/records/record_fields.hpp"
#include "analysis/records/units.hpp"
#include "model/scenario/expression.hpp"
#include "model/scenario/reader.hpp"
#include "model/scenario/schema.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::analysis {
namespace {

using scenario::Node;
using scenario::quote;

using Names = std::set<std::string>;

template <class T>
void add_names(Names& names, const Named<T>& all) {
    for (const auto& [name, value] : all) names.insert(name);
}
template <class T>
Names names_of(const Named<T>& all) {
    Names names;
    add_names(names, all);
    return names;
}

// An expression, or a text for a field in quotes, which mentions nothing.
bool is_literal(const std::string& text) {
    return text.size() >= 2 && text.front() == '\'' && text.back() == '\'';
}

// What must hold between the parts of a record.
class Check {
public:
    Check(const Record& record, const Node& root, scenario::Diagnostics& diagnostics)
        : record_(record), root_(root), diagnostics_(diagnostics) {}

    void all() {
        names_apart();
        for (const auto& [name, output] : record_.outputs) {
            if (!output.predicted_by.empty())
                computable(output.predicted_by, {"outputs", name, "predicted_by"}, nullptr);
        }
        for (std::size_t i = 0; i < record_.cells.size(); ++i) cell(i);
        for (std::size_t i = 0; i < record_.fit_on.size(); ++i) {
            std::vector<std::string> known;
            for (const Cell& c : record_.cells) known.push_back(c.name);
            if (std::find(known.begin(), known.end(), record_.fit_on[i]) == known.end())
                error({"fit_on", std::to_string(i)}, fmt::format("there is no cell {}", quote(record_.fit_on[i])),
                      scenario::did_you_mean(record_.fit_on[i], known));
        }
    }

private:
    using Path = std::vector<std::string>;

    // Reports at the deepest node of the path that exists.
    void error(const Path& path, const std::string& message, const std::string& hint = "") {
        const Node* node = &root_;
        std::string told;
        for (const std::string& step : path) {
            const Node* next = nullptr;
            if (node->is(Node::Kind::list)) {
                const std::size_t index = std::stoul(step);
                told = scenario::below(told, index);
                next = index < node->items.size() ? &node->items[index] : nullptr;
            } else {
                told = scenario::below(told, step);
                next = node->find(step);
            }
            if (next == nullptr) break;
            node = next;
        }
        diagnostics_.error(node->place, told, message, hint);
    }

    void names_apart() {
        const Names inputs = names_of(record_.inputs);
        const auto apart = [&](const std::string& where, const Names& names) {
            for (const std::string& name : names) {
                if (inputs.contains(name)) error({where, name}, fmt::format("{} is the name of an input", quote(name)));
            }
        };
        apart("figures", names_of(record_.figures));
        apart("free", names_of(record_.free));
    }

    // Whether all names of an expression can be known; `cell`: in that cell, null: in any.
    void computable(const std::string& expression, const Path& path, const Cell* cell) {
        if (is_literal(expression)) return;
        Names known = names_of(record_.inputs);
        add_names(known, record_.free);
        if (cell == nullptr) add_names(known, record_.figures);
        for (const Cell& c : record_.cells) {
            if (cell == nullptr || cell == &c) add_names(known, c.given);
        }
        for (const scenario::Mention& mention : scenario::mentions(expression)) {
            if (known.contains(mention.name)) continue;
            if (find(record_.outputs, mention.name) != nullptr)
                error(path, fmt::format("{} is an output: a prediction must not use what it is held to",
                                        quote(mention.name)));
            else
                error(path,
                      fmt::format("{} is neither an input, nor a given value{}", quote(mention.name),
                                  cell == nullptr ? ", nor a figure" : ""),
                      scenario::did_you_mean(mention.name, {known.begin(), known.end()}));
        }
    }

    void cell(std::size_t index) {
        const Cell& cell = record_.cells[index];
        const std::string at = std::to_string(index);
        for (std::size_t i = 0; i < index; ++i) {
            if (record_.cells[i].name == cell.name)
                error({"cells", at, "name"}, fmt::format("another cell is called {}, too", quote(cell.name)));
        }
        for (const auto& [name, value] : cell.given) {
            scenario::Quantity ignored;
            if (!scenario::parse_quantity(value, ignored))
                error({"cells", at, "given", name}, "must be a number, or a quantity with a unit such as 5ms");
            if (find(record_.inputs, name) != nullptr || find(record_.figures, name) != nullptr)
                error({"cells", at, "given", name}, "this is the name of an input or of a figure");
        }
        Names needed;
        const auto need = [&](const std::string& expression) {
            if (is_literal(expression)) return;
            for (const scenario::Mention& mention : scenario::mentions(expression)) {
                if (find(record_.inputs, mention.name) != nullptr) needed.insert(mention.name);
            }
        };
        for (const auto& [path, expression] : record_.set) {
            computable(expression, {"set", path}, &cell);
            need(expression);
        }
        for (const auto& [path, expression] : cell.set) {
            computable(expression, {"cells", at, "set", path}, &cell);
            need(expression);
        }
        for (std::size_t r = 0; r < cell.repetitions.size(); ++r)
            repetition(cell.repetitions[r], {"cells", at, "repetitions", std::to_string(r)}, needed);
    }

    void repetition(const Repetition& repetition, const Path& path, Names needed) {
        const auto below = [&](const char* key, const std::string& name) {
            Path longer = path;
            longer.insert(longer.end(), {key, name});
            return longer;
        };
        for (const auto& [name, value] : repetition.inputs) {
            if (find(record_.inputs, name) == nullptr)
                error(below("inputs", name), fmt::format("{} is not declared under 'inputs'", quote(name)),
                      suggest(name, record_.inputs));
        }
        for (const auto& [name, value] : repetition.outputs) {
            const OutputSpec* output = find(record_.outputs, name);
            if (output == nullptr) {
                error(below("outputs", name), fmt::format("{} is not declared under 'outputs'", quote(name)),
                      suggest(name, record_.outputs));
                continue;
            }
            for (const scenario::Mention& mention : scenario::mentions(output->predicted_by)) {
                if (find(record_.inputs, mention.name) != nullptr) needed.insert(mention.name);
            }
        }
        for (const std::string& name : needed) {
            if (find(repetition.inputs, name) == nullptr)
                error(below("inputs", name),
                      fmt::format("the input {} is missing, the prediction needs it", quote(name)));
        }
    }

    template <class T>
    static std::string suggest(const std::string& name, const Named<T>& all) {
        const Names known = names_of(all);
        return scenario::did_you_mean(name, {known.begin(), known.end()});
    }

    const Record& record_;
    const Node& root_;
    scenario::Diagnostics& diagnostics_;
};

RecordResult read(const scenario::FileText& text, const std::string& name, const std::string& folder) {
    RecordResult result;
    scenario::Diagnostics diagnostics;
    scenario::Source source;
    source.name = name;
    source.text = text.text;
    source.folder = folder;
    source.is_file = true;
    Record record;
    record.folder = folder;
    if (!text.error.empty()) {
        diagnostics.error({&source, text.line, 1}, "", text.error);
    } else {
        const Node root = scenario::parse_yaml(source, diagnostics);
        if (root.is(Node::Kind::null)) diagnostics.error({&source, 1, 1}, "", "the file is empty");
        if (diagnostics.count() == 0) {
            scenario::Variant none;
            scenario::Reader reader(none, diagnostics, "");
            scenario::read_structure(reader, root, record_fields(), &record);
            if (diagnostics.count() == 0) Check(record, root, diagnostics).all();
        }
    }
    const bool good = diagnostics.count() == 0;
    result.diagnostics = diagnostics.take();
    if (good) result.record = std::move(record);
    return result;
}

}  // namespace

RecordResult load_record(const std::string& path) {
    return read(scenario::read_text_file(path), path, std::filesystem::path(path).parent_path().string());
}

RecordResult load_record_text(const std::string& text, const std::string& name, const std::string& folder) {
    return read(scenario::check_text(text), name, folder);
}

std::string record_schema() {
    using scenario::Json;
    scenario::Definitions definitions;
    definitions.once("expression", [] {
        return Json{{"not", Json::object()}, {"description", "values of a record hold no ${...}"}};
    });
    const Json record = definitions.structure(record_fields());
    const Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                         {"title", "gilsim record"},
                         {"allOf", Json::array({record})},
                         {"definitions", definitions.all()}};
    return schema.dump(2) + "\n";
}

}  // namespace gilsim::analysis
