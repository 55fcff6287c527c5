#include "model/scenario/reader.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {

std::string_view told(Naming naming) {
    switch (naming) {
        case Naming::program:
            return "program";
        case Naming::object:
            return "object";
        case Naming::group:
            return "group of threads or processes";
        case Naming::interpreter:
            return "interpreter";
        case Naming::request:
            return "kind of request";
        case Naming::shared_object:
            return "shared object";
        case Naming::device:
            return "device";
        case Naming::socket:
            return "socket";
        case Naming::client:
            return "client";
        case Naming::object_set:
            return "set of objects";
        case Naming::payload:
            return "payload";
    }
    return "";
}

void Reader::error(const Node& node, const std::string& message, const std::string& hint) {
    if (node.is(Node::Kind::broken)) return;
    Diagnostic& diagnostic = diagnostics_.error(node.place, path_, message, hint);
    if (node.written.empty()) return;
    diagnostic.notes.push_back(make_note(
        {}, fmt::format("{} is {}{}", quote(node.written), quote(node.text), note_.empty() ? "" : " " + note_)));
}

void Reader::mismatch(const Node& node, const std::string& expected, const std::string& hint) {
    error(node, fmt::format("must be {}, is {}", expected, node.told()), hint);
}

void Reader::error(const Entry& entry, const std::string& message, const std::string& hint) {
    diagnostics_.error(entry.place, path_, message, hint);
}

int Reader::declare(Naming naming, const std::string& name) {
    auto& list = names_.at(static_cast<std::size_t>(naming));
    list.push_back(name);
    const int index = static_cast<int>(list.size()) - 1;
    indices_.at(static_cast<std::size_t>(naming)).emplace(name, index);
    return index;
}

int Reader::index_of(Naming naming, std::string_view name) const {
    const auto& indices = indices_.at(static_cast<std::size_t>(naming));
    const auto found = indices.find(name);
    return found == indices.end() ? -1 : found->second;
}

}  // namespace gilsim::scenario
