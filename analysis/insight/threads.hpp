#pragma once
/// Who does what at a moment: the state, the operation and the group of every thread, followed event by event.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/trace/events.hpp"

namespace gilsim::analysis {

/// What somebody does, as analyses tell it: a group of threads, in an operation, in a state.
struct Doing {
    int party = -1;  ///< index into `Threads::parties`; -1: nobody
    int label = -1;  ///< of the innermost operation; -1: none
    trace::ThreadState state = trace::ThreadState::runtime;
};

/// A group of threads that are alike: those whose names differ only in their numbers (`worker-1`, `worker-2`).
struct Party {
    std::string name;  ///< `worker`; in another process than the first, `pool/worker`
    std::int64_t threads = 0;
};

/// A thread's name without its number: `worker-12` is one of `worker`.
[[nodiscard]] std::string_view without_number(std::string_view name);

/// Follows the threads of a run. Constant time per event. Ids of doings are dense and few: operations are told apart
/// while there are fewer than 512 combinations, then only groups and states.
class Threads {
public:
    static constexpr int kNobody = 0;  ///< the doing of nobody: a GIL that is free, an idle core

    /// `directory` must outlive it.
    explicit Threads(const trace::Directory& directory);

    /// Takes an event in. What the thread did before it is gone then.
    void event(const trace::Event& e);

    /// What a thread does now, as an id; kNobody if it does not live.
    [[nodiscard]] int doing(int thread) const {
        const auto i = static_cast<std::size_t>(thread);
        return thread < 0 || i >= views_.size() ? kNobody : views_[i].doing;
    }
    /// The same in another state than the one it is in.
    [[nodiscard]] int doing_as(int thread, trace::ThreadState state);
    /// The state of a thread; -1: it does not live.
    [[nodiscard]] int state(int thread) const {
        const auto i = static_cast<std::size_t>(thread);
        return thread < 0 || i >= views_.size() ? -1 : views_[i].state;
    }
    /// The label of its innermost operation; -1: none.
    [[nodiscard]] int label(int thread) const;
    [[nodiscard]] int party(int thread) const;

    [[nodiscard]] const std::vector<Doing>& doings() const { return doings_; }
    [[nodiscard]] const std::vector<Party>& parties() const { return parties_; }
    [[nodiscard]] const trace::Directory& directory() const { return directory_; }

private:
    struct View {
        int party = -1;
        int state = -1;
        int doing = kNobody;
        std::vector<int> operations;
    };
    void start(int thread);
    int id_of(int party, int label, int state);
    void refresh(View& view) { view.doing = view.state < 0 ? kNobody : id_of(view.party, top(view), view.state); }
    static int top(const View& view) { return view.operations.empty() ? -1 : view.operations.back(); }

    const trace::Directory& directory_;
    std::vector<View> views_;
    std::vector<Party> parties_;
    std::unordered_map<std::string, int> party_of_name_;
    std::vector<Doing> doings_{Doing{}};
    std::unordered_map<std::uint64_t, int> ids_;  ///< never iterated
};

}  // namespace gilsim::analysis
