#pragma once
/// The whole analysis of one run, from its events alone.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/insight/activity.hpp"
#include "analysis/insight/blame.hpp"
#include "analysis/insight/critical_path.hpp"
#include "analysis/insight/gil_use.hpp"
#include "analysis/insight/lanes.hpp"
#include "analysis/insight/memory_use.hpp"
#include "analysis/insight/threads.hpp"
#include "analysis/summary_builder.hpp"

namespace gilsim::analysis {

/// Analyses a run as its events come, from the model or from a file. After `finish`, its parts can be asked.
class RunAnalysis final : public trace::Sink {
public:
    /// `directory` must outlive the analysis. `lanes`: whether to keep a timeline, which takes most of the memory.
    explicit RunAnalysis(const trace::Directory& directory, bool lanes = false);

    void event(const trace::Event& e) override;
    void finish(Nanoseconds end, trace::Outcome outcome) override;

    [[nodiscard]] const trace::Directory& directory() const { return directory_; }
    [[nodiscard]] const RunSummary& summary() const { return summary_; }
    [[nodiscard]] const SummaryBuilder& builder() const { return builder_; }
    [[nodiscard]] const Threads& threads() const { return threads_; }
    [[nodiscard]] const BlameMatrix& blame() const { return blame_; }
    [[nodiscard]] const CriticalPath& critical_path() const { return path_; }
    [[nodiscard]] const Activity& activity() const { return activity_; }
    [[nodiscard]] const GilUse& gil_use() const { return gil_use_; }
    [[nodiscard]] const MemoryUse& memory() const { return memory_; }
    [[nodiscard]] const Lanes& lanes() const { return lanes_; }

private:
    const trace::Directory& directory_;
    bool with_lanes_;
    RunSummary summary_;
    SummaryBuilder builder_;
    Threads threads_;
    BlameMatrix blame_{threads_};
    CriticalPath path_{threads_};
    GilUse gil_use_{threads_};
    Activity activity_;
    MemoryUse memory_;
    Lanes lanes_;
};

}  // namespace gilsim::analysis
