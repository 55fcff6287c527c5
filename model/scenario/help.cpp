#include "model/scenario/help.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/scenario/expression.hpp"
#include "model/scenario/suggest.hpp"
#include "model/scenario/topics.hpp"
#include "model/scenario/units.hpp"

namespace gilsim::scenario {
namespace {

constexpr std::size_t kWidth = 100;

/// Breaks a text into lines that begin with `indent` spaces (the first begins where the caller is).
std::string wrap(const std::string& text, std::size_t indent) {
    std::string result;
    std::size_t column = indent;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        if (column > indent && column + 1 + (end - at) > kWidth) {
            result += '\n' + std::string(indent, ' ');
            column = indent;
        } else if (column > indent) {
            result += ' ';
            ++column;
        }
        result += text.substr(at, end - at);
        column += end - at;
        at = end + 1;
    }
    return result;
}

/// `  word   meaning` in two columns.
std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
    std::size_t width = 0;
    for (const auto& row : rows) width = std::max(width, row.first.size());
    std::string text;
    for (const auto& [word, meaning] : rows)
        text += fmt::format("    {:<{}}  {}\n", word, width, wrap(meaning, width + 6));
    return text;
}

std::string fields_told(const Structure& structure) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const Field& field : structure.fields) {
        const std::string standard = default_told(field);
        rows.emplace_back(field.key, field.doc + (standard.empty() ? "" : fmt::format(" [{}]", standard)));
    }
    return two_columns(rows);
}

std::string told(const Topic& topic) {
    std::string text = topic.path + "\n  " + wrap(topic.doc, 2) + "\n";
    if (topic.field != nullptr) {
        text += "  Value:   " + wrap(topic.field->kind->told(), 11) + "\n";
        const std::string standard = default_told(*topic.field);
        if (topic.field->is_required) {
            text += "  Required.\n";
        } else if (!topic.field->if_absent.empty()) {
            text += "  If absent: " + wrap(standard, 13) + "\n";
        } else if (!standard.empty()) {
            text += "  Default: " + standard + "\n";
        }
        text += two_columns(topic.field->kind->words());
    }
    if (topic.inside != nullptr) {
        if (!topic.inside->shorthand.empty())
            text += fmt::format("  Fields (a plain value stands for '{}'):\n", topic.inside->shorthand);
        else
            text += "  Fields:\n";
        text += fields_told(*topic.inside);
    }
    return text;
}

std::string overview() {
    std::string text = "A scenario is a YAML file with these fields:\n" + fields_told(document_fields());
    std::vector<std::pair<std::string, std::string>> ops;
    for (const OpRow& row : op_rows()) ops.emplace_back(row.word, row.doc);
    text += "\nA program is a list of these operations:\n" + two_columns(ops);
    text += fmt::format("\nDurations have a unit ({}), sizes too ({}).\n", unit_list(duration_units()),
                        unit_list(size_units()));
    std::string calls;
    for (const Function& function : expression_functions())
        calls += fmt::format("{}{}", calls.empty() ? "" : ", ", function.call);
    text += wrap("Expressions ${...} calculate with parameters, numbers and quantities: + - * / % ^, comparisons, " +
                     calls + ".",
                 0) +
            "\n";
    text +=
        "More on each: gilsim help FIELD, as in: gilsim help machine.costs, gilsim help switch_interval, gilsim help "
        "compute\n";
    return text;
}

}  // namespace

std::optional<std::string> help_text(std::string_view topic) {
    if (topic.empty()) return overview();
    std::string text;
    for (const Topic* found : find_topics(topic)) text += (text.empty() ? "" : "\n") + told(*found);
    if (text.empty()) return std::nullopt;
    return text;
}

std::string help_suggestion(std::string_view topic) {
    std::vector<std::string> known;
    for (const Topic& t : topics()) {
        known.push_back(t.path.substr(t.path.rfind('.') + 1));
        known.push_back(t.path);
    }
    const std::string near = nearest(topic, known);
    return near.empty() ? "" : fmt::format("did you mean '{}'?", near);
}

}  // namespace gilsim::scenario
