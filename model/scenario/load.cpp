#include "model/scenario/load.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "model/scenario/checks.hpp"
#include "model/scenario/config.hpp"
#include "model/scenario/fields.hpp"
#include "model/scenario/groups.hpp"
#include "model/scenario/overlay.hpp"
#include "model/scenario/parameters.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {
namespace {

constexpr const char* kUnnamed = "default";  ///< a machine or interpreter that is written out without a name
constexpr std::size_t kMostVariants = 500;
constexpr std::size_t kMostNodes = 5'000'000;  ///< of all variants together

/// One load, from text to scenario.
class Loading {
public:
    Loading(std::vector<std::string> config_folders) : configs_(sources_, diagnostics_, std::move(config_folders)) {}

    LoadResult run(const FileText& text, const std::string& name, const std::string& folder,
                   const std::vector<Setting>& settings) {
        Source& file = sources_.emplace_back();
        file.name = name;
        file.text = text.text;
        file.folder = folder;
        file.is_file = true;
        file_ = {&file, 0, 0};
        if (!text.error.empty()) {
            diagnostics_.error({&file, text.line, 1}, "", text.error);
        } else if (read_document(settings)) {
            if (check_document()) {
                for (const Entry& variant : variants()) read_variant(variant);
                check_names_used();
            }
        }
        LoadResult result;
        result.diagnostics = diagnostics_.take();
        const bool failed = std::any_of(result.diagnostics.begin(), result.diagnostics.end(),
                                        [](const Diagnostic& d) { return d.severity == Diagnostic::Severity::error; });
        scenario_.file = name;
        if (!failed) result.scenario = std::move(scenario_);
        return result;
    }

private:
    bool read_document(const std::vector<Setting>& settings) {
        document_ = parse_yaml(*file_.source, diagnostics_);
        if (document_.is(Node::Kind::broken)) return false;
        if (!document_.is(Node::Kind::map)) {
            diagnostics_.error(document_.is(Node::Kind::null) ? file_ : document_.place, "",
                               document_.is(Node::Kind::null)
                                   ? "the file is empty"
                                   : fmt::format("a scenario is a mapping that begins with 'gilsim: 1', this is {}",
                                                 document_.told()));
            return false;
        }
        for (const Setting& setting : settings) {
            const Source& source = sources_.emplace_back(setting_source(setting));
            settings_.push_back(&source);
            apply_setting(document_, source, diagnostics_);
        }
        return true;
    }

    /// What concerns the file and not a variant. False: there is too much of something to go on.
    bool check_document() {
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
    bool check_overlays(const Node& overlays) {
        if (!overlays.is(Node::Kind::map) || overlays.entries.empty()) {
            if (!overlays.is(Node::Kind::broken))
                diagnostics_.error(overlays.place, "variants",
                                   fmt::format("must be a mapping of names to fields, is {}",
                                               overlays.is(Node::Kind::map) ? "empty" : overlays.told()));
            return true;
        }
        const std::size_t count = overlays.entries.size();
        if (count > kMostVariants || count * document_.size() > kMostNodes) {
            diagnostics_.error(
                overlays.place, "variants",
                fmt::format("{} variants of this size are too many", grouped(static_cast<long long>(count))));
            return false;
        }
        for (const Entry& overlay : overlays.entries) {
            const std::string path = below("variants", overlay.key);
            if (overlay.value.is(Node::Kind::scalar) || overlay.value.is(Node::Kind::list))
                diagnostics_.error(
                    overlay.value.place, path,
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
    void check_axes(const Node& axes, const std::string& path) {
        for (const Entry& axis : axes.entries) {
            if (declares(axis.key)) continue;
            std::vector<std::string> known = document_fields().keys();
            if (const Node* parameters = document_.find("parameters")) known = parameters->keys();
            const std::string first = axis.key.substr(0, axis.key.find('.'));
            if (document_fields().find(first) == nullptr)
                diagnostics_.error(axis.place, below(path, axis.key),
                                   fmt::format("{} is neither a parameter nor the path of a field", quote(axis.key)),
                                   did_you_mean(axis.key, known));
        }
    }
    [[nodiscard]] bool declares(const std::string& parameter) const {
        const auto in = [&](const Node& document) {
            const Node* parameters = document.find("parameters");
            return parameters != nullptr && parameters->find(parameter) != nullptr;
        };
        const Node* overlays = document_.find("variants");
        return in(document_) || (overlays != nullptr && std::any_of(overlays->entries.begin(), overlays->entries.end(),
                                                                    [&](const Entry& e) { return in(e.value); }));
    }

    [[nodiscard]] std::vector<Entry> variants() const {
        const Node* overlays = document_.find("variants");
        if (overlays != nullptr && overlays->is(Node::Kind::map) && !overlays->entries.empty())
            return overlays->entries;
        Node nothing;
        nothing.kind = Node::Kind::map;
        return {{"main", file_, nothing}};
    }

    void read_variant(const Entry& overlay) {
        if (diagnostics_.full()) return;
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

        const std::size_t before = diagnostics_.count();
        Document document;
        Variant& variant = document.variant;
        variant.name = overlay.key;
        Reader reader(variant, diagnostics_, note);
        declare_names(reader, tree);
        read_structure(reader, tree, document_fields(), &document);
        if (variant.machine.name.empty()) variant.machine.name = kUnnamed;
        if (!variant.interpreters.empty() && variant.interpreters[0].name.empty())
            variant.interpreters[0].name = kUnnamed;
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

    /// Remembers which parameters this variant's expressions mention and which settings reached it.
    void note_origin(const Node& tree) {
        collect_mentions(tree, mentioned_);
        for (const Source* setting : settings_) {
            if (comes_from(tree, *setting)) effective_.insert(setting);
        }
    }
    void check_names_used() {
        const auto check = [&](const Node& document, const std::string& path) {
            const Node* parameters = document.find("parameters");
            if (parameters == nullptr) return;
            for (const Entry& entry : parameters->entries) {
                if (mentioned_.contains(entry.key) || !is_parameter_name(entry.key)) continue;
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
            if (diagnostics_.count() == 0 && !effective_.contains(setting) && !comes_from(document_, *setting))
                diagnostics_.error({setting, 1, 1}, "", "this setting changes nothing");
            else if (diagnostics_.count() == 0 && !effective_.contains(setting))
                diagnostics_.error({setting, 1, 1}, "",
                                   "this setting changes nothing: every variant gives its own value",
                                   "set it in a variant: variants.NAME....");
        }
    }

    Sources sources_;
    Diagnostics diagnostics_;
    Configs configs_;
    Place file_;
    Node document_;
    std::vector<const Source*> settings_;
    std::set<const Source*> effective_;
    std::set<std::string> mentioned_;
    Scenario scenario_;
};

}  // namespace

bool LoadResult::only_resources() const {
    return std::all_of(diagnostics.begin(), diagnostics.end(),
                       [](const Diagnostic& d) { return d.resource || d.severity == Diagnostic::Severity::warning; });
}

LoadResult load(const std::string& path, const std::vector<Setting>& settings,
                const std::vector<std::string>& config_folders) {
    return Loading(config_folders)
        .run(read_text_file(path), path, std::filesystem::path(path).parent_path().string(), settings);
}

LoadResult load_text(const std::string& text, const std::string& name, const std::string& folder,
                     const std::vector<Setting>& settings, const std::vector<std::string>& config_folders) {
    return Loading(config_folders).run(check_text(text), name, folder, settings);
}

}  // namespace gilsim::scenario
