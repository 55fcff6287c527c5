/// The only file that knows yaml-cpp: its events become our tree.

#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "model/scenario/suggest.hpp"
#include "model/scenario/tree.hpp"

namespace gilsim::scenario {
namespace {

constexpr std::size_t kDeepestNesting = 60;
constexpr std::size_t kMostNodes = 100'000;

/// Ends the parse; has been reported.
struct GiveUp {};

/// Puts '_' in the place of control characters, line ends and tabs aside; the first of them, if there is one. Terminals
/// obey those of two bytes (U+0080 to U+009F), too.
std::optional<unsigned> replace_control_characters(std::string& text) {
    std::optional<unsigned> first;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const unsigned next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        const bool of_two = c == 0xC2 && next >= 0x80 && next < 0xA0;
        if (!of_two && (c >= 0x20 || c == '\n' || c == '\t') && c != 0x7F) continue;
        if (!first) first = of_two ? next : c;
        text.replace(i, of_two ? 2 : 1, "_");
    }
    return first;
}

class Builder : public YAML::EventHandler {
public:
    Builder(const Source& source, Diagnostics& diagnostics) : source_(source), diagnostics_(diagnostics) {}

    Node root;

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { leaf(mark, anchor, "?", ""); }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        leaf(mark, anchor, tag, value);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchored_.find(anchor);
        if (found == anchored_.end()) {
            diagnostics_.error(place(mark), path(), "this alias stands inside what it refers to");
            throw GiveUp{};
        }
        count(found->second.size(), mark);
        add(found->second, place(mark));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, Node::Kind::list);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, Node::Kind::map);
    }
    void OnMapEnd() override { close(); }

    [[nodiscard]] Place place(const YAML::Mark& mark) const {
        return mark.line < 0 ? Place{&source_, 1, 1} : Place{&source_, mark.line + 1, mark.column + 1};
    }

private:
    /// A list or map whose end has not come yet.
    struct Open {
        Node node;
        YAML::anchor_t anchor = YAML::NullAnchor;
        bool has_key = false;
        bool unnamed = false;  ///< its key was no text: drop the value
        std::string key;
        Place key_place;
        std::map<std::string, Place> seen;
    };

    /// Of the value or key that is being read.
    [[nodiscard]] std::string path() const {
        std::string result;
        for (const Open& frame : open_) {
            if (frame.node.is(Node::Kind::list)) {
                result = below(result, frame.node.items.size());
            } else if (frame.has_key) {
                result = below(result, frame.key);
            }
        }
        return result;
    }
    void count(std::size_t nodes, const YAML::Mark& mark) {
        nodes_ += nodes;
        if (nodes_ <= kMostNodes) return;
        diagnostics_.error(
            place(mark), "",
            fmt::format("more than {} values (aliases counted as often as they are used)", grouped(kMostNodes)));
        throw GiveUp{};
    }
    void check_tag(const std::string& tag, const YAML::Mark& mark) {
        if (tag.empty() || tag == "?" || tag == "!") return;
        diagnostics_.error(place(mark), path(), fmt::format("YAML tags are not used here: {}", quote(tag)));
    }
    void leaf(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag, const std::string& value) {
        count(1, mark);
        check_tag(tag, mark);
        Node node;
        node.place = place(mark);
        node.in_quotes = tag == "!";
        node.kind = value.empty() && !node.in_quotes ? Node::Kind::null : Node::Kind::scalar;
        node.text = value;
        if (const auto character = replace_control_characters(node.text))
            diagnostics_.error(place(mark), path(),
                               fmt::format("this text contains a control character (U+{:04X})", *character),
                               "texts are printed: a terminal would obey it");
        if (anchor != YAML::NullAnchor) anchored_[anchor] = node;
        add(std::move(node), place(mark));
    }
    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
        count(1, mark);
        check_tag(tag, mark);
        if (open_.size() >= kDeepestNesting) {
            diagnostics_.error(place(mark), "", fmt::format("nested more than {} levels deep", kDeepestNesting));
            throw GiveUp{};
        }
        Open frame;
        frame.anchor = anchor;
        frame.node.kind = kind;
        frame.node.place = place(mark);
        open_.push_back(std::move(frame));
    }
    void close() {
        Open frame = std::move(open_.back());
        open_.pop_back();
        if (frame.anchor != YAML::NullAnchor) anchored_[frame.anchor] = frame.node;
        const Place at = frame.node.place;
        add(std::move(frame.node), at);
    }
    void add(Node node, const Place& at) {
        if (open_.empty()) {
            root = std::move(node);
            return;
        }
        Open& parent = open_.back();
        if (parent.node.is(Node::Kind::list)) {
            parent.node.items.push_back(std::move(node));
        } else if (!parent.has_key) {
            take_key(parent, node, at);
        } else {
            parent.has_key = false;
            if (node.is(Node::Kind::null))
                node.place = parent.key_place;  // yaml-cpp would say: where the next thing begins
            if (!parent.unnamed)
                parent.node.entries.push_back({std::move(parent.key), parent.key_place, std::move(node)});
        }
    }
    void take_key(Open& parent, const Node& node, const Place& at) {
        parent.has_key = true;
        parent.key = node.text;
        parent.key_place = at;
        parent.unnamed = !node.is(Node::Kind::scalar);
        if (parent.unnamed) {
            diagnostics_.error(at, "", fmt::format("a key must be a word, not {}", node.told()));
            return;
        }
        const auto [first, is_new] = parent.seen.emplace(parent.key, at);
        if (is_new) return;
        parent.unnamed = true;
        diagnostics_.error(at, path(), fmt::format("the key {} stands here twice", quote(parent.key)))
            .notes.push_back(make_note(first->second, "the first is here"));
    }

    const Source& source_;
    Diagnostics& diagnostics_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, Node> anchored_;
    std::size_t nodes_ = 0;
};

/// Swallows a second document.
class Ignore : public YAML::EventHandler {
public:
    YAML::Mark start;

    void OnDocumentStart(const YAML::Mark& mark) override { start = mark; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

/// yaml-cpp's words, and what is usually behind them.
std::string explain(const std::string& message, const Place& at) {
    const std::string line = at.source->line(at.line);
    const std::size_t first = line.find_first_not_of(' ');
    if (first != std::string::npos && line[first] == '\t') return "YAML does not allow tabs for indentation";
    if (line.find("${") != std::string::npos) return "write expressions in quotes: \"${...}\"";
    if (message.find("illegal map value") != std::string::npos) return "a ': ' too many, or text that needs quotes";
    return "";
}

}  // namespace

Node parse_yaml(const Source& source, Diagnostics& diagnostics) {
    Builder builder(source, diagnostics);
    try {
        std::istringstream stream(source.text);
        YAML::Parser parser(stream);
        parser.HandleNextDocument(builder);
        Ignore ignore;
        if (parser.HandleNextDocument(ignore))
            diagnostics.error(builder.place(ignore.start), "", "the file holds more than one YAML document ('---')");
    } catch (const YAML::Exception& error) {
        const Place at = builder.place(error.mark);
        diagnostics.error(at, "", "not valid YAML: " + error.msg, explain(error.msg, at));
        builder.root.kind = Node::Kind::broken;
    } catch (const GiveUp&) {
        builder.root.kind = Node::Kind::broken;
    }
    if (builder.root.place.source == nullptr) builder.root.place = {&source, 1, 1};
    return std::move(builder.root);
}

}  // namespace gilsim::scenario
