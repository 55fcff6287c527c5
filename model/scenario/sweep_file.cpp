#include "model/scenario/sweep_file.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "model/scenario/axis_values.hpp"
#include "model/scenario/loading.hpp"
#include "model/scenario/parameters.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {
namespace {

bool identifier_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// A path as a name that expressions can hold, of the same length: `machine.cores` is `machine_cores`.
std::string as_name(std::string path) {
    for (char& c : path) {
        if (!identifier_character(c)) c = '_';
    }
    return path;
}

/// `where` with the paths of fields as names.
std::string with_names(std::string where, const std::vector<Axis>& axes) {
    for (const Axis& axis : axes) {
        const std::string name = as_name(axis.name);
        if (name == axis.name) continue;
        for (std::size_t at = where.find(axis.name); at != std::string::npos; at = where.find(axis.name, at + 1)) {
            const bool whole = (at == 0 || !identifier_character(where[at - 1])) &&
                               (at + name.size() == where.size() || !identifier_character(where[at + name.size()]));
            if (whole) where.replace(at, name.size(), name);
        }
    }
    return where;
}

}  // namespace

struct SweepFile::Impl {
    Impl(const FileText& text, const std::string& name, const std::string& folder, const std::vector<Setting>& settings,
         const std::vector<Setting>& vary, const std::vector<std::string>& config_folders)
        : loading(config_folders) {
        loading.read(text, name, folder);
        loading.set(settings, vary);
        base = loading.resolve();
        if (base.scenario) read_axes();
    }

    void read_axes() {
        const Node* sweep = loading.document().find("sweep");
        if (sweep == nullptr) return;
        const AxisReport silent = [](const Node&, const std::string&, const std::string&) {};  // checked by `resolve`
        for (const char* kind : {"grid", "zip"}) {
            const Node* map = sweep->find(kind);
            if (map == nullptr) continue;
            for (const Entry& entry : map->entries) {
                Axis& axis = axes.emplace_back();
                axis.name = entry.key;
                axis.in_step = kind == std::string_view("zip");
                changes.emplace_back();
                const std::string path = loading.declares(entry.key) ? below("parameters", entry.key) : entry.key;
                for (const Node& value : axis_values(entry.value, silent)) {
                    AxisValue& read = axis.values.emplace_back();
                    read.text = in_one_line(value);
                    if (Quantity quantity; value.is(Node::Kind::scalar) && parse_quantity(value.text, quantity))
                        read.quantity = quantity;
                    changes.back().push_back({path, entry.place, value});
                }
            }
        }
    }

    [[nodiscard]] std::uint64_t combinations() const {
        std::uint64_t product = 1;
        bool in_step = false;
        for (const Axis& axis : axes) {
            if (axis.in_step && in_step) continue;
            in_step = in_step || axis.in_step;
            const std::uint64_t count = axis.values.size();
            product = count != 0 && product > UINT64_MAX / count ? UINT64_MAX : product * count;
        }
        return product;
    }

    [[nodiscard]] std::vector<std::size_t> values_at(std::uint64_t combination) const {
        std::vector<std::size_t> values(axes.size());
        for (std::size_t i = axes.size(); i-- > 0;) {
            const bool goes_on = axes[i].in_step && i > 0 && axes[i - 1].in_step;  // the next one is in step with it
            values[i] = combination % axes[i].values.size();
            if (!goes_on) combination /= axes[i].values.size();
        }
        return values;
    }

