#include "analysis/records/record_fields.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "analysis/records/units.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::analysis {
namespace {

using namespace scenario;  // its table of fields is used here for another struct

constexpr std::array kKinds{
    KindRow{OutputKind::makespan, "makespan", "how long the work takes, also as a ratio to another duration",
            ErrorMeasure::relative},
    KindRow{OutputKind::throughput, "throughput", "work per time", ErrorMeasure::relative},
    KindRow{OutputKind::mean, "mean", "a mean latency or period", ErrorMeasure::relative},
    KindRow{OutputKind::p50, "p50", "a median latency or period", ErrorMeasure::relative},
    KindRow{OutputKind::p99, "p99", "a 99th percentile, or another of the tail", ErrorMeasure::factor},
    KindRow{OutputKind::count, "count", "switches, faults, messages", ErrorMeasure::relative},
    KindRow{OutputKind::memory, "memory", "bytes", ErrorMeasure::relative},
    KindRow{OutputKind::share, "share", "a part of a whole, 0 to 1", ErrorMeasure::absolute},
};

/// Any finite number.
class NumberKind : public Kind<double> {
public:
    [[nodiscard]] std::string told() const override { return "a number"; }
    [[nodiscard]] Json schema(Definitions&) const override { return {{"type", "number"}}; }
    void read(Reader& reader, const Node& node, double& out) const override {
        Quantity quantity;
        if (!node.is(Node::Kind::scalar) || node.in_quotes || !parse_quantity(node.text, quantity) ||
            quantity.time != 0 || quantity.size != 0)
            return reader.mismatch(node, told());
        out = quantity.value;
    }
    [[nodiscard]] Json write(const Variant&, const double& value) const override { return value; }
};

class UnitKind : public Kind<std::string> {
public:
    UnitKind() : words_(words_of()) {}
    [[nodiscard]] std::string told() const override { return words_.told(); }
    [[nodiscard]] Json schema(Definitions&) const override { return words_.schema(); }
    void read(Reader& reader, const Node& node, std::string& out) const override {
        if (words_.read(reader, node) >= 0) out = node.text;
    }
    [[nodiscard]] Json write(const Variant&, const std::string& value) const override { return value; }

private:
    static scenario::Words words_of() {
        std::vector<scenario::Words::Word> words;
        for (const RecordUnit& unit : record_units()) words.emplace_back(unit.name, unit.meaning);
        return scenario::Words(std::move(words));
    }
    scenario::Words words_;
};

/// A mapping of names of the author's choice to values of one kind. `formula`: names that expressions can mention.
template <class M>
class NamedKind : public Kind<Named<M>> {
public:
    NamedKind(std::string told, KindPtr<M> element, bool formula)
        : told_(std::move(told)), element_(std::move(element)), formula_(formula) {}
    [[nodiscard]] std::string told() const override { return told_; }
    [[nodiscard]] bool named() const override { return true; }
    [[nodiscard]] const Structure* inside() const override { return element_->inside(); }
    [[nodiscard]] Json schema(Definitions& definitions) const override {
        return named_schema(element_->schema(definitions));
    }
    void read(Reader& reader, const Node& node, Named<M>& out) const override {
        if (!is_mapping(reader, node, told_)) return;
        for (const Entry& entry : node.entries) {
            const auto scope = reader.enter(entry.key);
            const auto mentioned = mentions(entry.key);
            if (formula_ && (mentioned.size() != 1 || mentioned[0].name != entry.key || is_function(entry.key)))
                reader.error(entry, "expressions mention this name: it is made of letters, digits and '_'");
            element_->read(reader, entry.value, out.emplace_back(entry.key, M{}).second);
        }
    }
    [[nodiscard]] Json write(const Variant& variant, const Named<M>& all) const override {
        if (all.empty()) return nullptr;
        Json result = Json::object();
        for (const auto& [name, value] : all) result[name] = element_->write(variant, value);
        return result;
    }

private:
    std::string told_;
    KindPtr<M> element_;
    bool formula_;
};

template <class M>
KindPtr<Named<M>> by_name(std::string told, KindPtr<M> element, bool formula = true) {
    return std::make_shared<NamedKind<M>>(std::move(told), std::move(element), formula);
}

KindPtr<double> number() {
    return std::make_shared<NumberKind>();
}
KindPtr<std::string> unit() {
    return std::make_shared<UnitKind>();
}
KindPtr<OutputKind> output_kind() {
    std::vector<Choice<OutputKind>> all;
    for (const KindRow& r : kKinds) all.push_back({r.kind, r.name, r.about});
    return std::make_shared<ChoiceKind<OutputKind>>(std::move(all));
}
KindPtr<Named<std::string>> settings() {
    return by_name("a mapping of paths of fields to expressions", text(), false);
}

template <class T>
Field about_field() {
    return field<T>("about", &T::about, text(), "what it is, for people").absent("nothing");
}
template <class T>
Field unit_field() {
    return field<T>("unit", &T::unit, unit(), "the unit of its figures").required();
}

const Structure& where_fields() {
    using T = Where;
    static const Structure structure{"where",
                                     "Where it was measured, in words.",
                                     {field<T>("machine", &T::machine, text(), "the machine").absent("unknown"),
                                      field<T>("kernel", &T::kernel, text(), "its kernel").absent("unknown"),
                                      field<T>("c_library", &T::c_library, text(), "its C library").absent("unknown"),
                                      field<T>("python", &T::python, text(), "its Python").absent("unknown")},
                                     ""};
    return structure;
}

const Structure& profile_fields() {
    using T = Profiles;
    static const Structure structure{
        "profiles",
        "The profiles to predict with: names in configs/, or files beside the record.",
        {field<T>("machine", &T::machine, text(), "the machine").absent("the scenario's own"),
         field<T>("interpreter", &T::interpreter, text(), "the interpreter").absent("the scenario's own")},
        ""};
    return structure;
}

void check_source(Reader& reader, const Node& node, const ScenarioSource& source) {
    if (source.file.empty() == source.text.empty()) reader.error(node, "needs either 'file' or 'text'");
}
const Structure& source_fields() {
    using T = ScenarioSource;
    static const Structure structure{
        "source",
        "The same program in gilsim.",
        {field<T>("file", &T::file, text(), "a scenario file, relative to the record").absent("`text` is given"),
         field<T>("text", &T::text, text(), "the scenario itself, as YAML or JSON").absent("`file` is given")},
        "",
        checked(check_source)};
    return structure;
}

const Structure& input_fields() {
    using T = InputSpec;
    static const Structure structure{"input",
                                     "A cost per unit or a base latency, measured alone: what a prediction may use.",
                                     {unit_field<T>(), about_field<T>()},
                                     ""};
    return structure;
}

void check_free(Reader& reader, const Node& node, const FreeInput& free) {
    if (!(free.least > 0 && free.least < free.most)) reader.error(node, "needs 0 < least < most");
}
const Structure& free_fields() {
    using T = FreeInput;
    static const Structure structure{
        "free",
        "An input that nobody measured: to be fitted.",
        {unit_field<T>(), field<T>("least", &T::least, number(), "its least sensible value").required(),
         field<T>("most", &T::most, number(), "its greatest sensible value").required(), about_field<T>()},
        "",
        checked(check_free)};
    return structure;
}

const Structure& figure_fields() {
    using T = Figure;
    static const Structure structure{
        "figure",
        "A number of the summary of a run.",
        {field<T>("path", &T::path, text(), "keys of summary.json below a variant, joined by dots").required(),
         field<T>("variant", &T::variant, text(), "another variant of the scenario").absent("the cell's")},
        "path"};
    return structure;
}

const Structure& output_fields() {
    using T = OutputSpec;
    static const Structure structure{
        "output",
        "What a prediction is held to.",
        {unit_field<T>(), field<T>("kind", &T::kind, output_kind(), "how its error is counted").required(),
         field<T>("predicted_by", &T::predicted_by, text(), "an expression over figures, inputs and given values")
             .absent("recorded only"),
         about_field<T>()},
        ""};
    return structure;
}

const Structure& repetition_fields() {
    using T = Repetition;
    static const Structure structure{
        "repetition",
        "One run of the real program.",
        {field<T>("quiet", &T::quiet, boolean(), "whether the machine was undisturbed"),
         field<T>("note", &T::note, text(), "anything else, for people").absent("nothing"),
         field<T>("inputs", &T::inputs, by_name("a mapping of inputs to numbers", number()),
                  "what was measured alone, just before and after")
             .absent("none"),
         field<T>("outputs", &T::outputs, by_name("a mapping of outputs to numbers", number()), "what came out")
             .required()},
        ""};
    return structure;
}

void check_cell(Reader& reader, const Node& node, const Cell& cell) {
    if (const Node* list = node.find("repetitions"); list != nullptr && cell.repetitions.empty())
        reader.error(*list, "a cell without repetitions has nothing to be compared with");
}
const Structure& cell_fields() {
    using T = Cell;
    static const Structure structure{
        "cell",
        "One setting of the real program, run again and again.",
        {field<T>("name", &T::name, text(), "its name in tables").required(), about_field<T>(),
         field<T>("variant", &T::variant, text(), "the variant of the scenario").absent("its only one"),
         field<T>("given", &T::given, by_name("a mapping of names to numbers or quantities", text()),
                  "fixed conditions, for expressions")
             .absent("none"),
         field<T>("set", &T::set, settings(), "settings of the scenario, after the record's").absent("none"),
         field<T>("repetitions", &T::repetitions,
                  list_of<Repetition>("a list of repetitions", record<Repetition>(repetition_fields)),
                  "the runs of the real program")
             .required()},
        "",
        checked(check_cell)};
    return structure;
}

}  // namespace

