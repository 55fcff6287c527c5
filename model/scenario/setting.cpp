/// `--set path=value`.

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "model/scenario/fields.hpp"
#include "model/scenario/overlay.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {
namespace {

/// One step of a path: a key, or the index of a list's element.
struct Step {
    std::string key;
    int index = -1;
    Place place;
};

/// `programs.worker[0].compute` in steps. False: it is no path, which has been reported.
bool cut(const Place& start, std::string_view path, std::vector<Step>& steps, Diagnostics& diagnostics) {
    const auto place_of = [&](std::size_t i) {
        return Place{start.source, start.line, start.column + static_cast<int>(i)};
    };
    const auto refuse = [&](std::size_t at) {
        diagnostics.error(place_of(at), "", "this is not the path of a field",
                          "write it like machine.cores or programs.worker[0].compute");
        return false;
    };
    for (std::size_t i = 0; i < path.size();) {
        const Place place = place_of(i);
        if (path[i] == '[') {
            const std::size_t end = path.find(']', i);
            int index = -1;
            if (end == std::string_view::npos) return refuse(i);
            const auto [stop, failure] = std::from_chars(path.data() + i + 1, path.data() + end, index);
            if (failure != std::errc{} || stop != path.data() + end || index < 0 || steps.empty()) return refuse(i);
            steps.push_back({"", index, place});
            i = end + 1;
        } else {
            if (!steps.empty() && path[i] == '.') ++i;
            const std::size_t end = std::min(path.find_first_of(".[", i), path.size());
            if (end == i) return refuse(i);
            steps.push_back({std::string(path.substr(i, end - i)), -1, place_of(i)});
            i = end;
        }
    }
    return !steps.empty() || refuse(0);
}

/// Goes down a document along the steps, making mappings where there are none.
class Descent {
public:
    Descent(Node& document, std::vector<Step> steps, Diagnostics& diagnostics)
        : document_(document), steps_(std::move(steps)), diagnostics_(diagnostics) {}

    /// The node to be replaced, or null after reporting.
    Node* end() {
        Node* node = &document_;
        for (at_ = 0; at_ < steps_.size() && node != nullptr; ++at_) node = down(*node);
        return node;
    }

private:
    Node* refuse(const std::string& message, const std::string& hint = "") {
        diagnostics_.error(steps_[at_].place, "", message, hint);
        return nullptr;
    }

    Node* down(Node& node) {
        const Field* field = field_here();
        if (is_config_here(field) && node.is(Node::Kind::scalar)) {  // a name becomes the base of fields
            Node fields;
            fields.kind = Node::Kind::map;
            fields.place = node.place;
            fields.entries.push_back({"base", node.place, node});
            node = std::move(fields);
        }
        if (node.is(Node::Kind::null)) node.kind = Node::Kind::map;
        Step& step = steps_[at_];
        if (step.index >= 0) {
            if (!node.is(Node::Kind::list))
                return refuse(fmt::format("{} is {}, not a list", quote(path()), node.told()));
            if (static_cast<std::size_t>(step.index) >= node.items.size())
                return refuse(fmt::format("{} has {} elements, from [0]", quote(path()), node.items.size()));
            path_ += fmt::format("[{}]", step.index);
            return &node.items[static_cast<std::size_t>(step.index)];
        }
        if (node.is(Node::Kind::list))
            return refuse(fmt::format("{} is a list", quote(path())),
                          fmt::format("write {}[0] for its first element", path()));
        if (!node.is(Node::Kind::map))
            return refuse(fmt::format("{} is {}, not a mapping", quote(path()), node.told()));
        join_dotted(node);
        const bool by_name = field != nullptr && field->kind->named() && depth_ == 1;
        if (by_name && node.find(step.key) == nullptr && !named_in_file(field, step.key))
            return refuse(fmt::format("the file has no {}", quote(below(path(), step.key))),
                          did_you_mean(step.key, node.keys()));
        enter(step.key);
        if (node.find(step.key) == nullptr) {
            Node fresh;
            fresh.kind = Node::Kind::map;
            fresh.place = step.place;
            node.entries.push_back({step.key, step.place, fresh});
        }
        return node.find(step.key);
    }

