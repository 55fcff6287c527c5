#pragma once
/// The results of a sweep in one SQLite file (docs/sweep.md). What has been written stays, whatever happens to the
/// process afterwards.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "analysis/sweep/run_columns.hpp"

namespace gilsim::analysis {

/// The version of the schema of the file.
inline constexpr int kSweepSchema = 1;
/// `gils`: what marks the file as ours.
inline constexpr int kSweepApplication = 0x67696C73;

/// The file is no sweep, or one of another version or another scenario: it cannot be used here.
struct ForeignSweep : std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// The file cannot be opened, read or written: a full disk, no permission, damage. `what()` names file and reason.
struct SweepStoreError : std::runtime_error {
    SweepStoreError(const std::string& message, bool kept) : std::runtime_error(message), runs_kept(kept) {}
    bool runs_kept;  ///< the file is sound: what was written to it before stays
};

/// Whether a file is an SQLite database, by its first bytes.
[[nodiscard]] bool is_database(const std::filesystem::path& file);

/// One value of an axis.
struct StoredValue {
    std::string text;
    std::optional<double> number;  ///< nanoseconds, bytes or plain
    bool operator==(const StoredValue&) const = default;
};

struct StoredAxis {
    std::string name;
    bool in_step = false;
    std::string dimension;  ///< time, size, number or text
    std::string scale;      ///< linear or log
    bool operator==(const StoredAxis&) const = default;
};

/// The axes' columns in `results` and in CSV: their names, with underscores behind one that is taken.
[[nodiscard]] std::vector<std::string> axis_columns(const std::vector<StoredAxis>& axes);

/// What a sweep is, without its results.
struct SweepHead {
    std::string scenario;  ///< the file's name without folders
    std::string title;
    std::string about;
    std::string release, commit, build;
    std::string settings;  ///< a JSON list
    std::string repeat;
    std::string where;
    std::vector<StoredAxis> axes;
    std::vector<std::pair<std::string, std::string>> variants;  ///< name, about
    std::vector<std::vector<StoredValue>> points;               ///< per point, per axis
};

/// Which run answers for a point, a variant and a repetition (from 1).
struct PlannedRun {
    std::int64_t point = 0;
    std::int64_t variant = 0;
    std::int64_t repetition = 1;
    std::string run;
};

/// A row of the results.
struct ResultRow {
    PlannedRun planned;
    bool ended = false;  ///< it has been run, with or without success
    std::uint64_t seed = 0;
    std::string error;        ///< empty unless it failed
    std::vector<ColumnValue> cells;  ///< of run_columns(); empty unless there is a result
};

class SweepStore {
public:
    /// Opens the file of a sweep to be run, or creates it; without a name: in memory. Throws ForeignSweep,
    /// SweepStoreError.
    SweepStore(const std::filesystem::path& file, const SweepHead& head);
    /// Opens a file that exists, to be read.
    [[nodiscard]] static std::unique_ptr<SweepStore> open(const std::filesystem::path& file);
    ~SweepStore();
    SweepStore(const SweepStore&) = delete;
    SweepStore& operator=(const SweepStore&) = delete;

    /// Writes what the sweep is and its plan, in the place of an earlier plan; runs stay.
    void set_plan(const SweepHead& head, const std::vector<PlannedRun>& plan);
    /// Writes runs that have ended and additions to the plan, all or nothing.
    void add(const std::vector<RunRecord>& runs, const std::vector<PlannedRun>& plan);
    /// The figures of a run that has a result.
    [[nodiscard]] std::optional<std::vector<ColumnValue>> cells_of(const std::string& key) const;
    /// Its summary.
    [[nodiscard]] std::optional<RunSummary> summary(const std::string& key) const;

    [[nodiscard]] SweepHead head() const;
    /// All rows of the plan in order: by point, variant, repetition; one after the other, as they may be very many.
    void each(const std::function<void(const ResultRow&)>& take) const;
    [[nodiscard]] std::vector<ResultRow> results() const;
    [[nodiscard]] const std::filesystem::path& file() const { return file_; }

private:
    explicit SweepStore(std::filesystem::path file);
    void check_ours() const;
    void create();
    void insert_plan(const PlannedRun& run);

    struct Database;
    std::filesystem::path file_;
    std::unique_ptr<Database> database_;
};

}  // namespace gilsim::analysis
