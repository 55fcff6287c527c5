#include <algorithm>

#include <fmt/format.h>

#include "analysis/report/formats.hpp"
#include "analysis/text.hpp"

namespace gilsim::analysis {
namespace {

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '|') result += '\\';
        result += c;
    }
    return result;
}

std::string duration(const Json& ns) {
    return duration_text(ns.get<Nanoseconds>());
}

void comparison(const Json& data, std::string& out) {
    out += "| variant | makespan | cores busy | GIL wait | GIL held | limited by |\n|---|---:|---:|---:|---:|---|\n";
    const auto& runs = data["summary"]["variants"];
    const auto& variants = data["comparison"]["variants"];
    for (std::size_t i = 0; i < variants.size(); ++i) {
        const Json& v = variants[i];
        out += fmt::format("| {} | {} | {} of {} | {} | {} | {} |\n", escaped(v["name"]),
                           duration(runs[i]["makespan_ns"]), factor_text(v["cores_busy_permille"]),
                           v["cores"].get<int>(), percent_text(v["gil_wait_permille"]),
                           percent_text(v["gil_held_permille"]), escaped(v["limited_by"]));
    }
    out += "\n";
    for (const auto& sentence : data["comparison"]["sentences"]) out += sentence.get<std::string>() + "  \n";
    out += "\n";
}

void findings(const Json& run, std::string& out) {
    for (const auto& f : run["findings"]) {
        out += fmt::format("**{}.** {} {}\n\n", f["title"].get<std::string>(), f["evidence"].get<std::string>(),
                           f["advice"].get<std::string>());
        for (const auto& t : f["trials"])
            out += fmt::format("- simulated: {}: {}\n", t["what"].get<std::string>(), t["result"].get<std::string>());
        if (!f["trials"].empty()) out += "\n";
    }
    if (run["findings"].empty()) out += "No findings: nothing but its own work holds it up.\n\n";
}

std::string doing(const Json& d) {
    if (d["party"] == "") return "nobody";
    const std::string label = d["label"];
    return fmt::format("{}{} {}", d["party"].get<std::string>(), label.empty() ? "" : " `" + label + "`",
                       d["state"].get<std::string>());
}

void waits(const Json& run, std::string& out) {
    const Json& matrix = run["waits"]["matrix"];
    if (matrix.empty()) return;
    constexpr std::size_t kMostWaits = 12;
    out += "| who waited | for | who had it | time |\n|---|---|---|---:|\n";
    for (std::size_t i = 0; i < matrix.size() && i < kMostWaits; ++i) {
        const Json& m = matrix[i];
        const std::string lock = m["lock"];
        out += fmt::format("| {} | {} | {} | {} |\n", escaped(doing(m["waiter"])),
                           lock.empty() ? m["wanted"].get<std::string>() : "lock `" + escaped(lock) + "`",
                           escaped(doing(m["holder"])), duration(m["ns"]));
    }
    if (matrix.size() > kMostWaits)
        out += fmt::format("\n{} smaller entries are not shown.\n", matrix.size() - kMostWaits);
    out += "\nThe worst waits:\n\n";
    for (const auto& w : run["waits"]["worst"]) out += "1. " + w["text"].get<std::string>() + "\n";
    out += "\n";
}

void path(const Json& run, std::string& out) {
    const Json& parts = run["critical_path"];
    if (parts.empty()) return;
    const std::int64_t makespan = run["makespan_ns"];
    out += "| on the critical path | time | share |\n|---|---:|---:|\n";
    for (std::size_t i = 0; i < parts.size() && i < 10; ++i)
        out += fmt::format("| {} | {} | {} |\n", escaped(doing(parts[i])), duration(parts[i]["ns"]),
                           percent_text(permille(parts[i]["ns"], makespan)));
    out += "\n";
}

void memory(const Json& run, std::string& out) {
    const Json& series = run["memory"]["series"];
    if (series.empty()) return;
    out += "| process | memory | at the start | at most | at the end |\n|---|---|---:|---:|---:|\n";
    for (const auto& s : series) {
        const auto text = [&](std::int64_t value) {
            return s["name"] == "pages copied" ? std::to_string(value) : bytes_text(value);
        };
        std::int64_t most = 0;
        for (const auto& p : s["points"]) most = std::max(most, p[1].get<std::int64_t>());
        out += fmt::format("| {} | {} | {} | {} | {} |\n", escaped(s["process"]), s["name"].get<std::string>(),
                           text(s["points"].front()[1]), text(most), text(s["points"].back()[1]));
    }
    out += "\n";
    for (std::size_t i = 0; i < run["memory"]["collections"].size() && i < 5; ++i) {
        const Json& c = run["memory"]["collections"][i];
        out += fmt::format("1. {} collects generation {} for {}, from {} on\n", c["thread"].get<std::string>(),
                           c["generation"].get<int>(), duration(c["ns"]), duration(c["begin_ns"]));
    }
    out += "\n";
}

