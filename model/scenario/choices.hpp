#pragma once
/// The enumerations of the language: for each, one table of values, their words in YAML and what they mean.

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/scenario/spec.hpp"

namespace gilsim::scenario {

template <class E>
struct Choice {
    E value;
    std::string_view text;
    std::string_view doc;
};

[[nodiscard]] std::span<const Choice<SchedulerSpec::Policy>> choices(SchedulerSpec::Policy);
[[nodiscard]] std::span<const Choice<CondvarPolicy>> choices(CondvarPolicy);
[[nodiscard]] std::span<const Choice<GilPolicy>> choices(GilPolicy);
[[nodiscard]] std::span<const Choice<DropRequest>> choices(DropRequest);
[[nodiscard]] std::span<const Choice<Touch::Counting>> choices(Touch::Counting);
[[nodiscard]] std::span<const Choice<Group::Subinterpreter>> choices(Group::Subinterpreter);
[[nodiscard]] std::span<const Choice<StartMethod>> choices(StartMethod);
[[nodiscard]] std::span<const Choice<CollectorKind>> choices(CollectorKind);
[[nodiscard]] std::span<const Choice<AllocatorKind>> choices(AllocatorKind);
[[nodiscard]] std::span<const Choice<Gc::Action>> choices(Gc::Action);
[[nodiscard]] std::span<const Choice<Payload::Kind>> choices(Payload::Kind);
[[nodiscard]] std::span<const Choice<Map::How>> choices(Map::How);
[[nodiscard]] std::span<const Choice<ObjectSpec::Kind>> choices(ObjectSpec::Kind);
[[nodiscard]] std::span<const Choice<ObjectSpec::Crossing>> choices(ObjectSpec::Crossing);

/// The word of a value.
template <class E>
[[nodiscard]] std::string_view text_of(E value) {
    const auto all = choices(E{});
    const auto found = std::find_if(all.begin(), all.end(), [&](const Choice<E>& c) { return c.value == value; });
    return found == all.end() ? "?" : found->text;
}

}  // namespace gilsim::scenario
