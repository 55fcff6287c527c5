#pragma once
/// From a text to a scenario, as often as asked: a file is read once and resolved at every point of its sweep.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/scenario/config.hpp"
#include "model/scenario/load.hpp"
#include "model/scenario/tree.hpp"

namespace gilsim::scenario {

/// A value in the place of a field, put there by an axis of a sweep.
struct Change {
    std::string path;  ///< as `--set` takes it
    Place place;       ///< where the axis names the field
    Node value;        ///< knows where it was written
};

class Loading {
public:
    explicit Loading(std::vector<std::string> config_folders)
        : configs_(sources_, diagnostics_, std::move(config_folders)) {}
    Loading(const Loading&) = delete;
    Loading& operator=(const Loading&) = delete;

    /// Reads a text; `name` stands in messages, `folder` is where files that it names are looked for. Once only.
    void read(const FileText& text, const std::string& name, const std::string& folder);
    /// Puts settings on what has been read, in the place of those of the last time. `vary`: axes of the sweep
    /// (`NAME=VALUES`), in the place of the file's of that name.
    void set(const std::vector<Setting>& settings, const std::vector<Setting>& vary = {});
    /// What has been read as a scenario, with changes. `where` (may be empty) is added to what is wrong: the point.
    [[nodiscard]] LoadResult resolve(const std::vector<Change>& changes = {}, const std::string& where = "");

    /// The document with its settings; a mapping if it could be read.
    [[nodiscard]] const Node& document() const { return read_; }
    /// Whether the file or one of its variants declares a parameter of this name.
    [[nodiscard]] bool declares(const std::string& parameter) const;

private:
    bool read_document();
    bool check_document();
    bool check_overlays(const Node& overlays);
    void check_axes(const Node& axes, const std::string& path);
    [[nodiscard]] std::vector<Entry> variants() const;
    void read_variant(const Entry& overlay);
    void note_origin(const Node& tree);
    void check_names_used(const std::vector<Change>& changes);

    Sources sources_;
    Diagnostics diagnostics_;
    Configs configs_;
    Place file_;
    Node written_;   ///< the document as it was read
    Node read_;      ///< that, settings applied
    Node document_;  ///< that with the changes of the point being resolved
    bool readable_ = false;
    std::vector<const Source*> settings_;
    std::set<const Source*> effective_;  ///< settings that reached a variant
    std::vector<bool> reached_;          ///< whether each change reached a variant
    const std::vector<Change>* changes_ = nullptr;
    std::set<std::string> mentioned_;
    Scenario scenario_;
};

}  // namespace gilsim::scenario
