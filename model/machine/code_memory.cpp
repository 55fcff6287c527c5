#include "model/machine/code_memory.hpp"

#include <algorithm>

namespace gilsim::machine {
namespace {

/// So much of a piece is different code, counted warm; the rest repeats it (assumed).
constexpr Nanoseconds kOnce = 10 * kMicrosecond;
/// So many pieces are kept. All have been displaced by then.
constexpr std::size_t kPieces = 64;

}  // namespace

Nanoseconds CodeMemory::run(const CodeSite& site, Nanoseconds warm) {
    const Nanoseconds once = std::min(warm, kOnce);
    Nanoseconds since = 0;     // so much other code has run since this piece did
    std::int64_t percent = 0;  // that it takes longer
    auto entry = entries_.rbegin();
    for (; entry != entries_.rend() && entry->site != site; ++entry) {
        since += entry->warm;
        percent = std::max(percent, entry->percent);
    }
    // What has just run displaces what ran longest ago, a part of it from `holds` on, all of it from twice that on.
    if (entry == entries_.rend()) {
        since = 2 * spec_.holds;
    } else {
        entries_.erase(std::next(entry).base());
    }
    if (spec_.holds > 0)
        percent = std::max(
            percent, spec_.displaced * std::clamp<Nanoseconds>(since - spec_.holds, 0, spec_.holds) / spec_.holds);
    if (entries_.size() == kPieces) entries_.erase(entries_.begin());
    entries_.push_back({site, once, 0});
    return warm + once * percent / 100;
}

Nanoseconds CodeMemory::last_ran(const CodeSite& site, Nanoseconds now) {
    for (auto& [known, last] : last_ran_)
        if (known == site) return std::exchange(last, now);
    last_ran_.emplace_back(site, now);
    return 0;
}

void CodeMemory::forget(std::int64_t percent) {
    if (percent == 0) return;
    std::erase_if(entries_, [percent](const Entry& entry) { return entry.percent > 0 && entry.percent <= percent; });
    entries_.push_back({{}, 0, percent});
}

}  // namespace gilsim::machine
