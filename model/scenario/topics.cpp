#include "model/scenario/topics.hpp"

#include <algorithm>
#include <set>

namespace gilsim::scenario {
namespace {

constexpr std::string_view kAnyName = ".NAME";

void walk(const Structure& structure, const std::string& prefix, std::set<const Field*>& seen,
          std::vector<Topic>& list) {
    for (const Field& field : structure.fields) {
        if (!seen.insert(&field).second) continue;
        const Structure* inside = field.kind->inside();
        const std::string path = below(prefix, field.key);
        list.push_back({path, field.doc, &field, inside});
        if (inside != nullptr) walk(*inside, field.kind->named() ? path + std::string(kAnyName) : path, seen, list);
    }
}

std::vector<Topic> make_topics() {
    std::vector<Topic> list;
    std::set<const Field*> seen;
    walk(document_fields(), "", seen, list);
    for (const OpRow& row : op_rows()) {
        list.push_back({row.word, row.doc, nullptr, row.fields});
        walk(*row.fields, row.word, seen, list);
    }
    return list;
}

/// Without the parts that stand for names of the user's choice.
std::string plain(std::string path) {
    for (std::size_t at = path.find(kAnyName); at != std::string::npos; at = path.find(kAnyName))
        path.erase(at, kAnyName.size());
    return path;
}

}  // namespace

const std::vector<Topic>& topics() {
    static const std::vector<Topic> list = make_topics();
    return list;
}

std::vector<const Topic*> find_topics(std::string_view path) {
    std::vector<const Topic*> exact;
    std::vector<const Topic*> endings;
    for (const Topic& topic : topics()) {
        const std::string full = plain(topic.path);
        if (full == path || topic.path == path) {
            exact.push_back(&topic);
        } else if (full.size() > path.size() && full.compare(full.size() - path.size(), path.size(), path) == 0 &&
                   full[full.size() - path.size() - 1] == '.') {
            endings.push_back(&topic);
        }
    }
    return exact.empty() ? endings : exact;
}

std::string default_told(const Field& field) {
    if (field.is_required) return "required";
    if (!field.if_absent.empty()) return field.if_absent;
    const Json value = field.default_value();
    if (value.is_string()) return value.get<std::string>();
    return value.is_primitive() && !value.is_null() ? value.dump() : "";
}

}  // namespace gilsim::scenario
