#include "analysis/sweep/sweep_store.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <map>
#include <set>
#include <sqlite3.h>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

namespace gilsim::analysis {
namespace {

/// A name as an identifier of SQL.
std::string quoted(const std::string& name) {
    std::string text = "\"";
    for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + '"';
}

std::string column_list(const char* format) {
    std::string text;
    for (const RunColumn& column : run_columns()) text += fmt::format(fmt::runtime(format), column.name, column.type);
    return text;
}

/// The tables. The columns of `runs` are those of run_columns().
std::string tables() {
    return fmt::format(R"sql(
CREATE TABLE sweep (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE axes (axis INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, dimension TEXT NOT NULL, scale TEXT NOT NULL) STRICT;
CREATE TABLE points (point INTEGER NOT NULL, axis INTEGER NOT NULL, text TEXT NOT NULL, number REAL, PRIMARY KEY (point, axis)) STRICT, WITHOUT ROWID;
CREATE TABLE variants (variant INTEGER PRIMARY KEY, name TEXT NOT NULL, about TEXT NOT NULL) STRICT;
CREATE TABLE plan (point INTEGER NOT NULL, variant INTEGER NOT NULL, repetition INTEGER NOT NULL, run TEXT NOT NULL, PRIMARY KEY (point, variant, repetition)) STRICT, WITHOUT ROWID;
CREATE TABLE runs (key TEXT PRIMARY KEY, seed TEXT NOT NULL, status TEXT NOT NULL, error TEXT NOT NULL, {} summary BLOB, summary_bytes INTEGER) STRICT;
PRAGMA application_id = {};
PRAGMA user_version = {};
)sql",
                       column_list("{} {}, "), kSweepApplication, kSweepSchema);
}

/// The view.
std::string view(const std::vector<StoredAxis>& axes) {
    const std::vector<std::string> names = axis_columns(axes);
    std::string columns;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        columns += fmt::format("(SELECT text FROM points p WHERE p.point = plan.point AND p.axis = {}) AS {}, ", i,
                               quoted(names[i]));
    }
    return fmt::format(
        "CREATE VIEW results AS SELECT plan.point AS point, {}variants.name AS variant, plan.repetition AS repetition, "
        "runs.seed AS seed, runs.status AS status, {}runs.error AS error FROM plan JOIN variants USING (variant) LEFT "
        "JOIN "
        "runs ON runs.key = plan.run ORDER BY plan.point, plan.variant, plan.repetition",
        columns, column_list("runs.{0} AS {0}, "));
}

void bind_cell(SQLite::Statement& statement, int index, const ColumnValue& cell) {
    if (const auto* number = std::get_if<std::int64_t>(&cell)) {
        statement.bind(index, static_cast<int64_t>(*number));
    } else if (const auto* text = std::get_if<std::string>(&cell)) {
        statement.bind(index, *text);
    } else {
        statement.bind(index);
    }
}

ColumnValue cell_of(const SQLite::Column& column) {
    if (column.isInteger()) return static_cast<std::int64_t>(column.getInt64());
    if (column.isText()) return column.getString();
    return {};
}

}  // namespace

std::vector<std::string> axis_columns(const std::vector<StoredAxis>& axes) {
    const auto lower = [](std::string name) {  // SQL's names are the same in capitals
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return name;
    };
    std::set<std::string> taken{"point", "variant", "repetition", "seed", "status", "error"};
    for (const RunColumn& column : run_columns()) taken.emplace(column.name);
    std::vector<std::string> names;
    for (const StoredAxis& axis : axes) {
        std::string& name = names.emplace_back(axis.name);
        while (!taken.insert(lower(name)).second) name += '_';
    }
    return names;
}

