#pragma once
/// A run of a workload for which nothing costs anything but memory, and what can be counted in it.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace gilsim::test {

/// What a run did: sums by name.
struct Outcome {
    std::map<std::string, std::int64_t> figures;
    std::int64_t operator[](const std::string& name) const {
        const auto found = figures.find(name);
        return found == figures.end() ? 0 : found->second;
    }
};

/// Pieces of that machine and interpreter (`kQuiet` in memory_run.cpp), and what stands there instead.
using Edits = std::vector<std::pair<std::string, std::string>>;

/// Runs it. `gc`: the settings of the collector.
Outcome run_with_memory(const std::string& workload, const std::string& gc = "enabled: false",
                        bool free_threaded = false, const Edits& edits = {});

}  // namespace gilsim::test
