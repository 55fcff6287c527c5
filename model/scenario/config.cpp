#include "model/scenario/config.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "model/scenario/axis_values.hpp"
#include "model/scenario/fields.hpp"
#include "model/scenario/overlay.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestChain = 10;

/// `{value: 5ms, source: "..."}` becomes `5ms` that remembers its source.
void unwrap(Node& node) {
    const Node* value = node.find("value");
    const bool wrapped = value != nullptr && std::all_of(node.entries.begin(), node.entries.end(), [](const Entry& e) {
                             return e.key == "value" || e.key == "source";
                         });
    if (wrapped) {
        Node inside = *value;
        if (const Node* from = node.find("source")) inside.from = from->text;
        node = std::move(inside);
        return;
    }
    for (Entry& entry : node.entries) unwrap(entry.value);
    for (Node& item : node.items) unwrap(item);
}

bool is_path(const std::string& name) {
    return name.find('/') != std::string::npos || (name.size() > 5 && name.substr(name.size() - 5) == ".yaml");
}

std::string join(const std::string& folder, const std::string& name) {
    return folder.empty() ? name : folder + "/" + name;
}

std::string normal(const std::string& file) {
    return fs::path(file).lexically_normal().string();
}

}  // namespace

void Configs::resolve_document(Node& document) {
    for (const Field& field : document_fields().fields) {
        const std::string_view kind = field.kind->config_folder();
        Node* value = kind.empty() ? nullptr : document.find(field.key);
        if (value == nullptr) continue;
        if (!field.kind->named()) {
            resolve(*value, field.key, kind);
        } else {
            for (Entry& entry : value->entries) resolve(entry.value, below(field.key, entry.key), kind);
        }
    }
}

void Configs::resolve(Node& node, const std::string& path, std::string_view kind) {
    if (node.is(Node::Kind::scalar)) {
        node = fetch(node, path, path, kind);
        return;
    }
    if (!node.is(Node::Kind::map)) return;
    const Node* base = node.find("base");
    if (base == nullptr) return;
    const std::string here = below(path, "base");
    if (!base->is(Node::Kind::scalar)) {
        diagnostics_.error(base->place, here, fmt::format("must be the name of a configuration, is {}", base->told()));
        node.erase("base");
        return;
    }
    Node result = fetch(*base, here, path, kind);
    node.erase("base");
    if (result.is(Node::Kind::broken)) return;  // its own fields can still be looked at
    const Place place = node.place;
    overlay(result, node);
    result.place = place;
    node = std::move(result);
}

std::vector<std::string> Configs::candidates(const Node& name, std::string_view kind) const {
    const std::string& beside = name.place.source == nullptr ? "" : name.place.source->folder;
    if (is_path(name.text)) return {name.text.front() == '/' ? name.text : join(beside, name.text)};
    const std::string file = name.text + ".yaml";
    const std::string sub(kind);
    std::vector<std::string> all{join(beside, file), join(beside, sub + "/" + file),
                                 join(beside, "configs/" + sub + "/" + file)};
    for (const std::string& folder : folders_) all.push_back(join(folder, sub + "/" + file));
    return all;
}