struct SweepStore::Database {
    Database(const std::string& name, int flags) : db(name, flags, 10'000) {}
    SQLite::Database db;

    /// A statement, prepared once.
    SQLite::Statement& statement(const std::string& sql) {
        auto& slot = statements[sql];
        if (slot == nullptr) slot = std::make_unique<SQLite::Statement>(db, sql);
        slot->reset();
        slot->clearBindings();
        return *slot;
    }
    std::map<std::string, std::unique_ptr<SQLite::Statement>> statements;
};

namespace {

/// Runs `work`, turning the library's errors into ours.
template <class Work>
auto guarded(const std::filesystem::path& file, const char* what, const Work& work) {
    try {
        return work();
    } catch (const SQLite::Exception& e) {
        const int code = e.getErrorCode();
        if (code == SQLITE_NOTADB)
            throw ForeignSweep(fmt::format("'{}' is no sweep of gilsim: it is no SQLite file", file.string()));
        std::string reason = e.what();
        if (code == SQLITE_FULL) reason = "the disk is full";
        if (code == SQLITE_IOERR) reason = "input or output failed; is the disk full?";
        if (code == SQLITE_BUSY) reason = "another program is writing it";
        std::error_code ignored;
        const std::filesystem::path folder = file.parent_path();
        if (code == SQLITE_CANTOPEN && !folder.empty() && !std::filesystem::is_directory(folder, ignored))
            reason = fmt::format("there is no folder '{}'; create it first", folder.string());
        if (code == SQLITE_CORRUPT) reason = "it is damaged; write to another file";
        throw SweepStoreError(fmt::format("'{}' cannot be {}: {}", file.string(), what, reason),
                              code != SQLITE_CANTOPEN && code != SQLITE_CORRUPT);
    }
}

}  // namespace

SweepStore::SweepStore(std::filesystem::path file) : file_(std::move(file)) {}
SweepStore::~SweepStore() = default;

SweepStore::SweepStore(const std::filesystem::path& file, const SweepHead& head) : file_(file) {
    guarded(file_, "opened", [&] {
        const std::string name = file_.empty() ? ":memory:" : file_.string();
        database_ = std::make_unique<Database>(name, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        SQLite::Database& db = database_->db;
        const bool empty = db.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
        if (empty && db.execAndGet("PRAGMA application_id").getInt() == 0) {
            // Written ahead: each commit is safe from a killed process without waiting for the disk.
            db.exec("PRAGMA journal_mode = WAL");
            create();
        }
        check_ours();
        db.exec("PRAGMA synchronous = NORMAL");
    });
    const SweepHead before = this->head();
    if (before.scenario.empty()) return;
    if (before.release != head.release || before.commit != head.commit || before.build != head.build)
        throw ForeignSweep(fmt::format(
            "'{}' was written by another version of gilsim ({}, {}{}); results of two versions are not mixed",
            file.string(), before.release, before.commit,
            before.commit == head.commit && before.release == head.release ? ", built otherwise" : ""));
    if (before.scenario != head.scenario)
        throw ForeignSweep(fmt::format("'{}' holds the sweep of another scenario, {}", file.string(), before.scenario));
}

bool is_database(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::string head(15, '\0');
    in.read(head.data(), static_cast<std::streamsize>(head.size()));
    return in.gcount() == 15 && head == "SQLite format 3";
}

std::unique_ptr<SweepStore> SweepStore::open(const std::filesystem::path& file) {
    std::unique_ptr<SweepStore> store(new SweepStore(file));
    guarded(file, "opened", [&] {
        try {
            store->database_ = std::make_unique<Database>(file.string(), SQLite::OPEN_READWRITE);
            store->check_ours();
        } catch (const SQLite::Exception& e) {  // perhaps it may only be read
            if (e.getErrorCode() == SQLITE_NOTADB) throw;
            store->database_ = std::make_unique<Database>(file.string(), SQLite::OPEN_READONLY);
            store->check_ours();
        }
    });
    return store;
}

void SweepStore::check_ours() const {
    SQLite::Database& db = database_->db;
    if (db.execAndGet("PRAGMA application_id").getInt() != kSweepApplication)
        throw ForeignSweep(fmt::format("'{}' is no sweep of gilsim", file_.string()));
    if (const int version = db.execAndGet("PRAGMA user_version").getInt(); version != kSweepSchema)
        throw ForeignSweep(fmt::format("'{}' is a sweep of schema {}; this gilsim reads schema {}", file_.string(),
                                       version, kSweepSchema));
}

void SweepStore::create() {
    SQLite::Transaction transaction(database_->db);
    database_->db.exec(tables());
    database_->db.exec(view({}));
    transaction.commit();
}

void SweepStore::set_plan(const SweepHead& head, const std::vector<PlannedRun>& plan) {
    guarded(file_, "written", [&] {
        SQLite::Database& db = database_->db;
        SQLite::Transaction transaction(db);
        db.exec(
            "DELETE FROM sweep; DELETE FROM axes; DELETE FROM points; DELETE FROM variants; DELETE FROM plan; "
            "DROP VIEW results");
        db.exec(view(head.axes));
        const std::vector<std::pair<const char*, const std::string*>> texts{
            {"scenario", &head.scenario}, {"title", &head.title},   {"about", &head.about},
            {"release", &head.release},   {"commit", &head.commit}, {"build", &head.build},
            {"settings", &head.settings}, {"repeat", &head.repeat}, {"where", &head.where}};
        for (const auto& [key, value] : texts) {
            auto& insert = database_->statement("INSERT INTO sweep VALUES (?, ?)");
            insert.bind(1, key);
            insert.bind(2, *value);
            insert.exec();
        }
        for (std::size_t i = 0; i < head.axes.size(); ++i) {
            const StoredAxis& axis = head.axes[i];
            auto& insert = database_->statement("INSERT INTO axes VALUES (?, ?, ?, ?, ?)");
            insert.bind(1, static_cast<int64_t>(i));
            insert.bind(2, axis.name);
            insert.bind(3, axis.in_step ? "zip" : "grid");
            insert.bind(4, axis.dimension);
            insert.bind(5, axis.scale);
            insert.exec();
        }
        for (std::size_t p = 0; p < head.points.size(); ++p) {
            for (std::size_t i = 0; i < head.points[p].size(); ++i) {
                const StoredValue& value = head.points[p][i];
                auto& insert = database_->statement("INSERT INTO points VALUES (?, ?, ?, ?)");
                insert.bind(1, static_cast<int64_t>(p));
                insert.bind(2, static_cast<int64_t>(i));
                insert.bind(3, value.text);
                if (value.number) insert.bind(4, *value.number);
                insert.exec();
            }
        }
        for (std::size_t i = 0; i < head.variants.size(); ++i) {
            auto& insert = database_->statement("INSERT INTO variants VALUES (?, ?, ?)");
            insert.bind(1, static_cast<int64_t>(i));
            insert.bind(2, head.variants[i].first);
            insert.bind(3, head.variants[i].second);
            insert.exec();
        }
        for (const PlannedRun& run : plan) insert_plan(run);
        transaction.commit();
    });
}

void SweepStore::insert_plan(const PlannedRun& run) {
    auto& insert = database_->statement("INSERT OR REPLACE INTO plan VALUES (?, ?, ?, ?)");
    insert.bind(1, static_cast<int64_t>(run.point));
    insert.bind(2, static_cast<int64_t>(run.variant));
    insert.bind(3, static_cast<int64_t>(run.repetition));
    insert.bind(4, run.run);
    insert.exec();
}

void SweepStore::add(const std::vector<RunRecord>& runs, const std::vector<PlannedRun>& plan) {
    if (runs.empty() && plan.empty()) return;
    guarded(file_, "written", [&] {
        SQLite::Transaction transaction(database_->db);
        static const std::string sql = [] {
            std::string marks;
            for (std::size_t i = 0; i < run_columns().size(); ++i) marks += "?, ";
            return "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, " + marks + "?, ?)";
        }();
        for (const RunRecord& run : runs) {
            auto& insert = database_->statement(sql);
            int index = 0;
            insert.bind(++index, run.key);
            insert.bind(++index, std::to_string(run.seed));
            insert.bind(++index, run.error.empty() ? "ended" : "failed");
            insert.bind(++index, run.error);
            for (std::size_t i = 0; i < run_columns().size(); ++i)
                bind_cell(insert, ++index, i < run.cells.size() ? run.cells[i] : ColumnValue{});
            if (run.error.empty()) {
                insert.bind(++index, run.summary.data(), static_cast<int>(run.summary.size()));
                insert.bind(++index, static_cast<int64_t>(run.summary_bytes));
            }
            insert.exec();
        }
        for (const PlannedRun& run : plan) insert_plan(run);
        transaction.commit();
    });
}

std::optional<std::vector<ColumnValue>> SweepStore::cells_of(const std::string& key) const {
    return guarded(file_, "read", [&]() -> std::optional<std::vector<ColumnValue>> {
        static const std::string sql =
            "SELECT " + column_list("{}, ") + "0 FROM runs WHERE key = ? AND status = 'ended'";
        auto& select = database_->statement(sql);
        select.bind(1, key);
        if (!select.executeStep()) return std::nullopt;
        std::vector<ColumnValue> cells;
        for (std::size_t i = 0; i < run_columns().size(); ++i)
            cells.push_back(cell_of(select.getColumn(static_cast<int>(i))));
        select.reset();
        return cells;
    });
}

std::optional<RunSummary> SweepStore::summary(const std::string& key) const {
    return guarded(file_, "read", [&]() -> std::optional<RunSummary> {
        auto& select =
            database_->statement("SELECT summary, summary_bytes FROM runs WHERE key = ? AND status = 'ended'");
        select.bind(1, key);
        if (!select.executeStep()) return std::nullopt;
        const SQLite::Column blob = select.getColumn(0);
        const std::string compressed(static_cast<const char*>(blob.getBlob()),
                                     static_cast<std::size_t>(blob.getBytes()));
        const std::int64_t bytes = select.getColumn(1).getInt64();
        select.reset();
        return summary_of(compressed, bytes);
    });
}

SweepHead SweepStore::head() const {
    return guarded(file_, "read", [&] {
        SQLite::Database& db = database_->db;
        SweepHead head;
        std::map<std::string, std::string> texts;
        SQLite::Statement select(db, "SELECT key, value FROM sweep");
        while (select.executeStep()) texts[select.getColumn(0).getString()] = select.getColumn(1).getString();
        head.scenario = texts["scenario"];
        head.title = texts["title"];
        head.about = texts["about"];
        head.release = texts["release"];
        head.commit = texts["commit"];
        head.build = texts["build"];
        head.settings = texts["settings"];
        head.repeat = texts["repeat"];
        head.where = texts["where"];
        SQLite::Statement axes(db, "SELECT name, kind, dimension, scale FROM axes ORDER BY axis");
        while (axes.executeStep())
            head.axes.push_back({axes.getColumn(0).getString(), axes.getColumn(1).getString() == "zip",
                                 axes.getColumn(2).getString(), axes.getColumn(3).getString()});
        SQLite::Statement variants(db, "SELECT name, about FROM variants ORDER BY variant");
        while (variants.executeStep())
            head.variants.emplace_back(variants.getColumn(0).getString(), variants.getColumn(1).getString());
        SQLite::Statement points(db, "SELECT point, text, number FROM points ORDER BY point, axis");
        while (points.executeStep()) {
            const auto point = static_cast<std::size_t>(points.getColumn(0).getInt64());
            if (head.points.size() <= point) head.points.resize(point + 1);
            StoredValue& value = head.points[point].emplace_back();
            value.text = points.getColumn(1).getString();
            if (!points.getColumn(2).isNull()) value.number = points.getColumn(2).getDouble();
        }
        if (head.points.empty()) head.points.resize(1);  // no axes: the one point
        return head;
    });
}

void SweepStore::each(const std::function<void(const ResultRow&)>& take) const {
    guarded(file_, "read", [&] {
        SQLite::Statement select(database_->db,
                                 "SELECT point, variant, repetition, run, status, seed, error, " + column_list("{}, ") +
                                     "0 FROM plan LEFT JOIN runs ON key = run ORDER BY point, variant, repetition");
        while (select.executeStep()) {
            ResultRow row;
            row.planned = {select.getColumn(0).getInt64(), select.getColumn(1).getInt64(),
                           select.getColumn(2).getInt64(), select.getColumn(3).getString()};
            row.ended = !select.getColumn(4).isNull();
            if (row.ended) {
                const std::string seed = select.getColumn(5).getString();
                std::from_chars(seed.data(), seed.data() + seed.size(), row.seed);
                row.error = select.getColumn(6).getString();
            }
            for (std::size_t i = 0; row.ended && row.error.empty() && i < run_columns().size(); ++i)
                row.cells.push_back(cell_of(select.getColumn(static_cast<int>(7 + i))));
            take(row);
        }
    });
}

std::vector<ResultRow> SweepStore::results() const {
    std::vector<ResultRow> rows;
    each([&](const ResultRow& row) { rows.push_back(row); });
    return rows;
}

}  // namespace gilsim::analysis
