#pragma once
/// The parameters of one variant, and the replacement of `${...}` by their values: after it, a tree holds plain text
/// only.

#include <map>
#include <set>
#include <string>

#include "model/scenario/expression.hpp"
#include "model/scenario/tree.hpp"

namespace gilsim::scenario {

class Parameters {
public:
    /// `declared`: the mapping under `parameters` of this variant, or null. `note` is added to every error ("in variant
    /// 'x'"), unless empty.
    Parameters(const Node* declared, Diagnostics& diagnostics, std::string note);

    /// Replaces every expression in the scalars below `node`. What cannot be evaluated is reported and becomes broken.
    void expand(Node& node, const std::string& path);
    /// Evaluates every parameter, also those that nobody asked for.
    void evaluate_all();
    /// The value of a parameter, for calculating; or why there is none (no message: reported already).
    std::variant<Quantity, ExpressionError> quantity_of(const std::string& name);

private:
    struct Value {
        enum class State { fresh, busy, known, broken };
        State state = State::fresh;
        std::string text;
    };
    std::variant<std::string, ExpressionError> value_of(const std::string& name);
    std::variant<std::string, ExpressionError> inside(std::string_view expression);
    void expand_scalar(Node& node, const std::string& path);

    const Node* declared_;
    Diagnostics& diagnostics_;
    std::string note_;
    std::map<std::string, Value> values_;
    std::size_t depth_ = 0;  ///< of parameters that wait for one another
};

/// Adds the names that the expressions below `node` mention.
void collect_mentions(const Node& node, std::set<std::string>& names);

/// Whether an expression can refer to a parameter of this name.
[[nodiscard]] bool is_parameter_name(std::string_view name);

/// Checks names and shape of a `parameters` mapping. False: there are too many to be looked at.
bool check_parameters(const Node& declared, const std::string& path, Diagnostics& diagnostics);

}  // namespace gilsim::scenario
