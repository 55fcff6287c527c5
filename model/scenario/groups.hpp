#pragma once
/// Kinds of values for `threads`, `processes` and the other mappings of names of the user's choice.

#include <vector>

#include "model/scenario/kind.hpp"

namespace gilsim::scenario {

/// `threads` inside a process.
[[nodiscard]] KindPtr<std::vector<Group>> inner_groups();
/// `threads` (with the main thread) or `processes` at the top.
[[nodiscard]] KindPtr<Variant> top_groups(Group::Kind kind);
[[nodiscard]] KindPtr<Variant> programs_by_name();
[[nodiscard]] KindPtr<Variant> devices_by_name();
[[nodiscard]] KindPtr<Variant> sockets_by_name();
[[nodiscard]] KindPtr<Variant> clients_by_name();
[[nodiscard]] KindPtr<Variant> payloads_by_name();
[[nodiscard]] KindPtr<Variant> objects_by_name();
[[nodiscard]] KindPtr<Variant> interpreters_by_name();

/// The name of the thread group that is the main thread, and of the interpreter that is not under `interpreters`.
inline constexpr std::string_view kMainThread = "main";
inline constexpr std::string_view kDefaultInterpreter = "default";

/// Declares every name of a document (after merging) to the reader and makes room for what they name in the variant, so
/// that reading can refer to what comes later. Reports impossible names.
void declare_names(Reader& reader, const Node& document);

}  // namespace gilsim::scenario
