#pragma once
/// A YAML document as plain values that know where they were written. Our own tree, not the library's: keys have
/// places, maps keep their order, aliases are copies, and nothing throws.

#include <string>
#include <string_view>
#include <vector>

#include "model/scenario/diagnostic.hpp"
#include "model/scenario/source.hpp"

namespace gilsim::scenario {

struct Entry;

struct Node {
    /// broken: an error has been reported here already; whoever reads it says nothing more.
    enum class Kind : std::uint8_t { null, scalar, list, map, broken };
    Kind kind = Kind::null;
    bool in_quotes = false;
    std::string text;     ///< scalars
    std::string written;  ///< scalars that held `${...}`: the text before it was replaced
    std::string from;     ///< values of configuration files: the source of the figure, in words
    Place place;
    std::vector<Node> items;     ///< lists
    std::vector<Entry> entries;  ///< maps, in the order of the file

    [[nodiscard]] bool is(Kind k) const { return kind == k; }
    /// The value of `key` in a map, or null if it has none (or this is no map).
    [[nodiscard]] const Node* find(std::string_view key) const;
    [[nodiscard]] Node* find(std::string_view key);
    [[nodiscard]] const Entry* entry(std::string_view key) const;
    void erase(std::string_view key);
    /// Keys in order.
    [[nodiscard]] std::vector<std::string> keys() const;
    /// "a list", "a mapping", "empty", "'text'": for messages.
    [[nodiscard]] std::string told() const;
    /// Nodes in this tree.
    [[nodiscard]] std::size_t size() const;
};

struct Entry {
    std::string key;
    Place place;
    Node value;
};

/// `path.key`, or just the key at the top.
[[nodiscard]] std::string below(const std::string& path, std::string_view key);
[[nodiscard]] std::string below(const std::string& path, std::size_t index);

/// Reads one YAML document. Anything but a well-formed, sane document (one document, no duplicate keys, no tags, at
/// most 60 levels deep and 100,000 nodes after aliases) is reported; the result is then what could be read.
[[nodiscard]] Node parse_yaml(const Source& source, Diagnostics& diagnostics);

}  // namespace gilsim::scenario
