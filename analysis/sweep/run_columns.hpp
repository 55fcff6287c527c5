#pragma once
/// The figures of a run that a sweep keeps as columns: the one table of them, from which the database, its view, CSV,
/// JSON and the reference come. Everything else is in the run's summary, which is kept as well.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "analysis/limits.hpp"
#include "analysis/summary.hpp"

namespace gilsim::analysis {

/// A value of a column; nothing: there is none.
using ColumnValue = std::variant<std::monostate, std::int64_t, std::string>;
/// The same in JSON; nothing is null.
[[nodiscard]] nlohmann::ordered_json column_json(const ColumnValue& cell);

/// A run and what columns are computed from.
struct RunFigures {
    explicit RunFigures(const RunSummary& summary);
    const RunSummary& run;
    Figures figures;
    const RequestSummary* request = nullptr;  ///< the kind with the most completions; null: there is none
};

struct RunColumn {
    std::string_view name;
    std::string_view type;  ///< SQLite's: INTEGER or TEXT
    std::string_view unit;
    std::string_view meaning;
    ColumnValue (*of)(const RunFigures&);
};

/// The table.
[[nodiscard]] const std::vector<RunColumn>& run_columns();

/// One run that has ended, as it is kept.
struct RunRecord {
    std::string key;  ///< 64 hexadecimal digits
    std::uint64_t seed = 0;
    std::string error;               ///< empty: there is a result
    bool by_limit = false;           ///< failed because of a limit on resources, not by itself
    std::vector<ColumnValue> cells;  ///< of run_columns(); empty if it failed
    std::string summary;             ///< compressed
    std::int64_t summary_bytes = 0;  ///< uncompressed
};

/// A record of a run with a result.
[[nodiscard]] RunRecord record_of(const RunSummary& run);
/// The summary of a record. Throws SummaryError if it is damaged.
[[nodiscard]] RunSummary summary_of(std::string_view compressed, std::int64_t bytes);

/// A record as bytes, on its way from one process to another.
[[nodiscard]] std::string to_bytes(const RunRecord& record);
[[nodiscard]] RunRecord record_from_bytes(const std::string& bytes);

}  // namespace gilsim::analysis