std::span<const KindRow> output_kinds() {
    return kKinds;
}

const KindRow& row(OutputKind kind) {
    return *std::find_if(kKinds.begin(), kKinds.end(), [&](const KindRow& r) { return r.kind == kind; });
}

const Structure& record_fields() {
    using T = Record;
    static const Structure structure{
        "record",
        "What was measured on a real machine, and how gilsim predicts it.",
        {field<T>("record", &T::version, count(1, 1), "version of the format").required(),
         field<T>("name", &T::name, text(), "its name in tables").required(), about_field<T>(),
         field<T>("phenomenon", &T::phenomenon, text(), "what it is a case of: the accuracy card adds up by this")
             .absent("its name"),
         field<T>("where", &T::where, scenario::record<Where>(where_fields), "where it was measured").absent("unknown"),
         field<T>("source", &T::source, text(), "who measured it and how: a document, a paper").absent("unknown"),
         field<T>("profiles", &T::profiles, scenario::record<Profiles>(profile_fields), "what to predict with")
             .absent("the scenario's own"),
         field<T>("scenario", &T::scenario, scenario::record<ScenarioSource>(source_fields),
                  "the same program in gilsim")
             .required(),
         field<T>("inputs", &T::inputs,
                  by_name("a mapping of names to inputs", scenario::record<InputSpec>(input_fields)),
                  "what predictions may use")
             .absent("none"),
         field<T>("free", &T::free,
                  by_name("a mapping of names to free inputs", scenario::record<FreeInput>(free_fields)),
                  "inputs that nobody measured")
             .absent("none"),
         field<T>("fit_on", &T::fit_on, list_of<std::string>("a list of names of cells", text()),
                  "cells on which free inputs may be fitted")
             .absent("none"),
         field<T>("runs", &T::runs, count(1, 1000),
                  "simulations of each repetition, each with a seed of its own; the median of what they predict counts"),
         field<T>("set", &T::set, settings(), "settings of the scenario, for all cells").absent("none"),
         field<T>("figures", &T::figures,
                  by_name("a mapping of names to figures", scenario::record<Figure>(figure_fields)),
                  "what is read from a run's summary")
             .absent("none"),
         field<T>("outputs", &T::outputs,
                  by_name("a mapping of names to outputs", scenario::record<OutputSpec>(output_fields)),
                  "what predictions are held to")
             .required(),
         field<T>("cells", &T::cells, list_of<Cell>("a list of cells", scenario::record<Cell>(cell_fields)),
                  "the settings that were measured")
             .required()},
        ""};
    return structure;
}

}  // namespace gilsim::analysis
