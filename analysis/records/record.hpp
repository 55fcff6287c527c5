#pragma once
/// A record: what was measured on a real machine, and how gilsim predicts it. docs/records.md tells the format in
/// words; the meaning and the JSON key of every member stand in record_fields.cpp, the one table of them.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/scenario/diagnostic.hpp"

namespace gilsim::analysis {

/// A JSON object whose names are the author's choice, in the order of the file.
template <class T>
using Named = std::vector<std::pair<std::string, T>>;

/// The value of that name, or null.
template <class T>
const T* find(const Named<T>& all, const std::string& name) {
    for (const auto& [key, value] : all) {
        if (key == name) return &value;
    }
    return nullptr;
}

/// Where it was measured, in words.
struct Where {
    std::string machine, kernel, c_library, python;
};

/// The machine and the interpreter to predict with; empty: the scenario's own.
struct Profiles {
    std::string machine, interpreter;
};

/// The same program in gilsim: a file, relative to the record, or a text.
struct ScenarioSource {
    std::string file, text;
};

/// What a prediction may use: a cost per unit or a base latency, measured alone.
struct InputSpec {
    std::string unit, about;
};

/// An input that nobody measured.
struct FreeInput {
    std::string unit;
    double least = 0;
    double most = 0;
    std::string about;
};

/// A number of the summary of a run.
struct Figure {
    std::string path;     ///< keys of summary.json below a variant, joined by dots
    std::string variant;  ///< empty: the cell's
};

/// How the error of an output is counted.
enum class OutputKind : std::uint8_t { makespan, throughput, mean, p50, p99, count, memory, share };

/// What a prediction is held to.
struct OutputSpec {
    std::string unit;
    OutputKind kind = OutputKind::makespan;
    std::string predicted_by;  ///< an expression; empty: recorded only
    std::string about;
};

/// One run of the real program.
struct Repetition {
    bool quiet = true;
    std::string note;
    Named<double> inputs, outputs;
};

/// One setting of the real program, run again and again.
struct Cell {
    std::string name, about;
    std::string variant;       ///< of the scenario; empty: its only one
    Named<std::string> given;  ///< numbers and quantities with units
    Named<std::string> set;    ///< path of a field -> expression
    std::vector<Repetition> repetitions;
};

struct Record {
    std::int64_t version = 1;
    std::string name, about;
    std::string phenomenon;  ///< what it is a case of, for the accuracy card; empty: its name
    Where where;
    std::string source;
    Profiles profiles;
    ScenarioSource scenario;
    Named<InputSpec> inputs;
    Named<FreeInput> free;
    std::vector<std::string> fit_on;  ///< names of cells
    std::int64_t runs = 3;  ///< simulations of each repetition, whose median counts
    Named<std::string> set;
    Named<Figure> figures;
    Named<OutputSpec> outputs;
    std::vector<Cell> cells;
    std::string folder;  ///< of the file it was read from: names of files in it are relative to this
};

/// A record, or why there is none.
struct RecordResult {
    std::optional<Record> record;
    std::vector<scenario::Diagnostic> diagnostics;
};

/// Reads a record (JSON, or YAML of the same shape) and checks all that can be known without running anything: the
/// shape, units, that every name in an expression is an input or a given value (never an output), that every repetition
/// has what the expressions need.
[[nodiscard]] RecordResult load_record(const std::string& path);
/// The same for a text; `name` stands in messages.
[[nodiscard]] RecordResult load_record_text(const std::string& text, const std::string& name,
                                            const std::string& folder = "");

/// The JSON Schema (draft-07) of records, indented, with a newline at the end.
[[nodiscard]] std::string record_schema();

}  // namespace gilsim::analysis
