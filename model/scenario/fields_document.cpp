/// The file as a whole.

#include <fmt/format.h>

#include "model/scenario/fields.hpp"
#include "model/scenario/groups.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"

namespace gilsim::scenario {
namespace {

/// What is dealt with before a variant is read (`parameters`, `variants`): here only described.
class BeforehandKind : public Kind<Variant> {
public:
    BeforehandKind(std::string told, std::function<Json(Definitions&)> element)
        : told_(std::move(told)), element_(std::move(element)) {}
    [[nodiscard]] std::string told() const override { return told_; }
    [[nodiscard]] bool named() const override { return true; }
    Json schema(Definitions& definitions) const override { return named_schema(element_(definitions)); }
    void read(Reader&, const Node&, Variant&) const override {}
    [[nodiscard]] Json write(const Variant&, const Variant&) const override { return nullptr; }

private:
    std::string told_;
    std::function<Json(Definitions&)> element_;
};

KindPtr<Variant> parameters() {
    return std::make_shared<BeforehandKind>("a mapping of names to durations, sizes, numbers or texts",
                                            [](Definitions&) {
                                                return Json{{"type", {"string", "number", "boolean"}}};
                                            });
}
KindPtr<Variant> overlays() {
    return std::make_shared<BeforehandKind>("a mapping of names to what each changes", [](Definitions& definitions) {
        return definitions.structure(document_fields(), true);
    });
}

std::vector<Field> rows() {
    using T = Document;
    const auto variant = [](T& d) -> Variant& { return d.variant; };
    const auto interpreter = [](T& d) -> InterpreterSpec& {
        if (d.variant.interpreters.empty()) d.variant.interpreters.emplace_back();
        return d.variant.interpreters.front();
    };
    std::vector<Field> list;
    list.push_back(field<T>("gilsim", &T::version, count(1, 1), "version of the language").required().of_file());
    list.push_back(
        field<T>("title", &T::title, text(), "the question that the scenario answers").absent("none").of_file());
    list.push_back(field<T>(
                       "about", [](T& d) -> std::string& { return d.variant.about; }, text(),
                       "what there is to learn, in a sentence or two")
                       .absent("none"));
    list.push_back(field<T>(
                       "machine", [](T& d) -> MachineSpec& { return d.variant.machine; },
                       record<MachineSpec>(machine_fields, "machines"), "the computer")
                       .merged(Merge::config));
    list.push_back(field<T>("interpreter", interpreter, record<InterpreterSpec>(interpreter_fields, "interpreters"),
                            "the Python of the main process, and of processes that name no other")
                       .merged(Merge::config));
    list.push_back(
        field<T>("interpreters", variant, interpreters_by_name(), "further Pythons, for `processes` to choose from")
            .merged(Merge::config));
    list.push_back(field<T>(
        "seed", [](T& d) -> std::uint64_t& { return d.variant.seed; }, seed_number(),
        "of all random numbers: the same seed, the same run"));
    list.push_back(field<T>(
                       "limit", [](T& d) -> Nanoseconds& { return d.variant.limit; }, duration(1),
                       "simulated time after which the run is stopped")
                       .absent("runs until everything has ended"));
    list.push_back(field<T>("parameters", variant, parameters(), "values that expressions `${...}` refer to"));
    list.push_back(field<T>("payloads", variant, payloads_by_name(), "what is sent between processes, by name"));
    list.push_back(field<T>("objects", variant, objects_by_name(),
                            "what threads of a process share, and what connects processes"));
    list.push_back(field<T>("devices", variant, devices_by_name(), "devices and remote services that `io` may wait for"));
    list.push_back(field<T>("sockets", variant, sockets_by_name(), "listening sockets that `serve` answers"));
    list.push_back(field<T>("clients", variant, clients_by_name(), "who sends requests to the sockets"));
    list.push_back(field<T>(
                       "signals", [](T& d) -> std::vector<SignalSpec>& { return d.variant.signals; },
                       list_of<SignalSpec>("a list of signals", record<SignalSpec>(signal_fields)),
                       "signals that the main process gets")
                       .absent("none"));
    list.push_back(field<T>("programs", variant, programs_by_name(), "what threads do, by name"));
    list.push_back(
        field<T>("threads", variant, top_groups(Group::Kind::threads), "threads of the main process, by name")
            .merged(Merge::workload));
    list.push_back(field<T>("processes", variant, top_groups(Group::Kind::processes), "child processes, by name")
                       .merged(Merge::workload));
    list.push_back(field<T>("variants", variant, overlays(),
                            "runs to compare: each name with the fields in which it differs from the rest of the file")
                       .absent("one run, named main")
                       .of_file());
    list.push_back(field<T>("sweep", &T::sweep, record<Sweep>(sweep_fields), "many runs over a range of values")
                       .absent("none")
                       .of_file());
    return list;
}

}  // namespace

const Structure& document_fields() {
    static const Structure structure{"scenario", "A scenario file.", rows(), ""};
    return structure;
}

}  // namespace gilsim::scenario
