#include "analysis/measure/python.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "analysis/measure/child.hpp"
#include "analysis/measure/host.hpp"

namespace gilsim::analysis {
namespace {

namespace fs = std::filesystem;

constexpr Nanoseconds kFactsLimit = 30 * kSecond;
constexpr std::size_t kShownLines = 12;

std::string content(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string last_lines(const std::string& text) {
    std::size_t begin = text.size();
    for (std::size_t lines = 0; begin > 0; --begin) {
        if (text[begin - 1] == '\n' && begin != text.size() && ++lines == kShownLines) break;
    }
    return text.substr(begin);
}

}  // namespace

Python::Python(std::string python, fs::path runner) : python_(std::move(python)), runner_(std::move(runner)) {
    std::string name = (fs::temp_directory_path() / "gilsim-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
        throw std::system_error(errno, std::generic_category(), "cannot create a folder in " + name);
    folder_ = name;
}

Python::~Python() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

Attempt Python::run_program(const std::string& program, nlohmann::ordered_json job, Nanoseconds limit) {
    const fs::path folder = folder_ / "job";
    fs::remove_all(folder);
    fs::create_directory(folder);
    std::vector<int> cpus;
    if (job.contains("cpus")) cpus = job["cpus"].get<std::vector<int>>();
    job["folder"] = folder.string();
    std::ofstream(folder / "job.json") << job.dump();
    const ChildEnd end = run_child({python_, "-B", (runner_ / program).string(), (folder / "job.json").string()}, cpus,
                                   limit, folder / "output");
    const auto result = nlohmann::json::parse(content(folder / "result.json"), nullptr, false);
    const std::string output = last_lines(content(folder / "output"));
    if (end.how == ChildEnd::How::out_of_time || !result.is_object()) return Failed{end_text(end, limit), output};
    if (result.contains("skipped")) return Skipped{result["skipped"].get<std::string>()};
    if (result.contains("failed")) return Failed{result["failed"].get<std::string>(), output};
    return Ran{result, end.cpu_time};
}

PythonFacts Python::facts() {
    Attempt attempt;
    try {
        attempt = run_program("main.py", nlohmann::ordered_json::object(), kFactsLimit);
    } catch (const std::system_error& e) {
        throw PythonError(fmt::format("{}; give the path of a Python", e.what()));
    }
    if (const Failed* failed = std::get_if<Failed>(&attempt)) {
        throw PythonError(fmt::format("'{}' cannot run the measuring program (Python 2.7 or later is needed): {}\n{}",
                                      python_, failed->why, failed->output));
    }
    const auto& python = std::get<Ran>(attempt).result.at("python");
    const auto text = [&](const char* key) { return python.at(key).get<std::string>(); };
    PythonFacts facts;
    facts.version = text("version");
    facts.minor = text("minor");
    facts.free_threaded = python.at("free_threaded").get<bool>();
    facts.c_library = text("c_library");
    facts.about = fmt::format("{} {}{} ({}, {}{}{}), {}", text("implementation"), facts.version,
                              facts.free_threaded ? " free-threaded" : "", text("build"), text("compiler"),
                              python.at("optimised").get<bool>() ? ", optimised" : "",
                              python.at("jit").get<bool>() ? ", with JIT" : "", text("executable"));
    return facts;
}

Attempt Python::run(const nlohmann::ordered_json& variant, const std::vector<int>& cpus, Nanoseconds limit) {
    std::vector<int> spare;  // where clients outside of the machine's cores can be
    for (const int cpu : allowed_cpus()) {
        if (std::find(cpus.begin(), cpus.end(), cpu) == cpus.end()) spare.push_back(cpu);
    }
    return run_program("main.py", {{"cpus", cpus}, {"spare", spare}, {"variant", variant}}, limit);
}

}  // namespace gilsim::analysis
