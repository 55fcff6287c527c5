#include "analysis/insight/words.hpp"

#include <fmt/format.h>

#include "analysis/text.hpp"

namespace gilsim::analysis {
namespace {

constexpr std::size_t kMostShares = 4;
constexpr std::int64_t kSmallest = 5;  // permille: smaller shares are not told

}  // namespace

std::string Words::label(int id) const {
    return id < 0 ? "" : " in `" + run_.directory().labels[static_cast<std::size_t>(id)] + "`";
}

std::string Words::doing(int id) const {
    const Doing& d = run_.threads().doings()[static_cast<std::size_t>(id)];
    if (id == Threads::kNobody) return "nobody";
    const std::string who = d.party < 0 ? "others" : run_.threads().parties()[static_cast<std::size_t>(d.party)].name;
    return fmt::format("{}{} ({})", who, label(d.label), trace::row(d.state).about);
}

std::string Words::thread(int id) const {
    if (id < 0) return "nobody";
    const auto& thread = run_.directory().threads[static_cast<std::size_t>(id)];
    if (thread.process <= 0) return thread.name;
    const auto& process = run_.directory().processes[static_cast<std::size_t>(thread.process)].name;
    return thread.name == "main" ? process : process + "/" + thread.name;
}

std::string Words::thing(Wanted wanted, int object) const {
    switch (wanted) {
        case Wanted::gil: {
            const auto& interpreters = run_.directory().interpreters;
            if (interpreters.size() < 2) return "the GIL";
            return fmt::format("the GIL of {}", interpreters[static_cast<std::size_t>(object)].name);
        }
        case Wanted::core:
            return object < 0 ? "a core" : fmt::format("core {}", object);
        case Wanted::lock:
            return fmt::format("lock `{}`", run_.directory().locks[static_cast<std::size_t>(object)].name);
    }
    return "";
}

std::string Words::wait(const Wait& w) const {
    const Nanoseconds length = w.end - w.begin;
    std::string text =
        fmt::format("{}{} waited {} for {}, from {}{}: ", thread(w.thread), label(w.label), duration_text(length),
                    thing(w.wanted, w.object), duration_text(w.begin), w.ended ? "" : " to the end of the run");
    for (std::size_t i = 0; i < w.shares.size() && i < kMostShares; ++i) {
        const Share& share = w.shares[i];
        if (i > 0 && permille(share.time, length) < kSmallest) break;
        if (i > 0) text += ", ";
        const auto part = percent_text(permille(share.time, length));
        if (share.doing == Threads::kNobody) {
            text += part + (w.wanted == Wanted::core ? " waking the core up" : " while it was free, on its way");
        } else {
            text += fmt::format("{} {}", part, doing(share.doing));
        }
    }
    return text;
}

}  // namespace gilsim::analysis
