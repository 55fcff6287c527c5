#pragma once
/// A Python of this machine and the runner in it: one repetition of one variant at a time.

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/engine/time.hpp"

namespace gilsim::analysis {

/// This Python cannot be measured at all. `what()` says why and what to do.
struct PythonError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What the runner says about its Python.
struct PythonFacts {
    std::string version;  ///< `3.11.7`
    std::string minor;    ///< `3.11`
    bool free_threaded = false;
    /// `3.11.7`, `3.13.15t`: what tells how it works, since even a micro version changes locks (3.13.1).
    [[nodiscard]] std::string full_version() const { return free_threaded ? version + "t" : version; }
    std::string c_library;  ///< `glibc 2.36`
    std::string about;      ///< build, compiler and path, for people
};

/// The variant cannot be run by this Python, and why.
struct Skipped {
    std::string why;
};
/// The runner crashed, hung, or ended with an error.
struct Failed {
    std::string why;
    std::string output;  ///< the last lines of what it wrote on stderr and stdout
};
/// What one repetition gave, as the runner tells it (runner/main.py).
struct Ran {
    nlohmann::json result;
    Nanoseconds cpu_time = 0;  ///< of all its processes
};
using Attempt = std::variant<Ran, Skipped, Failed>;

/// The runner under one Python.
class Python {
public:
    /// `python`: a path, or a name to be looked for; `runner`: the folder of the runner.
    Python(std::string python, std::filesystem::path runner);
    ~Python();
    Python(const Python&) = delete;
    Python& operator=(const Python&) = delete;

    /// Throws PythonError if there is no such Python or it is too old.
    [[nodiscard]] PythonFacts facts();
    /// Runs a resolved variant once, on these CPUs, within `limit` (real time).
    [[nodiscard]] Attempt run(const nlohmann::ordered_json& variant, const std::vector<int>& cpus, Nanoseconds limit);
    /// Runs another of the runner's programs (`interpreter.py`): its `result.json`.
    [[nodiscard]] Attempt run_program(const std::string& program, nlohmann::ordered_json job, Nanoseconds limit);
    /// A folder that is gone when this is.
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

private:
    std::string python_;
    std::filesystem::path runner_;
    std::filesystem::path folder_;  ///< of this object, for jobs and results
};

}  // namespace gilsim::analysis
