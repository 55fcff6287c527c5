#include "analysis/insight/run_analysis.hpp"

namespace gilsim::analysis {

RunAnalysis::RunAnalysis(const trace::Directory& directory, bool lanes)
    : directory_(directory), with_lanes_(lanes), builder_(directory), threads_(directory), memory_(directory) {}

void RunAnalysis::event(const trace::Event& e) {
    builder_.event(e);
    activity_.event(e);
    blame_.before(e);
    path_.before(e);
    threads_.event(e);
    blame_.after(e);
    gil_use_.event(e);
    memory_.event(e);
    if (with_lanes_) lanes_.event(e);
}

void RunAnalysis::finish(Nanoseconds end, trace::Outcome outcome) {
    builder_.finish(end, outcome);
    activity_.finish(end);
    blame_.finish(end);
    path_.finish(end);
    lanes_.finish(end);
    summary_ = builder_.summary();
}

}  // namespace gilsim::analysis
