#include "model/scenario/loading.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/scenario/checks.hpp"
#include "model/scenario/fields.hpp"
#include "model/scenario/groups.hpp"
#include "model/scenario/overlay.hpp"
#include "model/scenario/parameters.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {
namespace {

constexpr const char* kUnnamed = "default";  ///< a machine or interpreter that is written out without a name
constexpr std::size_t kMostVariants = 500;
constexpr std::size_t kMostNodesOfAll = 5'000'000;  ///< of all variants together

/// The mapping at a key of `map`, made if there is none.
Node& mapping(Node& map, const std::string& key, const Place& place) {
    if (map.is(Node::Kind::null)) map.kind = Node::Kind::map;
    if (map.find(key) == nullptr) map.entries.push_back({key, place, {}});
    Node& found = *map.find(key);
    if (!found.is(Node::Kind::map)) {
        found = {};
        found.kind = Node::Kind::map;
        found.place = place;
    }
    return found;
}

}  // namespace

void Loading::read(const FileText& text, const std::string& name, const std::string& folder) {
    Source& file = sources_.emplace_back();
    file.name = name;
    file.text = text.text;
    file.folder = folder;
    file.is_file = true;
    file_ = {&file, 0, 0};
    scenario_.file = name;
    if (!text.error.empty()) {
        diagnostics_.error({&file, text.line, 1}, "", text.error);
    } else {
        readable_ = read_document();
    }
}

void Loading::set(const std::vector<Setting>& settings, const std::vector<Setting>& vary) {
    if (!readable_) return;
    read_ = written_;
    settings_.clear();
    for (const Setting& setting : settings) {
        const Source& source = sources_.emplace_back(setting_source(setting));
        settings_.push_back(&source);
        apply_setting(read_, source, diagnostics_);
    }
    for (const Setting& axis : vary) {
        const Source& source = sources_.emplace_back(vary_source(axis));
        Node values = value_of(source, diagnostics_);
        Node& sweep = mapping(read_, "sweep", {&source, 1, 1});
        const Node* zip = sweep.find("zip");
        const bool in_step = zip != nullptr && zip->find(axis.path) != nullptr;
        Node& axes = mapping(sweep, in_step ? "zip" : "grid", {&source, 1, 1});
        axes.erase(axis.path);
        axes.entries.push_back({axis.path, {&source, 1, 1}, std::move(values)});
    }
}

LoadResult Loading::resolve(const std::vector<Change>& changes, const std::string& where) {
    document_ = read_;
    scenario_.variants.clear();
    effective_.clear();
    mentioned_.clear();
    changes_ = &changes;
    reached_.assign(changes.size(), false);
    if (!changes.empty()) document_.erase("sweep");  // it has been looked at already
    for (const Change& change : changes) put(document_, change.place, change.path, change.value, diagnostics_);
    if (readable_ && check_document()) {
        const std::vector<Entry> all = variants();
        for (const Entry& variant : all) {
            diagnostics_.enter_variant(variant.key);
            read_variant(variant);
        }
        diagnostics_.enter_variant("");
        diagnostics_.name_variants(all.size());
        check_names_used(changes);
    }
    LoadResult result;
    result.diagnostics = diagnostics_.take();
    if (!where.empty()) {
        for (Diagnostic& diagnostic : result.diagnostics) diagnostic.notes.push_back(make_note({}, where));
    }
    const bool failed = std::any_of(result.diagnostics.begin(), result.diagnostics.end(),
                                    [](const Diagnostic& d) { return d.severity == Diagnostic::Severity::error; });
    if (!failed && readable_) result.scenario = scenario_;
    return result;
}

bool Loading::read_document() {
    written_ = parse_yaml(*file_.source, diagnostics_);
    if (written_.is(Node::Kind::broken)) return false;
    if (written_.is(Node::Kind::map)) return true;
    diagnostics_.error(
        written_.is(Node::Kind::null) ? file_ : written_.place, "",
        written_.is(Node::Kind::null)
            ? "the file is empty"
            : fmt::format("a scenario is a mapping that begins with 'gilsim: 1', this is {}", written_.told()));
    return false;
}

