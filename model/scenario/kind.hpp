#pragma once
/// The table of fields: what it is made of. A `Structure` is the list of fields of one struct of spec.hpp; a `Field`
/// binds a YAML key to a member, its kind of value and one line of documentation; a `Kind` is a way to read, write and
/// describe values of one C++ type. Reading with validation, suggestions, the JSON Schema, `help` and the reference
/// page all walk these same rows, so there is no second list of keys anywhere.

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/scenario/spec.hpp"
#include "model/scenario/tree.hpp"

namespace gilsim::scenario {

class Reader;
class Definitions;
struct Structure;
using Json = nlohmann::ordered_json;

/// What is known of a kind of value without its C++ type.
class KindBase {
public:
    KindBase() = default;
    KindBase(const KindBase&) = delete;
    KindBase& operator=(const KindBase&) = delete;
    KindBase(KindBase&&) = delete;
    KindBase& operator=(KindBase&&) = delete;
    virtual ~KindBase() = default;

    /// "a duration", "one of eevdf, cfs": completes the sentence "must be ...".
    [[nodiscard]] virtual std::string told() const = 0;
    /// JSON Schema of the values, expressions included.
    [[nodiscard]] virtual Json schema(Definitions&) const = 0;
    /// The fields inside a value, if it is a mapping with fields; for maps of names and lists: those of an element.
    [[nodiscard]] virtual const Structure* inside() const { return nullptr; }
    /// Whether the fields inside stand below a name of the user's choice (`programs.NAME`).
    [[nodiscard]] virtual bool named() const { return false; }
    /// The words that are possible values, each with its meaning; empty if values are not words of a fixed list.
    [[nodiscard]] virtual std::vector<std::pair<std::string, std::string>> words() const { return {}; }
    /// Whether a value written in this way is meant for this kind, where it may stand for a whole mapping.
    [[nodiscard]] virtual bool claims(const Node& node) const { return !node.is(Node::Kind::map); }
    /// Folder of the configuration files that can supply such a value ("machines"), or empty.
    [[nodiscard]] virtual std::string_view config_folder() const { return ""; }
};

template <class M>
class Kind : public KindBase {
public:
    /// Reads `node` into `out`; reports what is wrong to the reader and then leaves `out` usable.
    virtual void read(Reader& reader, const Node& node, M& out) const = 0;
    /// The value as the language would write it; null: not worth writing. `variant` gives names to indices.
    [[nodiscard]] virtual Json write(const Variant& variant, const M& value) const = 0;
};
template <class M>
using KindPtr = std::shared_ptr<const Kind<M>>;

/// How a value in a variant's overlay meets the value of the file.
enum class Merge : std::uint8_t {
    deep,      ///< maps are merged key by key, anything else is replaced
    whole,     ///< replaced
    config,    ///< like deep; where the file's side is the name of a configuration, it becomes the `base` of the
               ///< overlay's fields
    workload,  ///< replaced; an overlay with one field of this sort drops all others of the file
};

/// One row of the table.
struct Field {
    std::string key;
    std::string doc;
    std::shared_ptr<const KindBase> kind;
    std::function<void(Reader&, const Node&, void*)> read;
    std::function<Json(const Variant&, const void*)> write;
    std::function<Json()> default_value;            ///< as `write` would write it; null: none worth telling
    std::function<void(Reader&, void*)> otherwise;  ///< what to do if it is absent; may be empty
    std::string if_absent;                          ///< what absence means, where the member's default does not say it
    bool is_required = false;
    bool top_only = false;  ///< of the whole file: not to be given by a variant
    Merge merge = Merge::deep;

    Field&& required() && {
        is_required = true;
        return std::move(*this);
    }
    /// The member's default means "not given"; it is not written.
    Field&& absent(std::string meaning) && {
        if_absent = std::move(meaning);
        return std::move(*this);
    }
    template <class T>
    Field&& absent(std::string meaning, void (*action)(Reader&, T&)) && {
        if_absent = std::move(meaning);
        otherwise = [action](Reader& reader, void* object) { action(reader, *static_cast<T*>(object)); };
        return std::move(*this);
    }
    /// Written if and only if `needed`, even where it is what absence means.
    template <class T>
    Field&& written_if(bool (*needed)(const T&)) && {
        write = [needed, all = std::move(write)](const Variant& variant, const void* object) {
            return needed(*static_cast<const T*>(object)) ? all(variant, object) : Json(nullptr);
        };
        default_value = [] { return Json(nullptr); };
        return std::move(*this);
    }
    Field&& of_file() && {
        top_only = true;
        return std::move(*this);
    }
    Field&& merged(Merge how) && {
        merge = how;
        return std::move(*this);
    }
};

/// The fields of one struct.
struct Structure {
    std::string name;  ///< for the schema's definitions and the reference: "machine"
    std::string doc;
    std::vector<Field> fields;
    std::string shorthand;  ///< the field that a value stands for where a mapping could stand: `{sleep: 5ms}`
    /// What must hold among the fields once all are read; may be empty.
    std::function<void(Reader&, const Node&, void*)> check = nullptr;

    [[nodiscard]] const Field* find(std::string_view key) const;
    [[nodiscard]] std::vector<std::string> keys() const;
};

/// Makes a row. `access`: a pointer to a member of T, or a function from T& to a reference.
template <class T, class Access, class M>
Field field(std::string key, Access access, std::shared_ptr<M> kind, std::string doc) {
    Field row;
    row.key = std::move(key);
    row.doc = std::move(doc);
    row.kind = kind;
    row.read = [=](Reader& reader, const Node& node, void* object) {
        kind->read(reader, node, std::invoke(access, *static_cast<T*>(object)));
    };
    row.write = [=](const Variant& variant, const void* object) {
        // `access` may want a T&, and only looks.
        return kind->write(variant, std::invoke(access, *const_cast<T*>(static_cast<const T*>(object))));
    };
    row.default_value = [=] {
        T fresh{};
        return kind->write(Variant{}, std::invoke(access, fresh));
    };
    return row;
}

/// A check of a structure, for its own type.
template <class T>
std::function<void(Reader&, const Node&, void*)> checked(void (*check)(Reader&, const Node&, const T&)) {
    return [check](Reader& reader, const Node& node, void* object) {
        check(reader, node, *static_cast<const T*>(object));
    };
}

/// Reads a mapping with the fields of `structure` into `object` (or what its shorthand stands for).
void read_structure(Reader& reader, const Node& node, const Structure& structure, void* object);
/// Writes all fields but those absent; as the shorthand alone where that says it all.
[[nodiscard]] Json write_structure(const Variant& variant, const Structure& structure, const void* object);

}  // namespace gilsim::scenario