std::vector<std::string> Configs::known(const Node& name, std::string_view kind) const {
    std::vector<std::string> names;
    Node any = name;
    any.text = "*";
    for (const std::string& candidate : candidates(any, kind)) {
        const fs::path folder = fs::path(candidate).parent_path();
        if (folder.filename() != fs::path(kind)) continue;
        std::error_code error;
        for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
            if (i->path().extension() == ".yaml") names.push_back(i->path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

Node Configs::fetch(const Node& name, const std::string& path, const std::string& of, std::string_view kind) {
    Node broken;
    broken.kind = Node::Kind::broken;
    broken.place = name.place;
    const auto all = candidates(name, kind);
    const auto found = std::find_if(all.begin(), all.end(), [](const std::string& file) {
        std::error_code error;
        return fs::exists(file, error);
    });
    if (found == all.end()) {
        const std::string_view what = kind.substr(0, kind.size() - 1);
        diagnostics_.error(name.place, path,
                           is_path(name.text) ? fmt::format("there is no file {}", quote(all.front()))
                                              : fmt::format("there is no {} {}", what, quote(name.text)),
                           is_path(name.text) ? "" : did_you_mean(name.text, known(name, kind)));
        return broken;
    }
    const std::string file = normal(*found);
    if (std::find(chain_.begin(), chain_.end(), file) != chain_.end()) {
        std::string circle;
        for (auto i = std::find(chain_.begin(), chain_.end(), file); i != chain_.end(); ++i) circle += *i + " -> ";
        diagnostics_.error(name.place, path,
                           fmt::format("configurations that are based on one another: {}{}", circle, file));
        return broken;
    }
    if (chain_.size() >= kLongestChain) {
        diagnostics_.error(name.place, path,
                           fmt::format("more than {} configurations based on one another", kLongestChain));
        return broken;
    }
    if (const auto cached = cache_.find(file); cached != cache_.end()) return cached->second;
    const std::size_t before = diagnostics_.count();
    Node node = parse(file, file, name.place, of, kind);
    if (diagnostics_.count() == before) cache_[file] = node;  // what is wrong is to be told again, if asked again
    return node;
}

Node Configs::parse(const std::string& file, const std::string& shown, const Place& from, const std::string& path,
                    std::string_view kind) {
    FileText text = read_text_file(file);
    Source& source = sources_.emplace_back();
    source.name = shown;
    source.text = std::move(text.text);
    source.folder = fs::path(file).parent_path().string();
    source.included_from = from;
    source.is_file = true;
    Node node;
    node.place = {&source, text.line, 1};
    if (!text.error.empty()) {
        diagnostics_.error(node.place, path, text.error);
    } else {
        node = parse_yaml(source, diagnostics_);
        if (node.is(Node::Kind::map)) {
            unwrap(node);
            if (node.find("name") == nullptr) {
                Node name;
                name.kind = Node::Kind::scalar;
                name.text = fs::path(file).stem().string();
                name.place = node.place;
                node.entries.push_back({"name", node.place, name});
            }
            chain_.push_back(file);
            resolve(node, path, kind);
            chain_.pop_back();
            return node;
        }
        if (!node.is(Node::Kind::broken))
            diagnostics_.error(node.place, "",
                               fmt::format("a configuration is a mapping of fields, this is {}", node.told()));
    }
    node.kind = Node::Kind::broken;
    return node;
}

Node Configs::read(const std::string& file, std::string_view kind) {
    return parse(normal(file), file, {}, "", kind);
}

ConfigFile read_config(const std::string& file, const std::string& kind,
                       const std::vector<std::string>& config_folders) {
    Sources sources;
    Diagnostics diagnostics;
    Configs configs(sources, diagnostics, config_folders);
    Node node = configs.read(file, kind);
    ConfigFile result;
    const auto collect = [&](const auto& self, const Node& n, const std::string& path) -> void {
        if (n.from.empty() && n.is(Node::Kind::map)) {
            for (const Entry& entry : n.entries) self(self, entry.value, below(path, entry.key));
        } else if (n.from.empty() && n.is(Node::Kind::list)) {
            for (std::size_t i = 0; i < n.items.size(); ++i) self(self, n.items[i], below(path, i));
        } else if (n.place.source != nullptr && n.place.source->name == file) {
            result.values.push_back({path, in_one_line(n), n.from, n.place.line});
        }
    };
    collect(collect, node, "");
    Variant variant;
    Reader reader(variant, diagnostics, "");
    if (!node.is(Node::Kind::broken)) {
        for (const Field& field : document_fields().fields) {
            if (field.kind->config_folder() != kind || field.kind->named()) continue;
            Document document;
            field.read(reader, node, &document);
        }
    }
    result.diagnostics = diagnostics.take();
    return result;
}

}  // namespace gilsim::scenario
