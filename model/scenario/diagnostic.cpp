#include "model/scenario/diagnostic.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {
namespace {

constexpr std::size_t kMostDiagnostics = 1000;
constexpr std::size_t kLongestLine = 160;
constexpr std::size_t kMostNames = 4;

bool within_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::string head(const Location& where) {
    if (where.line == 0) return where.file;
    return fmt::format("{}:{}:{}", where.file, where.line, where.column);
}

/// The source line and under it a caret; tabs are kept so that the caret stands right.
std::string excerpt(const Location& where) {
    if (where.line == 0 || where.source_line.empty()) return "";
    std::string pad;
    for (int i = 0; i < where.caret && i < static_cast<int>(where.source_line.size()); ++i) {
        const char c = where.source_line[static_cast<std::size_t>(i)];
        if (c == '\t') {
            pad += '\t';
        } else if (!within_character(c)) {
            pad += ' ';
        }
    }
    return fmt::format("    {}\n    {}^\n", where.source_line, pad);
}

}  // namespace

Location locate(const Place& place) {
    Location where;
    if (place.source == nullptr) return where;
    where.file = place.source->name;
    where.line = place.line;
    where.column = place.column;
    if (place.line == 0) return where;
    where.source_line = place.source->line(place.line);
    where.caret = std::clamp(place.column - 1, 0, static_cast<int>(where.source_line.size()));
    if (where.source_line.size() > kLongestLine) {
        auto from = static_cast<std::size_t>(std::max(0, where.caret - static_cast<int>(kLongestLine) / 2));
        while (from > 0 && from < where.source_line.size() && within_character(where.source_line[from])) --from;
        std::size_t to = std::min(from + kLongestLine, where.source_line.size());
        while (to < where.source_line.size() && within_character(where.source_line[to])) ++to;
        where.source_line = where.source_line.substr(from, to - from);
        where.caret -= static_cast<int>(from);
    }
    return where;
}

Note make_note(const Place& place, std::string message) {
    Note note;
    static_cast<Location&>(note) = locate(place);
    note.message = std::move(message);
    return note;
}

Diagnostic& Diagnostics::error(const Place& place, const std::string& path, const std::string& message,
                               const std::string& hint) {
    ++reported_;
    if (full()) return ignored_ = Diagnostic{};
    const Location where = locate(place);
    const std::string key = fmt::format("{}\n{}\n{}\n{}", where.file, where.line, where.column, message);
    const auto [known, is_new] = seen_.emplace(key, list_.size());
    if (is_new) variants_.emplace_back();
    auto& variants = variants_[known->second];
    if (!variant_.empty() && (variants.empty() || variants.back() != variant_)) variants.push_back(variant_);
    if (!is_new) return ignored_ = Diagnostic{};
    Diagnostic diagnostic;
    static_cast<Location&>(diagnostic) = where;
    diagnostic.path = path;
    diagnostic.message = message;
    diagnostic.hint = hint;
    const Source* source = place.source;
    for (int depth = 0; source != nullptr && source->included_from.source != nullptr && depth < 16; ++depth) {
        diagnostic.notes.push_back(make_note(source->included_from, "which is read because of this"));
        source = source->included_from.source;
    }
    list_.push_back(std::move(diagnostic));
    return list_.back();
}

void Diagnostics::name_variants(std::size_t count) {
    for (std::size_t i = 0; i < list_.size(); ++i) {
        const auto& names = variants_[i];
        auto& notes = list_[i].notes;
        const bool named = std::any_of(notes.begin(), notes.end(), [](const Note& note) {
            return note.message.find("in variant '") != std::string::npos;
        });
        if (names.empty() || names.size() == count || named || list_[i].path.starts_with("variants.")) continue;
        std::string which;
        for (std::size_t k = 0; k < std::min(names.size(), kMostNames); ++k)
            which += (k == 0 ? "" : ", ") + quote(names[k]);
        if (names.size() > kMostNames) which += fmt::format(" and {} more", names.size() - kMostNames);
        notes.push_back(make_note({}, fmt::format("in variant{} {}", names.size() == 1 ? "" : "s", which)));
    }
}

bool Diagnostics::full() const {
    return list_.size() >= kMostDiagnostics;
}

std::vector<Diagnostic> Diagnostics::take() {
    std::vector<std::string> files;
    for (const Diagnostic& d : list_) {
        if (std::find(files.begin(), files.end(), d.file) == files.end()) files.push_back(d.file);
    }
    const auto file_rank = [&](const Diagnostic& d) { return std::find(files.begin(), files.end(), d.file); };
    std::stable_sort(list_.begin(), list_.end(), [&](const Diagnostic& a, const Diagnostic& b) {
        if (a.file != b.file) return file_rank(a) < file_rank(b);
        return a.line != b.line ? a.line < b.line : a.column < b.column;
    });
    seen_.clear();
    variants_.clear();
    return std::move(list_);
}

std::string render(const Diagnostic& diagnostic) {
    std::string text = head(diagnostic);
    if (!text.empty()) text += ": ";
    text += diagnostic.severity == Diagnostic::Severity::error ? "error: " : "warning: ";
    if (!diagnostic.path.empty()) text += diagnostic.path + ": ";
    text += diagnostic.message;
    if (!diagnostic.hint.empty()) text += fmt::format(" ({})", diagnostic.hint);
    text += '\n' + excerpt(diagnostic);
    for (const Note& note : diagnostic.notes) {
        const std::string where = head(note);
        text += fmt::format("{}{}note: {}\n", where, where.empty() ? "" : ": ", note.message) + excerpt(note);
    }
    return text;
}

std::string render(const std::vector<Diagnostic>& diagnostics, std::size_t most) {
    std::string text;
    for (std::size_t i = 0; i < std::min(most, diagnostics.size()); ++i) text += render(diagnostics[i]);
    if (diagnostics.size() > most) text += fmt::format("... and {} more\n", diagnostics.size() - most);
    return text;
}

}  // namespace gilsim::scenario
