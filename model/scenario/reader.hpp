#pragma once
/// What reading a tree into a Variant needs to know and keeps: where it is, what is wrong, and which names mean what.

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/scenario/spec.hpp"
#include "model/scenario/tree.hpp"

namespace gilsim::scenario {

/// What a name in a scenario can refer to.
enum class Naming : std::uint8_t {
    program,
    object,
    group,
    interpreter,
    request,
    shared_object,
    device,
    socket,
    client,
    object_set,
    payload
};
/// "program", "object", "group of threads or processes", "interpreter", "kind of request", "shared object", ...
[[nodiscard]] std::string_view told(Naming naming);

class Reader {
public:
    /// `note` (may be empty) is added to errors about values that come from expressions.
    Reader(Variant& variant, Diagnostics& diagnostics, std::string note)
        : variant_(variant), diagnostics_(diagnostics), note_(std::move(note)) {}

    /// Lives as long as the reader is below `key`.
    class Scope {
    public:
        Scope(Reader& reader, std::string path)
            : reader_(reader), before_(std::exchange(reader.path_, std::move(path))) {}
        ~Scope() { reader_.path_ = before_; }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;
        Scope(Scope&&) = delete;
        Scope& operator=(Scope&&) = delete;

    private:
        Reader& reader_;
        std::string before_;
    };
    [[nodiscard]] Scope enter(std::string_view key) { return {*this, below(path_, key)}; }
    [[nodiscard]] Scope enter(std::size_t index) { return {*this, below(path_, index)}; }

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] Variant& variant() { return variant_; }

    /// Reports an error at a value.
    void error(const Node& node, const std::string& message, const std::string& hint = "");
    /// Reports "must be ..., is ...".
    void mismatch(const Node& node, const std::string& expected, const std::string& hint = "");
    /// Reports an error at a key.
    void error(const Entry& entry, const std::string& message, const std::string& hint = "");
    [[nodiscard]] bool full() const { return diagnostics_.full(); }

    /// Declares a name; its index.
    int declare(Naming naming, const std::string& name);
    [[nodiscard]] const std::vector<std::string>& names(Naming naming) const {
        return names_.at(static_cast<std::size_t>(naming));
    }
    /// The index of a declared name, -1 if there is none.
    [[nodiscard]] int index_of(Naming naming, std::string_view name) const;

private:
    Variant& variant_;
    Diagnostics& diagnostics_;
    std::string note_;
    std::string path_;
    std::array<std::vector<std::string>, 11> names_;
    std::array<std::map<std::string, int, std::less<>>, 11> indices_;
};

}  // namespace gilsim::scenario
