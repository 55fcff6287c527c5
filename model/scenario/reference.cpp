/// The reference page.

#include <set>

#include <fmt/format.h>

#include "model/scenario/expression.hpp"
#include "model/scenario/help.hpp"
#include "model/scenario/topics.hpp"
#include "model/scenario/units.hpp"

namespace gilsim::scenario {
namespace {

constexpr std::string_view kIntroduction = R"(# Reference of the scenario language

This page is generated from the table of fields (`model/scenario/fields_*.cpp`), as are `gilsim help`, `gilsim schema` and all
checks. Do not edit it: run `GILSIM_REGENERATE=1 build/tests/test_scenario` instead.

A scenario is one YAML file. Unknown keys are errors. A machine or an interpreter is the name of a configuration
(`machine: laptop-2`), a file (`machine: ./mine.yaml`), its fields written out, or a configuration with changes
(`machine: {base: laptop-2, cores: 4}`). Configurations are looked for beside the file that names them, then in `configs/`.
)";

constexpr std::string_view kVariants = R"(
## Variants

Each entry of `variants` is one run. It states only what differs from the rest of the file: mappings are merged key by key,
anything else is replaced. Two rules beside that:

- `threads` and `processes` are replaced as a whole, and a variant that gives one of them drops the file's other one too:
  what runs is what the variant says.
- `machine: {cores: 1}` changes the file's machine, `machine: server-16` or `machine: {base: server-16, ...}` takes another one;
  likewise `interpreter` and each of `interpreters`.

## Settings

`--set path=value` changes the file before it is read, as if the value had been written there; the value is YAML. Variants still
override it; `--set variants.NAME.path=value` reaches into a variant. Elements of lists: `programs.worker[0].compute`.
)";

std::string cell(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
    return text;
}

std::string table(const Structure& structure) {
    std::string text = "\n| field | value | default | meaning |\n|---|---|---|---|\n";
    for (const Field& field : structure.fields) {
        std::string standard = default_told(field);
        if (field.if_absent.empty() && !field.is_required && !standard.empty()) standard = "`" + standard + "`";
        text += fmt::format("| `{}` | {} | {} | {} |\n", field.key, cell(field.kind->told()), cell(standard),
                            cell(field.doc));
    }
    for (const Field& field : structure.fields) {
        const auto words = field.kind->words();
        if (words.size() < 2) continue;
        text += fmt::format("\n`{}`:\n\n", field.key);
        for (const auto& [word, meaning] : words) text += fmt::format("- `{}`: {}\n", word, meaning);
    }
    return text;
}

std::string quantities() {
    std::string text =
        "\n## Quantities\n\nA number and a unit without a space, read exactly: `1.5ms`, `64KiB`.\n\n| unit | is "
        "|\n|---|---|\n";
    for (const Unit& unit : duration_units()) text += fmt::format("| `{}` | {} |\n", unit.text, unit.meaning);
    for (const Unit& unit : size_units()) text += fmt::format("| `{}` | {} |\n", unit.text, unit.meaning);
    text +=
        "\n## Expressions\n\n`${...}` stands for a value that is calculated from `parameters`, numbers and quantities "
        "with `+ - * / % "
        "^`, parentheses, comparisons (`== != < <= > >=`), `&& ||` and these functions. A duration divided by a number "
        "is a duration; "
        "the sum of a duration and a number is an error. Durations are rounded to the nearest nanosecond, sizes to the "
        "nearest byte. "
        "The name of a parameter alone, `${name}`, stands for its text.\n\n| function | is |\n|---|---|\n";
    for (const Function& function : expression_functions())
        text += fmt::format("| `{}` | {} |\n", function.call, function.meaning);
    return text;
}

}  // namespace

std::string reference_markdown() {
    std::string text(kIntroduction);
    text += "\n## The file\n" + table(document_fields()) + std::string(kVariants);
    std::set<const Structure*> written{&document_fields()};
    for (const Topic& topic : topics()) {
        if (topic.field == nullptr || topic.inside == nullptr || !written.insert(topic.inside).second) continue;
        text += fmt::format("\n## `{}`\n\n{}\n", topic.path, topic.inside->doc);
        if (!topic.inside->shorthand.empty())
            text += fmt::format("A plain value stands for `{}`.\n", topic.inside->shorthand);
        text += table(*topic.inside);
    }
    text += "\n## Operations\n\nA program is a list of operations, each a mapping with one key: `- compute: 5ms`.\n";
    for (const OpRow& row : op_rows()) {
        text += fmt::format("\n### `{}`\n\n{}\n", row.word, row.doc);
        if (!row.fields->shorthand.empty())
            text += fmt::format("A plain value stands for `{}`.\n", row.fields->shorthand);
        text += table(*row.fields);
    }
    return text + quantities();
}

}  // namespace gilsim::scenario