    /// Whether `where`, of that text, admits a combination; false also after reporting an error at its offset.
    bool admits(const std::string& where, std::uint64_t combination, std::optional<ExpressionError>& error) const {
        const std::vector<std::size_t> values = values_at(combination);
        Node parameters;
        if (const Node* declared = loading.document().find("parameters")) parameters = *declared;
        for (std::size_t i = 0; i < axes.size(); ++i) {
            if (Node* declared = parameters.find(axes[i].name)) *declared = changes[i][values[i]].value;
        }
        Diagnostics unreported;
        Parameters known(&parameters, unreported, "");
        const auto lookup = [&](const std::string& name) -> std::variant<Quantity, ExpressionError> {
            for (std::size_t i = 0; i < axes.size(); ++i) {
                if (as_name(axes[i].name) != name) continue;
                const AxisValue& value = axes[i].values[values[i]];
                if (value.quantity) return *value.quantity;
                if (parameters.find(name) == nullptr)
                    return ExpressionError{
                        fmt::format("the value {} of {} is no quantity, with which one could calculate",
                                    quote(value.text), quote(axes[i].name)),
                        ""};
            }
            return known.quantity_of(name);
        };
        const auto result = evaluate(where, lookup);
        if (const auto* wrong = std::get_if<ExpressionError>(&result)) {
            error = *wrong;
            if (error->message.empty()) error->message = "a parameter in it cannot be evaluated";
            return false;
        }
        const Quantity& quantity = std::get<Quantity>(result);
        if (quantity.value != 0 && (quantity.time != 0 || quantity.size != 0))  // nothing has no unit
            error = ExpressionError{"is a duration or a size, not a condition", "compare it, as in work > 1ms", 0};
        return quantity.value != 0;
    }

    Loading loading;
    LoadResult base;
    std::vector<Axis> axes;
    std::vector<std::vector<Change>> changes;  ///< of each value of each axis
};

SweepFile::SweepFile(const std::string& path, const std::vector<Setting>& settings, const std::vector<Setting>& vary,
                     const std::vector<std::string>& config_folders)
    : impl_(std::make_unique<Impl>(read_text_file(path), path, std::filesystem::path(path).parent_path().string(),
                                   settings, vary, config_folders)) {}

SweepFile::SweepFile(const std::string& text, const std::string& name, const std::string& folder,
                     const std::vector<Setting>& settings, const std::vector<Setting>& vary,
                     const std::vector<std::string>& config_folders)
    : impl_(std::make_unique<Impl>(check_text(text), name, folder, settings, vary, config_folders)) {}

SweepFile::~SweepFile() = default;

const LoadResult& SweepFile::base() const {
    return impl_->base;
}

const std::vector<Axis>& SweepFile::axes() const {
    return impl_->axes;
}

std::uint64_t SweepFile::combinations() const {
    return impl_->combinations();
}

std::vector<std::size_t> SweepFile::values_at(std::uint64_t combination) const {
    return impl_->values_at(combination);
}

SweepFile::Points SweepFile::points() const {
    Points points;
    Diagnostics diagnostics;
    const Node* sweep = impl_->loading.document().find("sweep");
    const std::uint64_t count = combinations();
    if (count > kMostCombinations) {
        diagnostics.error(sweep->place, "sweep", fmt::format("more than {} points", grouped(kMostCombinations)))
            .resource = true;
        points.diagnostics = diagnostics.take();
        return points;
    }
    const Node* where = sweep == nullptr ? nullptr : sweep->find("where");
    const std::string text = where == nullptr ? "" : with_names(where->text, impl_->axes);
    std::optional<ExpressionError> error;
    for (std::uint64_t i = 0; i < count && !error; ++i) {
        if (where == nullptr || impl_->admits(text, i, error)) points.combinations.push_back(i);
    }
    if (error) {
        Place place = where->place;
        const std::string line = place.source == nullptr ? "" : place.source->line(place.line);
        const std::size_t written = line.find(where->text, static_cast<std::size_t>(std::max(0, place.column - 1)));
        if (written != std::string::npos) place.column = static_cast<int>(written + error->offset) + 1;
        diagnostics.error(place, "sweep.where", error->message, error->hint);
        points.combinations.clear();
    } else if (points.combinations.empty()) {
        diagnostics.error(
            where->place, "sweep.where",
            fmt::format("no point is left: it excludes all {} of them", grouped(static_cast<long long>(count))));
    }
    points.diagnostics = diagnostics.take();
    return points;
}

LoadResult SweepFile::resolve(std::uint64_t combination) const {
    std::vector<Change> changes;
    std::string where;
    const std::vector<std::size_t> values = values_at(combination);
    for (std::size_t i = 0; i < values.size(); ++i) {
        changes.push_back(impl_->changes[i][values[i]]);
        where += fmt::format("{}{} = {}", where.empty() ? "at the point " : ", ", impl_->axes[i].name,
                             impl_->axes[i].values[values[i]].text);
    }
    return impl_->loading.resolve(changes, where);
}

}  // namespace gilsim::scenario
