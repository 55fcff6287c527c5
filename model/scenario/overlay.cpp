#include "model/scenario/overlay.hpp"

#include <algorithm>

#include "model/scenario/fields.hpp"

namespace gilsim::scenario {
namespace {

/// `over` on `node`, where a plain name stands for the configuration of that name.
void overlay_config(Node& node, const Node& over) {
    if (over.is(Node::Kind::map) && over.find("base") == nullptr && node.is(Node::Kind::scalar)) {
        Node fields;
        fields.kind = Node::Kind::map;
        fields.place = over.place;
        fields.entries.push_back({"base", node.place, node});
        node = std::move(fields);
    } else if (over.find("base") != nullptr) {
        node = over;
        return;
    }
    overlay(node, over);
}

}  // namespace

void overlay(Node& node, const Node& over) {
    const bool whole = !node.from.empty() || !over.from.empty();  // a value with its source, such as a random span
    if (whole || !node.is(Node::Kind::map) || !over.is(Node::Kind::map)) {
        node = over;
        return;
    }
    for (const Entry& entry : over.entries) {
        if (Node* below = node.find(entry.key)) {
            overlay(*below, entry.value);
        } else {
            node.entries.push_back(entry);
        }
    }
}

void overlay_variant(Node& document, const Node& variant) {
    const auto merge_of = [](const std::string& key) {
        const Field* field = document_fields().find(key);
        return field == nullptr ? Merge::deep : field->merge;
    };
    const auto is_workload = [&](const Entry& e) { return merge_of(e.key) == Merge::workload; };
    if (std::any_of(variant.entries.begin(), variant.entries.end(), is_workload)) {
        auto& entries = document.entries;
        entries.erase(std::remove_if(entries.begin(), entries.end(), is_workload), entries.end());
    }
    for (const Entry& entry : variant.entries) {
        Node* below = document.find(entry.key);
        const Field* field = document_fields().find(entry.key);
        if (below == nullptr) {
            document.entries.push_back(entry);
        } else if (merge_of(entry.key) == Merge::deep) {
            overlay(*below, entry.value);
        } else if (merge_of(entry.key) != Merge::config) {
            *below = entry.value;
        } else if (!field->kind->named()) {
            overlay_config(*below, entry.value);
        } else if (below->is(Node::Kind::map) && entry.value.is(Node::Kind::map)) {
            for (const Entry& element : entry.value.entries) {
                if (Node* known = below->find(element.key)) {
                    overlay_config(*known, element.value);
                } else {
                    below->entries.push_back(element);
                }
            }
        } else {
            *below = entry.value;
        }
    }
}

namespace {

template <class Test>
bool any_below(const Node& node, const Test& test) {
    return test(node.place) ||
           std::any_of(node.items.begin(), node.items.end(), [&](const Node& n) { return any_below(n, test); }) ||
           std::any_of(node.entries.begin(), node.entries.end(),
                       [&](const Entry& e) { return any_below(e.value, test); });
}

}  // namespace

bool comes_from(const Node& node, const Source& source) {
    return any_below(node, [&](const Place& p) { return p.source == &source; });
}

bool comes_from(const Node& node, const Place& place) {
    return any_below(node, [&](const Place& p) {
        return p.source == place.source && p.line == place.line && p.column == place.column;
    });
}

}  // namespace gilsim::scenario
