#include <fmt/format.h>

#include "analysis/report/formats.hpp"
#include "analysis/text.hpp"

namespace gilsim::analysis {
namespace {

// The unit that a key of summary.json carries.
std::string unit_name(std::string_view key) {
    if (key.ends_with("_ns")) return "ns";
    if (key.ends_with("_per_s")) return "1/s";
    if (key.ends_with("_permille")) return "permille";
    if (key.ends_with("_bytes")) return "bytes";
    return "";
}

struct Table {
    std::string out = "section,variant,name,figure,value,unit\n";

    void row(const std::string& section, const std::string& variant, const std::string& name, const std::string& figure,
             const Json& value, const std::string& unit) {
        const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
        out += fmt::format("{},{},{},{},{},{}\n", section, csv_field(variant), csv_field(name), csv_field(figure),
                           csv_field(text), unit);
    }

    // All figures below `json`; an object under `path` keeps the unit of the key that holds it.
    void figures(const std::string& section, const std::string& variant, const std::string& name, const Json& json,
                 const std::string& path = "", const std::string& unit = "") {
        for (const auto& [key, value] : json.items()) {
            const std::string figure = path.empty() ? key : path + "." + key;
            const std::string own = unit_name(key).empty() ? unit : unit_name(key);
            if (value.is_object()) {
                figures(section, variant, name, value, figure, own);
            } else if (value.is_number() || value.is_boolean() || (value.is_string() && key != "name")) {
                row(section, variant, name, figure, value, own);
            }
        }
    }
};

std::string who_and_where(const Json& d) {
    if (d["party"] == "") return "nobody";
    return fmt::format("{}/{}/{}", d["party"].get<std::string>(), d["label"].get<std::string>(),
                       d["state"].get<std::string>());
}

}  // namespace

std::string report_csv(const Json& data) {
    Table table;
    if (data.contains("summary")) {
        for (const auto& run : data["summary"]["variants"]) {
            const std::string variant = run["name"];
            for (const auto& [key, value] : run.items()) {
                if (value.is_number() || (value.is_string() && key != "name"))
                    table.row("run", variant, "", key, value, unit_name(key));
                if (!value.is_array()) continue;
                for (std::size_t i = 0; i < value.size(); ++i) {
                    if (!value[i].is_object()) continue;
                    const std::string name = value[i].value("name", std::to_string(i));
                    const std::string process = value[i].value("process", "");
                    table.figures(key, variant, process.empty() ? name : process + "/" + name, value[i]);
                }
            }
        }
    }
    for (const auto& run : data["runs"]) {
        const std::string variant = run["variant"];
        for (const auto& m : run["waits"]["matrix"])
            table.row(
                "waits", variant, who_and_where(m["waiter"]),
                m["wanted"].get<std::string>() + " " + m["lock"].get<std::string>() + " held by " + who_and_where(m["holder"]),
                m["ns"], "ns");
        for (const auto& p : run["critical_path"]) table.row("critical_path", variant, who_and_where(p), "time", p["ns"], "ns");
        for (const auto& f : run["findings"]) {
            table.row("findings", variant, f["id"], "evidence", f["evidence"], "");
            for (const auto& t : f["trials"])
                table.row("findings", variant, f["id"], t["what"], t["gain_permille"], "permille");
        }
    }
    if (data.contains("accuracy")) {
        for (const auto& record : data["accuracy"]["records"]) {
            for (const auto& c : record["comparisons"]) {
                const std::string name =
                    fmt::format("{}/{}", c["cell"].get<std::string>(), c["output"].get<std::string>());
                for (const char* figure : {"measured", "measured_low", "measured_high", "predicted"})
                    table.row("accuracy", record["record"], name, figure, c[figure], c["unit"].get<std::string>());
                for (const char* figure : {"error", "raw_error", "ratio"})
                    table.row("accuracy", record["record"], name, figure, c[figure], "");
            }
        }
    }
    return table.out;
}

}  // namespace gilsim::analysis
