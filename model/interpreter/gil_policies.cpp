#include <array>

#include "model/interpreter/gil.hpp"
#include "model/interpreter/no_gil.hpp"
#include "model/interpreter/timed_gil.hpp"

namespace gilsim::interpreter {

namespace {

template <class Policy>
std::unique_ptr<Gil> make(const GilContext& context) {
    return std::make_unique<Policy>(context);
}

/// The registry: adding a policy is a file and a row here.
struct PolicyRow {
    scenario::GilPolicy policy;
    std::string_view name;
    std::unique_ptr<Gil> (*make)(const GilContext&);
};
constexpr std::array kPolicies{
    PolicyRow{scenario::GilPolicy::timed, "timed", &make<TimedGil>},
    PolicyRow{scenario::GilPolicy::none, "none", &make<NoGil>},
};

const PolicyRow& row(scenario::GilPolicy policy) { return kPolicies[static_cast<std::size_t>(policy)]; }

}  // namespace

std::unique_ptr<Gil> make_gil(const GilContext& context) { return row(context.spec.gil).make(context); }

std::string_view policy_name(scenario::GilPolicy policy) { return row(policy).name; }

}  // namespace gilsim::interpreter
