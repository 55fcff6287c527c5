#include "model/scenario/object_sets.hpp"

#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "model/scenario/load.hpp"
#include "model/scenario/suggest.hpp"
#include "model/scenario/tree.hpp"
#include "model/scenario/walk.hpp"

namespace gilsim::scenario {
namespace {

class SetChecker {
public:
    SetChecker(const Variant& variant, const Place& document, Diagnostics& diagnostics)
        : variant_(variant), document_(document), diagnostics_(diagnostics), makers_(variant.object_sets.size()) {}

    void all() {
        each_operation([&](const Op& op, const std::string& path) { find_maker(op, path); });
        each_operation([&](const Op& op, const std::string& path) { check_use(op, path); });
    }

private:
    using Visit = std::function<void(const Op&, const std::string& path)>;
    void each_operation(const Visit& visit) const {
        for (std::size_t i = 0; i < variant_.programs.size(); ++i) {
            const std::string path = below("programs", variant_.program_names[i]);
            each(variant_.programs[i], [&](const Op& op) { visit(op, path); });
        }
    }
    [[nodiscard]] Place place(const Op& op) const {
        return op.line > 0 ? Place{document_.source, op.line, op.column} : document_;
    }
    [[nodiscard]] const std::string& name(int set) const {
        return variant_.object_sets[static_cast<std::size_t>(set)];
    }

    void find_maker(const Op& op, const std::string& path) {
        const auto* allocate = std::get_if<Allocate>(&op.what);
        if (allocate == nullptr || allocate->into < 0) return;
        const Allocate*& maker = makers_[static_cast<std::size_t>(allocate->into)];
        if (maker == nullptr) maker = allocate;
        if (!maker->alike(*allocate))
            diagnostics_.error(place(op), path,
                               fmt::format("set {} has objects of another kind already", quote(name(allocate->into))),
                               "give these a set of their own");
    }
    void check_use(const Op& op, const std::string& path) {
        int set = -1;
        if (const auto* free = std::get_if<Free>(&op.what)) set = free->set;
        if (const auto* walk = std::get_if<WalkSet>(&op.what)) set = walk->set;
        if (set < 0 || makers_[static_cast<std::size_t>(set)] != nullptr) return;
        std::vector<std::string> made;
        for (std::size_t i = 0; i < makers_.size(); ++i)
            if (makers_[i] != nullptr) made.push_back(variant_.object_sets[i]);
        diagnostics_.error(place(op), path, fmt::format("nothing is allocated into set {}", quote(name(set))),
                           made.empty() ? "use 'allocate' with 'into'" : did_you_mean(name(set), made));
    }

    const Variant& variant_;
    Place document_;
    Diagnostics& diagnostics_;
    std::vector<const Allocate*> makers_;  ///< by set: the first operation that allocates into it
};

}  // namespace

void check_object_sets(const Variant& variant, const Place& document, Diagnostics& diagnostics) {
    SetChecker(variant, document, diagnostics).all();
}

}  // namespace gilsim::scenario