    /// Keys may contain dots (`interpreters.cpython-3.11`): joins steps where a key of the map wants it.
    void join_dotted(const Node& map) {
        std::string key = steps_[at_].key;
        for (std::size_t i = at_ + 1; map.find(steps_[at_].key) == nullptr && i < steps_.size() && steps_[i].index < 0;
             ++i) {
            key += "." + steps_[i].key;
            if (map.find(key) == nullptr) continue;
            steps_[at_].key = key;
            steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(at_) + 1,
                         steps_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
    }

    /// The field of the document that the walk is in, also inside a variant.
    [[nodiscard]] const Field* field_here() const { return top_.empty() ? nullptr : document_fields().find(top_); }
    bool is_config_here(const Field* field) const {
        return field != nullptr && !field->kind->config_folder().empty() && depth_ == (field->kind->named() ? 2 : 1);
    }
    /// A variant may speak of names that only the file declares, where they are merged.
    bool named_in_file(const Field* field, const std::string& name) const {
        const Node* map = in_variant_ && field->merge != Merge::workload ? document_.find(field->key) : nullptr;
        return map != nullptr && map->find(name) != nullptr;
    }
    void enter(const std::string& key) {
        path_ = below(path_, key);
        if (depth_ == 0) {
            top_ = key;
        } else if (depth_ == 1 && top_ == "variants" && !in_variant_) {
            in_variant_ = true;  // what follows is like a document again
            top_.clear();
            depth_ = 0;
            return;
        }
        ++depth_;
    }
    [[nodiscard]] const std::string& path() const { return path_; }

    Node& document_;
    std::vector<Step> steps_;
    Diagnostics& diagnostics_;
    std::size_t at_ = 0;
    int depth_ = 0;    ///< keys since the top of the document or variant
    std::string top_;  ///< the first of them
    std::string path_;
    bool in_variant_ = false;
};

}  // namespace

std::optional<Setting> parse_setting(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    return Setting{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Source setting_source(const Setting& setting) {
    Source source;
    source.name = "--set";
    source.text = setting.path + "=" + setting.value;
    return source;
}

Source vary_source(const Setting& axis) {
    Source source = setting_source(axis);
    source.name = "--vary";
    return source;
}

Node value_of(const Source& source, Diagnostics& diagnostics) {
    Node node;
    node.kind = Node::Kind::broken;
    const FileText checked = check_text(source.text);
    if (!checked.error.empty()) {
        diagnostics.error({&source, 0, 0}, "", checked.error);
        return node;
    }
    const std::size_t equals = source.text.find('=');
    Source value = source;  // spaces instead of the path, so that columns are right
    std::fill_n(value.text.begin(), equals + 1, ' ');
    const std::size_t first = value.text.find_first_not_of(' ');
    if (source.name == "--vary" && first != std::string::npos && value.text[first] != '[' && value.text[first] != '{') {
        value.text[equals] = '[';  // 1,2,4
        value.text += ']';
    }
    const std::size_t before = diagnostics.count();
    Node read = parse_yaml(value, diagnostics);
    const auto adopt = [&](const auto& self, Node& n) -> void {
        n.place.source = &source;
        for (Node& item : n.items) self(self, item);
        for (Entry& entry : n.entries) {
            entry.place.source = &source;
            self(self, entry.value);
        }
    };
    adopt(adopt, read);
    return diagnostics.count() == before ? read : node;
}

void apply_setting(Node& document, const Source& source, Diagnostics& diagnostics) {
    const Node value = value_of(source, diagnostics);
    if (value.is(Node::Kind::broken)) return;
    const std::string_view path = std::string_view(source.text).substr(0, source.text.find('='));
    put(document, {&source, 1, 1}, path, value, diagnostics);
}

void put(Node& document, const Place& place, std::string_view path, const Node& value, Diagnostics& diagnostics) {
    std::vector<Step> steps;
    if (!cut(place, path, steps, diagnostics)) return;
    if (Node* target = Descent(document, std::move(steps), diagnostics).end()) *target = value;
}

}  // namespace gilsim::scenario
