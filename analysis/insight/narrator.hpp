#pragma once
/// A stretch of a run, told in sentences.

#include <string>
#include <vector>

#include "analysis/insight/threads.hpp"

namespace gilsim::analysis {

/// Follows a run and tells what happens between two moments: first how things stand, then event by event.
class Narrator final : public trace::Sink {
public:
    struct Span {
        Nanoseconds from = 0;
        Nanoseconds to = 0;
        std::string thread;      ///< only what concerns that thread, as it is called in reports; empty: all
        std::size_t most = 200;  ///< sentences
    };

    /// `directory` must outlive it.
    Narrator(const trace::Directory& directory, Span span)
        : directory_(directory), span_(std::move(span)), threads_(directory) {}

    void event(const trace::Event& e) override;
    void finish(Nanoseconds end, trace::Outcome outcome) override;

    /// The sentences, a line each. After `finish`.
    [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
    /// Every thread's name, as `Span::thread` knows it.
    [[nodiscard]] std::vector<std::string> names() const;

private:
    struct View {
        int core = -1;
        int wants = -1;  ///< GIL that it waits for
        Nanoseconds wants_since = 0;
        int wants_lock = -1;
        Nanoseconds wants_lock_since = 0;
        int asked_by = -1;  ///< who woke it last
    };
    struct Gil {
        int holder = -1;
        Nanoseconds since = 0;
        Nanoseconds released = -1;
    };
    [[nodiscard]] std::string name(int thread) const;
    [[nodiscard]] std::string gil(int interpreter) const;
    [[nodiscard]] std::string lock(int id) const;
    [[nodiscard]] std::string sentence(const trace::Event& e) const;
    [[nodiscard]] bool concerns(const trace::Event& e) const;
    void beginning();
    void follow(const trace::Event& e);
    void add(Nanoseconds time, const std::string& text);

    const trace::Directory& directory_;
    Span span_;
    Threads threads_;
    std::vector<View> views_;
    std::vector<Gil> gils_;
    std::vector<int> lock_holders_;            ///< thread + 1
    std::vector<Nanoseconds> request_begins_;  ///< by serial number: 8 bytes for each request so far
    std::vector<std::string> lines_;
    std::size_t left_out_ = 0;
    bool begun_ = false;
};

}  // namespace gilsim::analysis