/// What concerns the file and not a variant. False: there is too much of something to go on.
bool Loading::check_document() {
    const Node* overlays = document_.find("variants");
    const Node* parameters = document_.find("parameters");
    if (overlays != nullptr && !check_overlays(*overlays)) return false;
    if (parameters != nullptr && !check_parameters(*parameters, "parameters", diagnostics_)) return false;
    if (const Node* sweep = document_.find("sweep")) {
        for (const char* axes : {"grid", "zip"}) {
            if (const Node* map = sweep->find(axes)) check_axes(*map, below("sweep", axes));
        }
    }
    return true;
}

bool Loading::check_overlays(const Node& overlays) {
    if (!overlays.is(Node::Kind::map) || overlays.entries.empty()) {
        if (!overlays.is(Node::Kind::broken))
            diagnostics_.error(overlays.place, "variants",
                               fmt::format("must be a mapping of names to fields, is {}",
                                           overlays.is(Node::Kind::map) ? "empty" : overlays.told()));
        return true;
    }
    const std::size_t count = overlays.entries.size();
    if (count > kMostVariants || count * document_.size() > kMostNodesOfAll) {
        diagnostics_.error(
            overlays.place, "variants",
            fmt::format("{} variants of this size are too many", grouped(static_cast<long long>(count))));
        return false;
    }
    for (const Entry& overlay : overlays.entries) {
        const std::string path = below("variants", overlay.key);
        if (overlay.value.is(Node::Kind::scalar) || overlay.value.is(Node::Kind::list))
            diagnostics_.error(overlay.value.place, path,
                               fmt::format("must be a mapping of the fields that differ, is {}", overlay.value.told()));
        for (const Entry& entry : overlay.value.entries) {
            const Field* field = document_fields().find(entry.key);
            if (field != nullptr && field->top_only)
                diagnostics_.error(entry.place, below(path, entry.key),
                                   "belongs to the file as a whole, not to a variant");
            if (entry.key == "parameters" && !check_parameters(entry.value, below(path, entry.key), diagnostics_))
                return false;
        }
    }
    return true;
}

/// An axis of a sweep is a parameter, or the path of a field as `--set` takes it.
void Loading::check_axes(const Node& axes, const std::string& path) {
    for (const Entry& axis : axes.entries) {
        if (declares(axis.key)) continue;
        std::vector<std::string> known = document_fields().keys();
        if (const Node* parameters = document_.find("parameters")) known = parameters->keys();
        const std::string first = axis.key.substr(0, axis.key.find('.'));
        if (first == "sweep") {  // it has been read once all points are known
            diagnostics_.error(axis.place, below(path, axis.key), "a sweep does not vary itself",
                               "vary a parameter, or a field of the scenario");
            continue;
        }
        if (document_fields().find(first) == nullptr)
            diagnostics_.error(axis.place, below(path, axis.key),
                               fmt::format("{} is neither a parameter nor the path of a field", quote(axis.key)),
                               did_you_mean(axis.key, known));
    }
}

bool Loading::declares(const std::string& parameter) const {
    const auto in = [&](const Node& document) {
        const Node* parameters = document.find("parameters");
        return parameters != nullptr && parameters->find(parameter) != nullptr;
    };
    const Node* overlays = read_.find("variants");
    return in(read_) || (overlays != nullptr && std::any_of(overlays->entries.begin(), overlays->entries.end(),
                                                            [&](const Entry& e) { return in(e.value); }));
}

std::vector<Entry> Loading::variants() const {
    const Node* overlays = document_.find("variants");
    if (overlays != nullptr && overlays->is(Node::Kind::map) && !overlays->entries.empty()) return overlays->entries;
    Node nothing;
    nothing.kind = Node::Kind::map;
    return {{"main", file_, nothing}};
}