void distributions(const Json& run, std::string& out) {
    if (run["histograms"].empty()) return;
    out += "| what | count | mean | p50 | p90 | p99 | max |\n|---|---:|---:|---:|---:|---:|---:|\n";
    for (const auto& h : run["histograms"])
        out += fmt::format("| {} {} | {} | {} | {} | {} | {} | {} |\n", h["kind"].get<std::string>(),
                           escaped(h["name"]), h["count"].get<std::int64_t>(), duration(h["mean_ns"]),
                           duration(h["p50_ns"]), duration(h["p90_ns"]), duration(h["p99_ns"]), duration(h["max_ns"]));
    out += "\n";
}

std::string error_text(const Json& error) {
    return error.is_number() ? fmt::format("{:.1f} %", 100 * error.get<double>()) : "no ratio";
}

std::string recorded(const Json& figure, const Json& unit) {
    return fmt::format("{:.4g}{}", figure.get<double>(), unit == "1" ? "" : " " + unit.get<std::string>());
}

void used_inputs(const Json& record, std::string& out) {
    out += "\n| cell | input | median | least | greatest | what |\n|---|---|---:|---:|---:|---|\n";
    for (const auto& cell : record["cells"]) {
        const std::string name = escaped(cell["cell"]);
        for (const auto& [given, value] : cell["given"].items())
            out += fmt::format("| {} | {} | {} | | | given |\n", name, given, value.get<std::string>());
        for (const auto& i : cell["inputs"])
            out += fmt::format("| {} | {} | {} | {} | {} | {} |\n", name, i["input"].get<std::string>(),
                               recorded(i["median"], i["unit"]), recorded(i["least"], i["unit"]),
                               recorded(i["greatest"], i["unit"]), escaped(i["about"]));
    }
}

// Records: what was measured beside what is predicted.
void accuracy(const Json& data, std::string& out) {
    out +=
        "## Predicted against measured\n\n| kind | figures | median error | worst error | the worst |\n"
        "|---|---:|---:|---:|---|\n";
    for (const auto& k : data["kinds"])
        out += fmt::format("| {} | {} | {} | {} | {} |\n", k["kind"].get<std::string>(), k["figures"].get<int>(),
                           error_text(k["median_error"]), error_text(k["worst_error"]), escaped(k["worst"]));
    for (const auto& record : data["records"]) {
        out += fmt::format(
            "\n### {}\n\n{}\n\n| cell | output | measured | 95 % of the median | predicted | error | raw "
            "|\n|---|---|---:|---|---:|---:|---:|\n",
            record["record"].get<std::string>(), record["verdict"].get<std::string>());
        for (const auto& c : record["comparisons"])
            out += fmt::format("| {} | {} | {} | {} to {} | {} | {} | {} |\n", escaped(c["cell"]), escaped(c["output"]),
                               recorded(c["measured"], c["unit"]), recorded(c["measured_low"], c["unit"]),
                               recorded(c["measured_high"], c["unit"]), recorded(c["predicted"], c["unit"]),
                               c["fitted"] == true ? "fit" : error_text(c["error"]), error_text(c["raw_error"]));
        used_inputs(record, out);
        const Json& where = record["where"];
        out += fmt::format("\nMeasured on {}; {}; {}; {}.\n", where["machine"].get<std::string>(),
                           where["kernel"].get<std::string>(), where["c_library"].get<std::string>(),
                           where["python"].get<std::string>());
    }
    out += "\n";
}

}  // namespace

std::string report_markdown(const Json& data) {
    std::string out;
    if (data.contains("summary")) {
        const std::string title = data["summary"]["title"];
        out += fmt::format("# {}\n\n", title.empty() ? data["summary"]["scenario"].get<std::string>() : title);
        comparison(data, out);
    } else {
        out += "# gilsim\n\n";
    }
    for (const auto& run : data["runs"]) {
        out += fmt::format("## {}\n\n", run["variant"].get<std::string>());
        findings(run, out);
        waits(run, out);
        path(run, out);
        distributions(run, out);
        memory(run, out);
    }
    if (data.contains("accuracy")) accuracy(data["accuracy"], out);
    for (const auto& note : data["notes"]) out += "Note: " + note.get<std::string>() + "\n\n";
    out += "Made by " + data["made_by"].get<std::string>() + ".\n";
    return out;
}

}  // namespace gilsim::analysis
