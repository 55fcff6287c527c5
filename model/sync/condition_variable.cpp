#include "model/sync/condition_variable.hpp"

#include "model/sync/fifo_condition_variable.hpp"
#include "model/sync/glibc_condition_variable.hpp"

namespace gilsim::sync {

std::unique_ptr<ConditionVariable> make_condition_variable(scenario::CondvarPolicy policy) {
    using scenario::CondvarPolicy;
    if (policy == CondvarPolicy::fifo) return std::make_unique<FifoConditionVariable>();
    return std::make_unique<GlibcConditionVariable>(policy == CondvarPolicy::glibc_2_25);
}

}  // namespace gilsim::sync
