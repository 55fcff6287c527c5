#include "model/scenario/groups.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"
#include "model/scenario/suggest.hpp"
#include "model/trace/events.hpp"

namespace gilsim::scenario {
namespace {

/// A mapping of names to structs of one sort.
template <class M>
class NamedKind : public Kind<M> {
public:
    NamedKind(std::string told, StructureOf fields) : told_(std::move(told)), fields_(fields) {}
    [[nodiscard]] std::string told() const override { return told_; }
    [[nodiscard]] const Structure* inside() const override { return &fields_(); }
    [[nodiscard]] bool named() const override { return true; }
    Json schema(Definitions& definitions) const override { return named_schema(definitions.structure(fields_())); }

protected:
    std::string told_;
    StructureOf fields_;
};

void mark(Group& group, const Entry& entry) {
    group.name = entry.key;
    if (entry.place.source == nullptr || !entry.place.source->is_file) return;
    group.line = entry.place.line;
    group.column = entry.place.column;
}

class InnerGroupsKind : public NamedKind<std::vector<Group>> {
public:
    InnerGroupsKind() : NamedKind("a mapping of names to threads", inner_group_fields) {}
    void read(Reader& reader, const Node& node, std::vector<Group>& out) const override {
        if (!is_mapping(reader, node, told_)) return;
        for (const Entry& entry : node.entries) {
            const auto scope = reader.enter(entry.key);
            if (entry.key == kMainThread)
                reader.error(entry, "a process's main thread runs what the process's `run` says",
                             "write 'run' instead");
            mark(out.emplace_back(), entry);
            read_structure(reader, entry.value, fields_(), &out.back());
        }
    }
    [[nodiscard]] Json write(const Variant& variant, const std::vector<Group>& groups) const override {
        if (groups.empty()) return nullptr;
        Json result = Json::object();
        for (const Group& group : groups) result[group.name] = write_structure(variant, fields_(), &group);
        return result;
    }
};

class TopGroupsKind : public NamedKind<Variant> {
public:
    TopGroupsKind(Group::Kind kind, std::string told, StructureOf fields)
        : NamedKind(std::move(told), fields), kind_(kind) {}
    void read(Reader& reader, const Node& node, Variant& variant) const override {
        if (!is_mapping(reader, node, told_)) return;
        for (const Entry& entry : node.entries) {
            if (reader.full()) return;
            const auto scope = reader.enter(entry.key);
            if (kind_ == Group::Kind::threads && entry.key == kMainThread) {
                read_main(reader, entry, variant);
                continue;
            }
            const int index = reader.index_of(Naming::group, entry.key);
            if (index < 0) continue;  // its name has been refused
            Group& group = variant.groups[static_cast<std::size_t>(index)];
            group.kind = kind_;
            mark(group, entry);
            read_structure(reader, entry.value, fields_(), &group);
        }
    }
    [[nodiscard]] Json write(const Variant& variant, const Variant&) const override {
        Json result = Json::object();
        if (kind_ == Group::Kind::threads && variant.main_program >= 0)
            result[std::string(kMainThread)] = variant.program_names.at(static_cast<std::size_t>(variant.main_program));
        for (const Group& group : variant.groups) {
            if (group.kind == kind_) result[group.name] = write_structure(variant, fields_(), &group);
        }
        return result.empty() ? Json(nullptr) : result;
    }

private:
    void read_main(Reader& reader, const Entry& entry, Variant& variant) const {
        Group group;
        read_structure(reader, entry.value, fields_(), &group);
        if (entry.value.is(Node::Kind::broken)) return;
        variant.main_program = group.program;
        if (group.count != 1) reader.error(entry, fmt::format("there is one main thread, not {}", group.count));
        if (group.manual || group.daemon || group.nice != 0 || !group.affinity.empty())
            reader.error(entry, "the main thread takes only 'run'");
    }

