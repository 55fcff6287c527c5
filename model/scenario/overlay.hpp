#pragma once
/// Trees on top of trees: a variant over its file, fields over their base configuration, a `--set` over everything.

#include <string>
#include <string_view>
#include <vector>

#include "model/scenario/load.hpp"
#include "model/scenario/tree.hpp"

namespace gilsim::scenario {

/// Puts `over` on `node`: maps key by key, anything else replaced.
void overlay(Node& node, const Node& over);
/// Puts a variant's fields on the document, by the merge rules of the table of fields.
void overlay_variant(Node& document, const Node& variant);

/// Makes the text of a setting a source, for places: `path=value`.
[[nodiscard]] Source setting_source(const Setting& setting);
/// The same for `--vary NAME=VALUES`.
[[nodiscard]] Source vary_source(const Setting& axis);
/// The value of such a source; that of `--vary` may be a list without brackets. Broken after reporting.
[[nodiscard]] Node value_of(const Source& source, Diagnostics& diagnostics);
/// Changes the document as if the value had been written at the path. Reports a path that leads nowhere.
void apply_setting(Node& document, const Source& source, Diagnostics& diagnostics);
/// The same with a value that has been read already; `place`: where the path stands.
void put(Node& document, const Place& place, std::string_view path, const Node& value, Diagnostics& diagnostics);
/// Whether something below `node` was written in `source`.
[[nodiscard]] bool comes_from(const Node& node, const Source& source);
/// Whether something below `node` was written at `place`.
[[nodiscard]] bool comes_from(const Node& node, const Place& place);

}  // namespace gilsim::scenario
