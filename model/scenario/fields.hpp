#pragma once
/// The table of fields: for each struct of spec.hpp the rows of its language. One function per struct.

#include <string>
#include <vector>

#include "model/scenario/kind.hpp"
#include "model/scenario/reader.hpp"
#include "model/scenario/spec.hpp"

namespace gilsim::scenario {

/// A scenario file, as one variant sees it after its overlay has been merged in.
struct Document {
    std::int64_t version = 1;
    std::string title;
    Variant variant;
    Sweep sweep;
};

[[nodiscard]] const Structure& document_fields();
[[nodiscard]] const Structure& machine_fields();
[[nodiscard]] const Structure& background_fields();
[[nodiscard]] const Structure& scheduler_fields();
[[nodiscard]] const Structure& cost_fields();
[[nodiscard]] const Structure& idle_state_fields();
[[nodiscard]] const Structure& halt_polling_fields();
[[nodiscard]] const Structure& noise_fields();
[[nodiscard]] const Structure& cold_code_fields();
[[nodiscard]] const Structure& apart_fields();
[[nodiscard]] const Structure& ipc_fields();
[[nodiscard]] const Structure& pickling_fields();
[[nodiscard]] const Structure& payload_fields();
[[nodiscard]] const Structure& interpreter_fields();
[[nodiscard]] const Structure& paging_fields();
[[nodiscard]] const Structure& cache_fields();
[[nodiscard]] const Structure& memory_fields();
[[nodiscard]] const Structure& gc_fields();
[[nodiscard]] const Structure& object_fields();
[[nodiscard]] const Structure& device_fields();
[[nodiscard]] const Structure& socket_fields();
[[nodiscard]] const Structure& client_fields();
[[nodiscard]] const Structure& signal_fields();
[[nodiscard]] const Structure& thread_group_fields();
[[nodiscard]] const Structure& process_group_fields();
[[nodiscard]] const Structure& inner_group_fields();
[[nodiscard]] const Structure& sweep_fields();
/// `5`, or `auto(ci=2%, min=5, max=50)`.
[[nodiscard]] std::string told_in_short(const Repeats& repeats);

/// One operation of the language: its word, what it does and its fields. The rows are the alternatives of Op::what.
struct OpRow {
    std::string word;
    std::string doc;
    const Structure* fields;
    bool each;  ///< `{start: [a, b]}` means one operation per element
    /// Reads the value of `{word: value}` into `Op::what`.
    std::function<void(Reader&, const Node&, Op&)> read;
    std::function<Json(const Variant&, const Op&)> write;
};
[[nodiscard]] const std::vector<OpRow>& op_rows();
/// Its parts that have a file of their own.
[[nodiscard]] std::vector<OpRow> synchronisation_ops();
[[nodiscard]] std::vector<OpRow> concurrency_ops();
[[nodiscard]] std::vector<OpRow> allocation_ops();
[[nodiscard]] std::vector<OpRow> process_ops();
[[nodiscard]] std::vector<std::string> op_words();

/// A list of operations.
[[nodiscard]] KindPtr<Program> program();

}  // namespace gilsim::scenario