void Loading::read_variant(const Entry& overlay) {
    if (diagnostics_.full()) return;
    const std::size_t before = diagnostics_.count();  // what an expression broke would be missing below
    Node tree = document_;
    tree.erase("variants");
    overlay_variant(tree, overlay.value);
    const std::string note =
        document_.find("variants") == nullptr ? "" : fmt::format("in variant {}", quote(overlay.key));
    note_origin(tree);

    Parameters parameters(tree.find("parameters"), diagnostics_, note);
    parameters.evaluate_all();
    for (Entry& entry : tree.entries) {
        if (entry.key != "parameters" && entry.key != "sweep") parameters.expand(entry.value, entry.key);
    }
    configs_.resolve_document(tree);

    Document document;
    Variant& variant = document.variant;
    variant.name = overlay.key;
    Reader reader(variant, diagnostics_, note);
    declare_names(reader, tree);
    read_structure(reader, tree, document_fields(), &document);
    if (variant.machine.name.empty()) variant.machine.name = kUnnamed;
    if (!variant.interpreters.empty() && variant.interpreters[0].name.empty()) variant.interpreters[0].name = kUnnamed;
    if (tree.find("threads") == nullptr && tree.find("processes") == nullptr)
        diagnostics_.error(overlay.place.line > 0 ? overlay.place : Place{file_.source, 1, 1},
                           note.empty() ? "" : below("variants", overlay.key),
                           "nothing runs: declare 'threads', 'processes' or both");
    if (diagnostics_.count() == before) check_variant(variant, overlay.place, diagnostics_);
    scenario_.title = document.title;
    scenario_.sweep = document.sweep;
    if (const Node* about = document_.find("about")) scenario_.about = about->text;
    scenario_.variants.push_back(std::move(variant));
}

/// Remembers which parameters this variant's expressions mention and which settings and changes reached it.
void Loading::note_origin(const Node& tree) {
    collect_mentions(tree, mentioned_);
    for (const Source* setting : settings_) {
        if (comes_from(tree, *setting)) effective_.insert(setting);
    }
    for (std::size_t i = 0; i < changes_->size(); ++i) {
        if (!reached_[i]) reached_[i] = comes_from(tree, (*changes_)[i].value.place);
    }
}

void Loading::check_names_used(const std::vector<Change>& changes) {
    if (const Node* sweep = read_.find("sweep")) {
        if (const Node* where = sweep->find("where")) {
            for (const Mention& mention : mentions(where->text)) mentioned_.insert(mention.name);
        }
    }
    // A setting or a change of a field may replace the only expression that a parameter was for.
    std::set<std::string> in_file;
    if (!settings_.empty() || !changes.empty()) collect_mentions(written_, in_file);
    const auto given_now = [&](const Node& value) {  // to give a parameter that is then of no use is a mistake
        return std::any_of(settings_.begin(), settings_.end(),
                           [&](const Source* setting) { return value.place.source == setting; }) ||
               std::any_of(changes.begin(), changes.end(), [&](const Change& change) {
                   const Place& place = change.value.place;
                   return place.source == value.place.source && place.line == value.place.line &&
                          place.column == value.place.column;
               });
    };
    const auto check = [&](const Node& document, const std::string& path) {
        const Node* parameters = document.find("parameters");
        if (parameters == nullptr) return;
        for (const Entry& entry : parameters->entries) {
            if (mentioned_.contains(entry.key) || !is_parameter_name(entry.key)) continue;
            if (in_file.contains(entry.key) && !given_now(entry.value)) continue;
            diagnostics_.error(entry.place, below(below(path, "parameters"), entry.key),
                               fmt::format("the parameter {} is never used", quote(entry.key)),
                               did_you_mean(entry.key, {mentioned_.begin(), mentioned_.end()}));
        }
    };
    check(document_, "");
    if (const Node* overlays = document_.find("variants")) {
        for (const Entry& overlay : overlays->entries) check(overlay.value, below("variants", overlay.key));
    }
    for (const Source* setting : settings_) {
        if (!changes.empty() || diagnostics_.count() > 0 || effective_.contains(setting)) continue;
        if (!comes_from(document_, *setting))
            diagnostics_.error({setting, 1, 1}, "", "this setting changes nothing");
        else
            diagnostics_.error({setting, 1, 1}, "", "this setting changes nothing: every variant gives its own value",
                               "set it in a variant: variants.NAME....");
    }
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (diagnostics_.count() == 0 && !reached_[i])
            diagnostics_.error(changes[i].place, "", "this axis changes nothing: every variant gives its own value",
                               "vary it in a variant: variants.NAME....");
    }
}

}  // namespace gilsim::scenario
