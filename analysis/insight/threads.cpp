#include "analysis/insight/threads.hpp"

#include "model/trace/entries.hpp"

namespace gilsim::analysis {
namespace {

using trace::Event;
using trace::EventKind;

constexpr std::size_t kMostDoings = 512;

}  // namespace

std::string_view without_number(std::string_view name) {
    std::string_view rest = name;
    while (!rest.empty() && rest.back() >= '0' && rest.back() <= '9') rest.remove_suffix(1);
    if (rest.size() == name.size() || rest.size() < 2) return name;
    const char joint = rest.back();
    if (joint != '-' && joint != '/' && joint != '_') return name;
    return rest.substr(0, rest.size() - 1);
}

Threads::Threads(const trace::Directory& directory) : directory_(directory) {}

void Threads::start(int thread) {
    View& view = trace::entry(views_, thread);
    const auto& entry = directory_.threads[static_cast<std::size_t>(thread)];
    std::string name(without_number(entry.name));
    if (entry.process > 0) {
        const auto process = without_number(directory_.processes[static_cast<std::size_t>(entry.process)].name);
        name = name == "main" ? std::string(process) : std::string(process) + "/" + name;
    }
    const auto [found, fresh] = party_of_name_.emplace(name, static_cast<int>(parties_.size()));
    if (fresh) parties_.push_back({std::move(name), 0});
    view.party = found->second;
    ++parties_[static_cast<std::size_t>(view.party)].threads;
}

void Threads::event(const Event& e) {
    switch (e.kind) {
        case EventKind::thread_start:
            return start(e.thread);
        case EventKind::thread_end: {
            View& view = trace::entry(views_, e.thread);
            view.state = -1;
            return refresh(view);
        }
        case EventKind::state: {
            View& view = trace::entry(views_, e.thread);
            view.state = static_cast<int>(e.value);
            return refresh(view);
        }
        case EventKind::op_begin: {
            View& view = trace::entry(views_, e.thread);
            view.operations.push_back(e.object);
            return refresh(view);
        }
        case EventKind::op_end: {
            View& view = trace::entry(views_, e.thread);
            if (!view.operations.empty()) view.operations.pop_back();
            return refresh(view);
        }
        default:
            return;
    }
}

int Threads::id_of(int party, int label, int state) {
    static_assert(trace::kStates.size() <= 16, "a state has four bits of the key");
    const auto key = [state](int p, int l) {
        return static_cast<std::uint64_t>(p + 1) << 36U | static_cast<std::uint64_t>(l + 1) << 4U |
               static_cast<std::uint64_t>(state);
    };
    const auto found = ids_.find(key(party, label));
    if (found != ids_.end()) return found->second;
    if (doings_.size() >= kMostDoings && label >= 0) return id_of(party, -1, state);
    if (doings_.size() >= 2 * kMostDoings && party >= 0) return id_of(-1, -1, state);
    const int id = static_cast<int>(doings_.size());
    doings_.push_back({party, label, static_cast<trace::ThreadState>(state)});
    ids_.emplace(key(party, label), id);
    return id;
}

int Threads::doing_as(int thread, trace::ThreadState state) {
    const View& view = trace::entry(views_, thread);
    return id_of(view.party, top(view), static_cast<int>(state));
}

int Threads::label(int thread) const {
    const auto i = static_cast<std::size_t>(thread);
    return thread < 0 || i >= views_.size() ? -1 : top(views_[i]);
}

int Threads::party(int thread) const {
    const auto i = static_cast<std::size_t>(thread);
    return thread < 0 || i >= views_.size() ? -1 : views_[i].party;
}

}  // namespace gilsim::analysis
