#include "model/scenario/kinds.hpp"

#include <charconv>

#include <fmt/format.h>

#include "model/scenario/nested.hpp"
#include "model/scenario/schema.hpp"
#include "model/scenario/suggest.hpp"
#include "model/scenario/units.hpp"

namespace gilsim::scenario {
namespace {

/// Reports a value that is no single word or number; true if it is one.
bool is_scalar(Reader& reader, const Node& node, const std::string& expected) {
    if (node.is(Node::Kind::scalar)) return true;
    reader.mismatch(node, expected);
    return false;
}

/// The text of a quantity. A computed zero has no unit: nothing tells of which kind it is (expression.cpp).
std::string quantity_text(const Node& node, const char* unit) {
    return !node.written.empty() && node.text == "0" ? node.text + unit : node.text;
}

class DurationKind : public Kind<Nanoseconds> {
public:
    DurationKind(Nanoseconds least, Nanoseconds most) : least_(least), most_(most) {}
    [[nodiscard]] std::string told() const override { return least_ > 0 ? "a duration above zero" : "a duration"; }
    Json schema(Definitions& definitions) const override { return definitions.duration(); }
    void read(Reader& reader, const Node& node, Nanoseconds& out) const override {
        if (!is_scalar(reader, node, told() + " such as 5ms")) return;
        const auto value = parse_duration(quantity_text(node, "ns"));
        if (const auto* error = std::get_if<UnitError>(&value)) return reader.error(node, error->message, error->hint);
        const Nanoseconds time = std::get<Nanoseconds>(value);
        if (time < least_) {
            reader.error(node, fmt::format("must be at least {}, is {}", format_duration(least_), quote(node.text)));
        } else if (time > most_) {
            reader.error(node, fmt::format("must be at most {} ({}), is {}", format_duration(most_), days(most_),
                                           quote(node.text)));
        } else {
            out = time;
        }
    }
    [[nodiscard]] Json write(const Variant&, const Nanoseconds& value) const override {
        if (value == kNever || value < 0) return nullptr;
        return format_duration(value);
    }

private:
    static std::string days(Nanoseconds time) {
        constexpr Nanoseconds day = 24 * 3600 * kSecond;
        return fmt::format("{} days", time / day);
    }
    Nanoseconds least_, most_;
};

class SizeKind : public Kind<Bytes> {
public:
    explicit SizeKind(Bytes least) : least_(least) {}
    [[nodiscard]] std::string told() const override { return "a size"; }
    Json schema(Definitions& definitions) const override { return definitions.size(); }
    void read(Reader& reader, const Node& node, Bytes& out) const override {
        if (!is_scalar(reader, node, told() + " such as 64KiB")) return;
        const auto value = parse_size(quantity_text(node, "B"));
        if (const auto* error = std::get_if<UnitError>(&value)) return reader.error(node, error->message, error->hint);
        if (std::get<Bytes>(value) < least_)
            return reader.error(node, fmt::format("must be at least {}, is {}", format_size(least_), quote(node.text)));
        out = std::get<Bytes>(value);
    }
    [[nodiscard]] Json write(const Variant&, const Bytes& value) const override {
        if (value < 0) return nullptr;
        return format_size(value);
    }

private:
    Bytes least_;
};

template <class Integer>
class CountKind : public Kind<Integer> {
public:
    CountKind(Integer least, Integer most) : least_(least), most_(most) {}
    [[nodiscard]] std::string told() const override {
        const bool open = most_ == std::numeric_limits<Integer>::max();
        if (least_ == most_) return fmt::format("the number {}", least_);
        return open ? fmt::format("a whole number from {}", least_)
                    : fmt::format("a whole number from {} to {}", least_, most_);
    }
    Json schema(Definitions&) const override {
        Json number = {{"type", "integer"}, {"minimum", least_}};
        if (most_ != std::numeric_limits<Integer>::max()) number["maximum"] = most_;
        return or_expression(std::move(number));
    }
    void read(Reader& reader, const Node& node, Integer& out) const override {
        if (!is_scalar(reader, node, told())) return;
        Integer value{};
        const char* end = node.text.data() + node.text.size();
        const auto [stop, failure] = std::from_chars(node.text.data(), end, value);
        if (failure == std::errc{} && stop == end && value >= least_ && value <= most_) {
            out = value;
        } else {
            const bool fraction = !node.written.empty() && node.text.find('.') != std::string::npos;
            reader.mismatch(node, told(), fraction ? "round it with floor, ceil or round" : "");
        }
    }
    [[nodiscard]] Json write(const Variant&, const Integer& value) const override {
        if (value < least_) return nullptr;  // the member's way to say "not given"
        return value;
    }

private:
    Integer least_, most_;
};

/// The number of a core that the machine has.
class CoreKind : public CountKind<int> {
public:
    using CountKind<int>::CountKind;
    void read(Reader& reader, const Node& node, int& out) const override {
        CountKind<int>::read(reader, node, out);
        const std::int64_t cores = reader.variant().machine.cores;
        if (out >= cores)
            reader.error(node,
                         fmt::format("there is no core {}: the machine has {} ({} to {})", out, cores, 0, cores - 1));
    }
};

class BooleanKind : public Kind<bool> {
public:
    [[nodiscard]] std::string told() const override { return "true or false"; }
    Json schema(Definitions&) const override { return or_expression({{"type", "boolean"}}); }
    void read(Reader& reader, const Node& node, bool& out) const override {
        if (!is_scalar(reader, node, told())) return;
        const bool computed = !node.written.empty();
        if (node.text == "true" || (computed && node.text == "1")) {
            out = true;
        } else if (node.text == "false" || (computed && node.text == "0")) {
            out = false;
        } else {
            const bool yes = node.text == "yes" || node.text == "on" || node.text == "True" || node.text == "1";
            const bool no = node.text == "no" || node.text == "off" || node.text == "False" || node.text == "0";
            reader.mismatch(node, told(), yes ? "did you mean 'true'?" : no ? "did you mean 'false'?" : "");
        }
    }
    [[nodiscard]] Json write(const Variant&, const bool& value) const override { return value; }
};

class TextKind : public Kind<std::string> {
public:
    [[nodiscard]] std::string told() const override { return "a text"; }
    Json schema(Definitions&) const override { return {{"type", {"string", "number", "boolean"}}}; }
    void read(Reader& reader, const Node& node, std::string& out) const override {
        if (is_scalar(reader, node, told())) out = node.text;
    }
    [[nodiscard]] Json write(const Variant&, const std::string& value) const override {
        return value.empty() ? Json(nullptr) : Json(value);
    }
};

class NameKind : public Kind<int> {
public:
    explicit NameKind(Naming naming) : naming_(naming) {}
    [[nodiscard]] std::string told() const override {
        const std::string_view what = scenario::told(naming_);
        const bool vowel = std::string_view("aeio").find(what.front()) != std::string_view::npos;
        return fmt::format("the name of {} {}", vowel ? "an" : "a", what);
    }
    Json schema(Definitions&) const override { return {{"type", {"string", "number"}}}; }
    void read(Reader& reader, const Node& node, int& out) const override {
        if (!is_scalar(reader, node, told())) return;
        const int index = reader.index_of(naming_, node.text);
        if (index >= 0) {
            out = index;
        } else if (naming_ == Naming::request) {
            out = reader.declare(naming_, node.text);
            reader.variant().requests.push_back(node.text);
        } else if (naming_ == Naming::shared_object) {
            out = reader.declare(naming_, node.text);
            reader.variant().shared_objects.push_back(node.text);
        } else if (naming_ == Naming::object_set) {
            out = reader.declare(naming_, node.text);
            reader.variant().object_sets.push_back(node.text);
        } else {
            reader.error(node, fmt::format("there is no {} {}", scenario::told(naming_), quote(node.text)),
                         reader.names(naming_).empty() ? "the file declares none"
                                                       : did_you_mean(node.text, reader.names(naming_)));
        }
    }
    [[nodiscard]] Json write(const Variant& variant, const int& index) const override {
        const auto name = [&](const auto& list, auto get) {
            const auto i = static_cast<std::size_t>(index);
            return index < 0 || i >= list.size() ? Json(nullptr) : Json(get(list[i]));
        };
        const auto itself = [](const std::string& text) { return text; };
        const auto named = [](const auto& thing) { return thing.name; };
        switch (naming_) {
            case Naming::program:
                return name(variant.program_names, itself);
            case Naming::object:
                return name(variant.objects, named);
            case Naming::group:
                return name(variant.groups, named);
            case Naming::request:
                return name(variant.requests, itself);
            case Naming::shared_object:
                return name(variant.shared_objects, itself);
            case Naming::device:
                return name(variant.devices, named);
            case Naming::socket:
                return name(variant.sockets, named);
            case Naming::client:
                return name(variant.clients, named);
            case Naming::object_set:
                return name(variant.object_sets, itself);
            case Naming::payload:
                return name(variant.payloads, named);
            case Naming::interpreter:
                return index == 0 ? Json(nullptr) : name(variant.interpreters, named);
        }
        return nullptr;
    }

private:
    Naming naming_;
};

/// An object that an operation can work on. Objects stand before programs in the table, so that their kinds are known.
class ObjectKind : public NameKind {
public:
    ObjectKind(std::vector<ObjectSpec::Kind> kinds, std::string what)
        : NameKind(Naming::object), kinds_(std::move(kinds)), what_(std::move(what)) {}
    [[nodiscard]] std::string told() const override { return "the name of " + what_; }
    void read(Reader& reader, const Node& node, int& out) const override {
        NameKind::read(reader, node, out);
        const int index = reader.index_of(Naming::object, node.text);
        if (index < 0) return;
        const ObjectSpec& object = reader.variant().objects[static_cast<std::size_t>(index)];
        if (std::find(kinds_.begin(), kinds_.end(), object.kind) != kinds_.end()) return;
        reader.error(node, fmt::format("must be the name of {}, but {} is of kind {}", what_, quote(node.text),
                                       quote(text_of(object.kind))));
    }

private:
    std::vector<ObjectSpec::Kind> kinds_;
    std::string what_;
};

/// A positive decimal number as thousandths.
class PermilleKind : public Kind<std::int64_t> {
public:
    [[nodiscard]] std::string told() const override { return "a decimal number above zero"; }
    Json schema(Definitions&) const override { return or_expression({{"type", "number"}, {"exclusiveMinimum", 0}}); }
    void read(Reader& reader, const Node& node, std::int64_t& out) const override {
        if (!is_scalar(reader, node, told())) return;
        const auto value = parse_decimal(node.text, 1000);
        if (const auto* error = std::get_if<UnitError>(&value)) return reader.error(node, error->message, error->hint);
        out = std::get<std::int64_t>(value);
        if (out <= 0 || out > 1'000'000) reader.mismatch(node, "above 0 and at most 1000");
    }
    [[nodiscard]] Json write(const Variant&, const std::int64_t& value) const override {
        return Json::parse(format_permille(value));
    }
};

}  // namespace

KindPtr<Nanoseconds> duration(Nanoseconds least, Nanoseconds most) {
    return std::make_shared<DurationKind>(least, most);
}
KindPtr<Bytes> size(Bytes least) {
    return std::make_shared<SizeKind>(least);
}
KindPtr<std::int64_t> count(std::int64_t least, std::int64_t most) {
    return std::make_shared<CountKind<std::int64_t>>(least, most);
}
KindPtr<int> small_count(int least, int most) {
    return std::make_shared<CountKind<int>>(least, most);
}
KindPtr<std::uint64_t> seed_number() {
    return std::make_shared<CountKind<std::uint64_t>>(0U, std::numeric_limits<std::uint64_t>::max());
}
KindPtr<bool> boolean() {
    return std::make_shared<BooleanKind>();
}
KindPtr<std::string> text() {
    return std::make_shared<TextKind>();
}
KindPtr<int> name_of(Naming naming) {
    return std::make_shared<NameKind>(naming);
}
KindPtr<int> object_of(std::vector<ObjectSpec::Kind> kinds, std::string what) {
    return std::make_shared<ObjectKind>(std::move(kinds), std::move(what));
}
KindPtr<int> request_name() {
    return name_of(Naming::request);
}
KindPtr<int> object_set_name() {
    return name_of(Naming::object_set);
}
KindPtr<std::vector<Bytes>> size_list() {
    return list_of<Bytes>("a list of sizes", size(1));
}
KindPtr<std::int64_t> permille() {
    return std::make_shared<PermilleKind>();
}
KindPtr<std::vector<std::int64_t>> permille_list() {
    return list_of<std::int64_t>("a list of decimal numbers", std::make_shared<PermilleKind>());
}
KindPtr<std::vector<int>> core_list() {
    return list_of<int>("a list of core numbers, from 0", std::make_shared<CoreKind>(0, 1023));
}

Json or_expression(Json wanted) {
    return {{"anyOf", {std::move(wanted), {{"$ref", "#/definitions/expression"}}}}};
}

int Words::read(Reader& reader, const Node& node) const {
    if (!is_scalar(reader, node, told())) return -1;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < words_.size(); ++i) {
        if (words_[i].first == node.text) return static_cast<int>(i);
        texts.push_back(words_[i].first);
    }
    const std::string near = nearest(node.text, texts);
    reader.mismatch(node, told(), near.empty() ? "" : fmt::format("did you mean '{}'?", near));
    return -1;
}

std::string Words::told() const {
    std::vector<std::string> texts;
    for (const Word& word : words_) texts.push_back(word.first);
    return texts.size() == 1 ? texts.front() : "one of " + joined(texts);
}

Json Words::schema() const {
    Json all = Json::array();
    for (const Word& word : words_) all.push_back({{"const", word.first}, {"description", word.second}});
    all.push_back({{"$ref", "#/definitions/expression"}});
    return {{"anyOf", std::move(all)}};
}

}  // namespace gilsim::scenario
