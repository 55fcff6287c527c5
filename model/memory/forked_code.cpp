#include "model/memory/forked_code.hpp"

#include <algorithm>

namespace gilsim::memory {

void ForkedCode::share() {
    shares_ = true;
    has_run_.clear();
}

bool ForkedCode::first(const machine::CodeSite& site) {
    if (!shares_ || std::find(has_run_.begin(), has_run_.end(), site) != has_run_.end()) return false;
    has_run_.push_back(site);
    return true;
}

}  // namespace gilsim::memory