    Group::Kind kind_;
};

class ProgramsKind : public Kind<Variant> {
public:
    [[nodiscard]] std::string told() const override { return "a mapping of names to programs"; }
    [[nodiscard]] bool named() const override { return true; }
    Json schema(Definitions& definitions) const override { return named_schema(program()->schema(definitions)); }
    void read(Reader& reader, const Node& node, Variant& variant) const override {
        if (!is_mapping(reader, node, told())) return;
        for (const Entry& entry : node.entries) {
            const int index = reader.index_of(Naming::program, entry.key);
            const auto scope = reader.enter(entry.key);
            if (index >= 0 && !reader.full())
                program()->read(reader, entry.value, variant.programs[static_cast<std::size_t>(index)]);
        }
    }
    [[nodiscard]] Json write(const Variant& variant, const Variant&) const override {
        Json result = Json::object();
        for (std::size_t i = 0; i < variant.programs.size(); ++i)
            result[variant.program_names[i]] = program()->write(variant, variant.programs[i]);
        return result.empty() ? Json(nullptr) : result;
    }
};

class ObjectsKind : public NamedKind<Variant> {
public:
    ObjectsKind() : NamedKind("a mapping of names to objects", object_fields) {}
    void read(Reader& reader, const Node& node, Variant& variant) const override {
        if (!is_mapping(reader, node, told_)) return;
        for (const Entry& entry : node.entries) {
            const int index = reader.index_of(Naming::object, entry.key);
            if (index < 0 || reader.full()) continue;
            const auto scope = reader.enter(entry.key);
            ObjectSpec& object = variant.objects[static_cast<std::size_t>(index)];
            object.name = entry.key;
            if (entry.place.source != nullptr && entry.place.source->is_file) {
                object.line = entry.place.line;
                object.column = entry.place.column;
            }
            read_structure(reader, entry.value, fields_(), &object);
        }
    }
    [[nodiscard]] Json write(const Variant& variant, const Variant&) const override {
        Json result = Json::object();
        for (const ObjectSpec& object : variant.objects)
            result[object.name] = write_structure(variant, fields_(), &object);
        return result.empty() ? Json(nullptr) : result;
    }
};

/// A mapping of names to structs that the variant keeps in a vector of its own.
template <class T>
class ListedKind : public NamedKind<Variant> {
public:
    ListedKind(std::string told, StructureOf fields, Naming naming, std::vector<T> Variant::*list)
        : NamedKind(std::move(told), fields), naming_(naming), list_(list) {}
    void read(Reader& reader, const Node& node, Variant& variant) const override {
        if (!is_mapping(reader, node, told_)) return;
        for (const Entry& entry : node.entries) {
            const int index = reader.index_of(naming_, entry.key);
            if (index < 0 || reader.full()) continue;
            const auto scope = reader.enter(entry.key);
            T& one = (variant.*list_)[static_cast<std::size_t>(index)];
            one.name = entry.key;
            if constexpr (requires { one.line; }) {
                if (entry.place.source != nullptr && entry.place.source->is_file) {
                    one.line = entry.place.line;
                    one.column = entry.place.column;
                }
            }
            read_structure(reader, entry.value, fields_(), &one);
        }
    }
    [[nodiscard]] Json write(const Variant& variant, const Variant&) const override {
        Json result = Json::object();
        for (const T& one : variant.*list_) result[one.name] = write_structure(variant, fields_(), &one);
        return result.empty() ? Json(nullptr) : result;
    }

private:
    Naming naming_;
    std::vector<T> Variant::*list_;
};

class InterpretersKind : public NamedKind<Variant> {
public:
    InterpretersKind() : NamedKind("a mapping of names to interpreters", interpreter_fields) {}
    [[nodiscard]] std::string_view config_folder() const override { return "interpreters"; }
    Json schema(Definitions& definitions) const override { return named_schema(element()->schema(definitions)); }
    void read(Reader& reader, const Node& node, Variant& variant) const override {
        if (!is_mapping(reader, node, told_)) return;
        for (const Entry& entry : node.entries) {
            const int index = reader.index_of(Naming::interpreter, entry.key);
            if (index <= 0 || reader.full()) continue;
            const auto scope = reader.enter(entry.key);
            InterpreterSpec& interpreter = variant.interpreters[static_cast<std::size_t>(index)];
            element()->read(reader, entry.value, interpreter);
            interpreter.name = entry.key;
        }
    }
    [[nodiscard]] Json write(const Variant& variant, const Variant&) const override {
        Json result = Json::object();
        for (std::size_t i = 1; i < variant.interpreters.size(); ++i)
            result[variant.interpreters[i].name] = write_structure(variant, fields_(), &variant.interpreters[i]);
        return result.empty() ? Json(nullptr) : result;
    }

private:
    static KindPtr<InterpreterSpec> element() { return record<InterpreterSpec>(interpreter_fields, "interpreters"); }
};

/// Letters (of any alphabet), digits, '_', '-', '.'.
bool is_group_name(std::string_view name) {
    return !name.empty() && name.size() <= 80 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.' || static_cast<unsigned char>(c) >= 0x80;
    });
}

