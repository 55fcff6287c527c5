#pragma once
/// Errors of the simulated program, that only its run shows: a result (`trace::Outcome::failed`), not an error of gilsim.

#include <stdexcept>
#include <string>

namespace gilsim::workload {

/// Thrown by an operation that its program may not do. Ends the run.
class ProgramError : public std::runtime_error {
public:
    /// `what`: what the operation does wrong, as the end of a sentence whose subject is the thread ("releases ...").
    /// `remedy`: what to change, as an imperative.
    ProgramError(const std::string& what, std::string remedy)
        : std::runtime_error(what), remedy_(std::move(remedy)) {}
    [[nodiscard]] const std::string& remedy() const { return remedy_; }

private:
    std::string remedy_;
};

}  // namespace gilsim::workload
