#include <array>
#include <stdexcept>

#include "model/interpreter/free_threaded.hpp"
#include "model/interpreter/gil.hpp"
#include "model/interpreter/never_gil.hpp"
#include "model/interpreter/no_gil.hpp"
#include "model/interpreter/queue_gil.hpp"
#include "model/interpreter/tick_gil.hpp"
#include "model/interpreter/timed_gil.hpp"

namespace gilsim::interpreter {

namespace {

template <class Policy>
std::unique_ptr<Gil> make(const GilContext& context) {
    return std::make_unique<Policy>(context);
}

/// The registry: adding a policy is a file and a row here (its name stands in the scenario language's choices).
struct PolicyRow {
    scenario::GilPolicy policy;
    std::unique_ptr<Gil> (*make)(const GilContext&);
};
constexpr std::array kPolicies{
    PolicyRow{scenario::GilPolicy::timed, &make<TimedGil>},
    PolicyRow{scenario::GilPolicy::none, &make<NoGil>},
    PolicyRow{scenario::GilPolicy::tick, &make<TickGil>},
    PolicyRow{scenario::GilPolicy::fifo, &make<FifoGil>},
    PolicyRow{scenario::GilPolicy::priority, &make<PriorityGil>},
    PolicyRow{scenario::GilPolicy::never, &make<NeverGil>},
    PolicyRow{scenario::GilPolicy::free_threaded, &make<FreeThreaded>},
};

}  // namespace

std::unique_ptr<Gil> make_gil(const GilContext& context) {
    for (const PolicyRow& row : kPolicies)
        if (row.policy == context.spec.gil) return row.make(context);
    throw std::logic_error("a GIL policy of the scenario language has no row in gil_policies.cpp");
}

}  // namespace gilsim::interpreter
