// The file of a sweep: its schema is the documented one, foreign files are refused, records come back as they went in.

#include "analysis/sweep/sweep_store.hpp"

#include <filesystem>
#include <set>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "analysis/sweep/sweep_table.hpp"
#include "tests/analysis/golden.hpp"
#include "tests/catch.hpp"

using namespace gilsim::analysis;

namespace {

// A file name of its own that goes with its file.
class File {
public:
    File() {
        std::string folder = (std::filesystem::temp_directory_path() / "gilsim-test-XXXXXX").string();
        REQUIRE(mkdtemp(folder.data()) != nullptr);
        folder_ = folder;
    }
    ~File() { std::filesystem::remove_all(folder_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] std::string name() const { return folder_ / "s.sqlite"; }

private:
    std::filesystem::path folder_;
};

SweepHead head() {
    SweepHead head;
    head.scenario = "a.yaml";
    head.release = "1";
    head.commit = "c";
    head.settings = "[]";
    head.axes = {{"workers", false, "number", "linear"},
                 {"seed", false, "number", "log"},
                 {"od\"d.name[0]", true, "text", "linear"}};
    head.variants = {{"x", ""}, {"y", "why"}};
    head.points = {{{"1", 1.0}, {"5", 5.0}, {"{a: 1}", std::nullopt}}, {{"2", 2.0}, {"5", 5.0}, {"b", std::nullopt}}};
    return head;
}

RunSummary run(std::uint64_t seed) {
    RunSummary run;
    run.name = "x";
    run.seed = seed;
    run.makespan = 1'000'000;
    run.cores.resize(1);
    run.cores[0].busy = 500'000;
    run.requests.resize(2);
    run.requests[0].name = "few";
    run.requests[0].count = 1;
    run.requests[1].name = "many";
    run.requests[1].count = 9;
    run.requests[1].latency.p99 = 77;
    return run;
}

std::string refusal(const std::string& name) {
    try {
        SweepStore store(name, head());
    } catch (const ForeignSweep& e) {
        return e.what();
    }
    return "";
}

// Changes a file behind gilsim's back.
void execute(const std::string& name, const std::string& sql) {
    SQLite::Database(name, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
}

}  // namespace

TEST_CASE("a sweep's file keeps runs, plan and head") {
    const File file;
    const std::string key(64, 'a'), other(64, 'b');
    {
        SweepStore store(file.name(), head());
        store.set_plan(head(), {{0, 0, 1, key}, {0, 1, 1, key}, {1, 0, 1, other}, {1, 1, 1, "missing"}});
        RunRecord record = record_of(run(UINT64_MAX));
        record.key = key;
        RunRecord failed;
        failed.key = other;
        failed.seed = 2;
        failed.error = "it \"fell\", over\n";
        store.add({record, record_from_bytes(to_bytes(failed))}, {{1, 1, 2, key}});
    }
    const auto store = SweepStore::open(file.name());
    const SweepHead read = store->head();
    CHECK(read.axes == head().axes);
    CHECK(read.points == head().points);
    CHECK(read.variants == head().variants);
    const auto rows = store->results();
    REQUIRE(rows.size() == 5);
    CHECK(rows[0].ended);
    CHECK(rows[0].seed == UINT64_MAX);
    CHECK(rows[2].error == "it \"fell\", over\n");
    CHECK(rows[2].cells.empty());
    CHECK_FALSE(rows[3].ended);
    CHECK(rows[4].planned.repetition == 2);
    CHECK(store->summary(key).value() == run(UINT64_MAX));
    CHECK_FALSE(store->summary(other).has_value());
    CHECK_FALSE(store->cells_of(other).has_value());
    const RunRecord record = record_of(run(UINT64_MAX));
    CHECK(store->cells_of(key).value() == record.cells);
    CHECK(rows[1].cells == record.cells);
    CHECK(record_from_bytes(to_bytes(record)).summary == record.summary);
    // The kind of request with the most completions is the one that is shown.
    for (std::size_t i = 0; i < run_columns().size(); ++i) {
        if (run_columns()[i].name == "request") CHECK(record.cells[i] == ColumnValue("many"));
        if (run_columns()[i].name == "latency_p99_ns") CHECK(record.cells[i] == ColumnValue(std::int64_t{77}));
    }
}

TEST_CASE("a new plan takes the place of the old one, runs stay") {
    const File file;
    SweepStore store(file.name(), head());
    RunRecord record = record_of(run(1));
    record.key = "k";
    store.set_plan(head(), {{0, 0, 1, "k"}, {1, 0, 1, "l"}});
    store.add({record}, {});
    SweepHead narrow = head();
    narrow.axes.resize(1);
    narrow.points = {{{"7", 7.0}}};
    store.set_plan(narrow, {{0, 1, 1, "k"}});
    REQUIRE(store.results().size() == 1);
    CHECK(store.results()[0].ended);
    CHECK(store.head().points == narrow.points);
}

TEST_CASE("files that are no sweep, or another's, are refused") {
    const File file;
    { SweepStore(file.name(), head()).set_plan(head(), {}); }
    CHECK(refusal(file.name()).empty());
    execute(file.name(), "UPDATE sweep SET value = '0.0.1' WHERE key = 'release'");
    CHECK(refusal(file.name()).find("was written by another version of gilsim (0.0.1, c)") != std::string::npos);
    execute(file.name(),
            "UPDATE sweep SET value = '1' WHERE key = 'release'; UPDATE sweep SET value = 'f00' WHERE key = 'build'");
    CHECK(refusal(file.name()).find("built otherwise") != std::string::npos);
    execute(
        file.name(),
        "UPDATE sweep SET value = '' WHERE key = 'build'; UPDATE sweep SET value = 'b.yaml' WHERE key = 'scenario'");
    CHECK(refusal(file.name()).find("another scenario, b.yaml") != std::string::npos);
    execute(file.name(), "PRAGMA user_version = 99");
    CHECK(refusal(file.name()).find("of schema 99; this gilsim reads schema 1") != std::string::npos);
    CHECK_THROWS_AS(SweepStore::open(file.name()), ForeignSweep);

    const File foreign;
    execute(foreign.name(), "CREATE TABLE cakes (name TEXT)");
    CHECK(refusal(foreign.name()).find("is no sweep of gilsim") != std::string::npos);
    CHECK_THROWS_AS(SweepStore::open(foreign.name()), ForeignSweep);
    const File none;
    CHECK_THROWS_AS(SweepStore::open(none.name()), SweepStoreError);
    CHECK_THROWS_AS(SweepStore("/proc/none/s.sqlite", head()), SweepStoreError);
}

TEST_CASE("no two columns have the same name, whatever the axes are called") {
    SweepHead named = head();
    named.axes.clear();
    named.points = {{}};
    for (const std::string name : {"seed", "Seed_", "variant", "Status", "point", "run", "a", "A", "makespan_ns"}) {
        named.axes.push_back({name, false, "number", "linear"});
        named.points[0].push_back({"7", 7.0});
    }
    CHECK(axis_columns(named.axes) == std::vector<std::string>{"seed_", "Seed__", "variant_", "Status_", "point_",
                                                               "run", "a", "A_", "makespan_ns_"});
    const File file;
    SweepStore store(file.name(), named);
    store.set_plan(named, {{0, 0, 1, "k"}});
    std::vector<std::string> csv;
    write_csv(store, [&](const std::string& line) { csv.push_back(line); });
    std::string columns;  // of the view, as CSV
    SQLite::Database db(file.name());
    SQLite::Statement view(db, "SELECT * FROM results");
    for (int i = 0; i < view.getColumnCount(); ++i) columns += (i > 0 ? "," : "") + std::string(view.getColumnName(i));
    CHECK(csv.at(0) == columns + "\r\n");
    CHECK(view.executeStep());
}

TEST_CASE("the file's schema is the documented one") {
    const std::string page = gilsim::testing::content(std::string(GILSIM_SOURCE_DIR) + "/docs/sweep.md");
    for (const RunColumn& column : run_columns()) {
        INFO(column.name);
        CHECK(page.find(fmt::format("| `{}` | {}{}| {} |\n", column.name, column.unit, column.unit.empty() ? "" : " ",
                                    column.meaning)) != std::string::npos);
    }
    const File file;
    { SweepStore(file.name(), head()).set_plan(head(), {}); }
    SQLite::Database db(file.name());
    SQLite::Statement columns(
        db, "SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table'");
    std::set<std::string> tables;
    while (columns.executeStep()) {
        tables.insert(columns.getColumn(0).getString());
        INFO(columns.getColumn(0).getString() << "." << columns.getColumn(1).getString());
        CHECK(page.find("`" + columns.getColumn(1).getString() + "`") != std::string::npos);
    }
    CHECK(tables == std::set<std::string>{"axes", "plan", "points", "runs", "sweep", "variants"});
    for (const std::string& table : tables) CHECK(page.find("### `" + table + "`") != std::string::npos);
    SQLite::Statement keys(db, "SELECT key FROM sweep");
    while (keys.executeStep()) CHECK(page.find("`" + keys.getColumn(0).getString() + "`") != std::string::npos);
    // An axis whose name is a column already gets another one.
    SQLite::Statement view(db,
                           "SELECT point, workers, seed_, \"od\"\"d.name[0]\", variant, repetition, seed, status, "
                           "outcome, error FROM results");
    CHECK_FALSE(view.executeStep());
    CHECK(db.execAndGet("PRAGMA application_id").getInt() == 1734962291);
    CHECK(page.find("1734962291") != std::string::npos);
}
