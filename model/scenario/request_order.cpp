#include "model/scenario/request_order.hpp"

#include <optional>

#include <fmt/format.h>

namespace gilsim::scenario {
namespace {

enum class Known : std::uint8_t { nothing, open, closed };

/// Walks through a program as a thread would, and keeps in mind which requests are certainly open, which are not.
class Walk {
public:
    Walk(const Variant& variant, Known at_start) : variant_(variant), known_(variant.requests.size(), at_start) {}

    void through(const Program& ops) {
        for (const Op& op : ops) {
            if (mistake) return;
            std::visit([&](const auto& what) { step(op, what); }, op.what);
        }
    }

    std::optional<RequestMistake> mistake;

private:
    void begin(const Op& op, int request) {
        if (known(request) == Known::open)
            mistake = {0, &op, fmt::format("request {} is begun here while it is open", name(request)),
                       "end it first, by 'request_end'"};
        known(request) = Known::open;
    }
    void end(const Op& op, int request) {
        if (known(request) == Known::closed)
            mistake = {0, &op, fmt::format("request {} is ended here, but has not begun", name(request)),
                       "begin it first, by 'request_begin'"};
        known(request) = Known::closed;
    }

    void step(const Op& op, const RequestBegin& what) { begin(op, what.request); }
    void step(const Op& op, const RequestEnd& what) { end(op, what.request); }
    void step(const Op& op, const Request& what) {
        begin(op, what.request);
        through(what.body);
        if (!mistake) end(op, what.request);
    }
    void step(const Op&, const With& what) { through(what.body); }
    void step(const Op&, const Repeat& what) {
        if (what.times == 0 || what.duration == 0) return;
        through(what.body);
        // A further turn begins as the first has ended. Once is enough: within it no inner loop needs two.
        if (again_ || (what.times >= 0 ? what.times < 2 : what.duration > 0)) return;
        again_ = true;
        through(what.body);
        again_ = false;
    }
    void step(const Op&, const CriticalSection& what) { through(what.body); }
    void step(const Op&, const Touch&) {}
    void step(const Op&, const StopTheWorld&) {}
    void step(const Op&, const Compute&) {}
    void step(const Op&, const Native&) {}
    void step(const Op&, const Sleep&) {}
    void step(const Op&, const Io&) {}
    void step(const Op&, const Lock&) {}
    void step(const Op&, const Unlock&) {}
    void step(const Op&, const Start&) {}
    void step(const Op&, const Join&) {}
    /// Whatever else it is, it may begin and end requests.
    void step(const Op&, const auto&) { known_.assign(known_.size(), Known::nothing); }

    Known& known(int request) { return known_[static_cast<std::size_t>(request)]; }
    [[nodiscard]] std::string name(int request) const {
        return "'" + variant_.requests[static_cast<std::size_t>(request)] + "'";
    }

    const Variant& variant_;
    std::vector<Known> known_;
    bool again_ = false;
};

/// A thread begins with it, so that no request is open.
bool begins_thread(const Variant& variant, int program) {
    if (variant.main_program == program) return true;
    for (const Group& group : variant.groups) {
        if (group.count > 0 && group.program == program) return true;
        for (const Group& inner : group.threads)
            if (group.count > 0 && inner.count > 0 && inner.program == program) return true;
    }
    return false;
}

}  // namespace

std::vector<RequestMistake> request_mistakes(const Variant& variant) {
    std::vector<RequestMistake> mistakes;
    for (std::size_t i = 0; i < variant.programs.size(); ++i) {
        const int program = static_cast<int>(i);
        Walk walk(variant, begins_thread(variant, program) ? Known::closed : Known::nothing);
        walk.through(variant.programs[i]);
        if (!walk.mistake) continue;
        walk.mistake->program = program;
        mistakes.push_back(*walk.mistake);
    }
    return mistakes;
}

}  // namespace gilsim::scenario