void declare(Reader& reader, const Node& document, std::string_view key, Naming naming) {
    const Node* map = document.find(key);
    if (map == nullptr || !map->is(Node::Kind::map)) return;
    const auto top = reader.enter(key);
    for (const Entry& entry : map->entries) {
        const auto scope = reader.enter(entry.key);
        if (!is_group_name(entry.key)) {
            reader.error(entry, fmt::format("{} is not a name: letters, digits, '_', '-' and '.', at most 80",
                                            quote(entry.key)));
        } else if (key == "processes" && entry.key == kMainThread) {
            reader.error(entry, "'main' is the name of the main process's main thread");
        } else if (key == "processes" && trace::is_reserved(entry.key)) {
            reader.error(
                entry,
                fmt::format("{} is the name of a process that the program does not start, in traces and reports",
                            quote(entry.key)),
                "choose another one");
        } else if (naming == Naming::group && entry.key == kMainThread) {
            continue;
        } else if (reader.index_of(naming, entry.key) >= 0) {
            reader.error(entry, naming == Naming::group ? "threads and processes of the same name"
                                                        : fmt::format("the name {} is taken", quote(entry.key)));
        } else {
            reader.declare(naming, entry.key);
        }
    }
}

}  // namespace

KindPtr<std::vector<Group>> inner_groups() {
    return std::make_shared<InnerGroupsKind>();
}
KindPtr<Variant> top_groups(Group::Kind kind) {
    if (kind == Group::Kind::threads)
        return std::make_shared<TopGroupsKind>(kind, "a mapping of names to threads", thread_group_fields);
    return std::make_shared<TopGroupsKind>(kind, "a mapping of names to processes", process_group_fields);
}
KindPtr<Variant> programs_by_name() {
    return std::make_shared<ProgramsKind>();
}
KindPtr<Variant> objects_by_name() {
    return std::make_shared<ObjectsKind>();
}
KindPtr<Variant> devices_by_name() {
    return std::make_shared<ListedKind<DeviceSpec>>("a mapping of names to devices", device_fields, Naming::device,
                                                    &Variant::devices);
}
KindPtr<Variant> sockets_by_name() {
    return std::make_shared<ListedKind<SocketSpec>>("a mapping of names to sockets", socket_fields, Naming::socket,
                                                    &Variant::sockets);
}
KindPtr<Variant> clients_by_name() {
    return std::make_shared<ListedKind<ClientSpec>>("a mapping of names to clients", client_fields, Naming::client,
                                                    &Variant::clients);
}
KindPtr<Variant> payloads_by_name() {
    return std::make_shared<ListedKind<Payload>>("a mapping of names to payloads", payload_fields, Naming::payload,
                                                 &Variant::payloads);
}
KindPtr<Variant> interpreters_by_name() {
    return std::make_shared<InterpretersKind>();
}

void declare_names(Reader& reader, const Node& document) {
    Variant& variant = reader.variant();
    reader.declare(Naming::interpreter, std::string(kDefaultInterpreter));
    declare(reader, document, "interpreters", Naming::interpreter);
    declare(reader, document, "programs", Naming::program);
    declare(reader, document, "objects", Naming::object);
    declare(reader, document, "devices", Naming::device);
    declare(reader, document, "sockets", Naming::socket);
    declare(reader, document, "clients", Naming::client);
    declare(reader, document, "payloads", Naming::payload);
    for (const Entry& entry : document.entries) {  // in the order of the file
        if (entry.key == "threads" || entry.key == "processes") declare(reader, document, entry.key, Naming::group);
    }
    variant.interpreters.resize(reader.names(Naming::interpreter).size());
    variant.program_names = reader.names(Naming::program);
    variant.programs.resize(variant.program_names.size());
    variant.objects.resize(reader.names(Naming::object).size());
    variant.devices.resize(reader.names(Naming::device).size());
    variant.sockets.resize(reader.names(Naming::socket).size());
    variant.clients.resize(reader.names(Naming::client).size());
    variant.payloads.resize(reader.names(Naming::payload).size());
    variant.groups.resize(reader.names(Naming::group).size());
}

}  // namespace gilsim::scenario
