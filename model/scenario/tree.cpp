#include "model/scenario/tree.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {

const Entry* Node::entry(std::string_view key) const {
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
    return found == entries.end() ? nullptr : &*found;
}

const Node* Node::find(std::string_view key) const {
    const Entry* e = entry(key);
    return e == nullptr ? nullptr : &e->value;
}

Node* Node::find(std::string_view key) {
    return const_cast<Node*>(std::as_const(*this).find(key));
}

void Node::erase(std::string_view key) {
    entries.erase(std::remove_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; }),
                  entries.end());
}

std::vector<std::string> Node::keys() const {
    std::vector<std::string> result;
    for (const Entry& e : entries) result.push_back(e.key);
    return result;
}

std::string Node::told() const {
    switch (kind) {
        case Kind::null:
            return "empty";
        case Kind::list:
            return "a list";
        case Kind::map:
            return "a mapping";
        default:
            return quote(text);
    }
}

std::size_t Node::size() const {
    std::size_t total = 1;
    for (const Node& item : items) total += item.size();
    for (const Entry& e : entries) total += e.value.size();
    return total;
}

std::string below(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

std::string below(const std::string& path, std::size_t index) {
    return fmt::format("{}[{}]", path, index);
}

}  // namespace gilsim::scenario
