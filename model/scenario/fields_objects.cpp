/// Objects that the threads of a process share.

#include <algorithm>

#include <fmt/format.h>

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {
namespace {

using K = ObjectSpec::Kind;

/// Which field belongs to which kinds of objects.
struct Belongs {
    const char* field;
    std::vector<K> kinds;
};
const std::vector<Belongs>& belongings() {
    static const std::vector<Belongs> all{{"lock", {K::condition}},
                                          {"value", {K::semaphore}},
                                          {"bounded", {K::semaphore}},
                                          {"parties", {K::barrier}},
                                          {"maxsize", {K::queue, K::process_queue, K::process_joinable_queue}},
                                          {"workers", {K::thread_pool, K::interpreter_pool, K::pool, K::process_pool}},
                                          {"crossing", {K::interpreter_pool}},
                                          {"duplex", {K::pipe}},
                                          {"size", {K::shared_memory}},
                                          {"start_method", {K::manager, K::pool, K::process_pool}},
                                          {"initializer", {K::pool, K::process_pool}},
                                          {"max_tasks_per_child", {K::pool, K::process_pool}}};
    return all;
}

/// A start method, or none.
class StartMethodKind : public Kind<int> {
public:
    [[nodiscard]] std::string told() const override { return word_->told(); }
    [[nodiscard]] Json schema(Definitions& definitions) const override { return word_->schema(definitions); }
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> words() const override { return word_->words(); }
    void read(Reader& reader, const Node& node, int& out) const override {
        StartMethod method{};
        word_->read(reader, node, method);
        out = static_cast<int>(method);
    }
    [[nodiscard]] Json write(const Variant& variant, const int& value) const override {
        return value < 0 ? Json(nullptr) : word_->write(variant, static_cast<StartMethod>(value));
    }

private:
    KindPtr<StartMethod> word_ = choice<StartMethod>();
};

std::string told(const std::vector<K>& kinds) {
    std::vector<std::string> words;
    for (const K kind : kinds) words.push_back(quote(text_of(kind)));
    return fmt::format("{}", fmt::join(words, ", "));
}

void check_object(Reader& reader, const Node& node, const ObjectSpec& object) {
    for (const Belongs& b : belongings()) {
        if (std::find(b.kinds.begin(), b.kinds.end(), object.kind) == b.kinds.end() && node.find(b.field) != nullptr)
            reader.error(node, fmt::format("'{}' belongs to objects of kind {}, this one is of kind {}", b.field,
                                           told(b.kinds), quote(text_of(object.kind))));
    }
    if (object.kind == K::shared_memory && object.size == 0)
        reader.error(node, "'size' is missing: how much memory is shared");
    if (object.kind == K::process_pool && object.tasks_per_child > 0 &&
        object.start_method == static_cast<int>(StartMethod::fork))
        reader.error(node, "'max_tasks_per_child' cannot be had with 'start_method: fork' (Python: ValueError)",
                     "a process_pool forks its workers before it starts its threads; take 'spawn' or 'forkserver'");
    if (object.kind == ObjectSpec::Kind::barrier && object.parties < 0)
        reader.error(node, "'parties' is missing: how many threads meet at the barrier");
}

}  // namespace

const Structure& object_fields() {
    using T = ObjectSpec;
    static const Structure structure{
        "object",
        "Something that the threads of a process share. Each process has its own.",
        {field<T>("kind", &T::kind, choice<ObjectSpec::Kind>(), "what it is").required(),
         field<T>("lock", &T::lock, object_of({K::lock, K::rlock}, "a lock or rlock"), "condition: a lock or rlock that it shares")
             .absent("an rlock of its own"),
         field<T>("value", &T::value, count(0, 1'000'000'000), "semaphore: how many may have it at first").absent("1"),
         field<T>("bounded", &T::bounded, boolean(), "semaphore: releasing it beyond `value` is a mistake")
             .absent("false"),
         field<T>("parties", &T::parties, count(1, 1'000'000), "barrier: how many threads meet").absent("none"),
         field<T>("maxsize", &T::maxsize, count(0, 1'000'000'000),
                  "queue, process_queue, process_joinable_queue: how many items it holds; 0: any number")
             .absent("0"),
         field<T>("workers", &T::workers, count(1, 100'000), "pools: how many threads or processes at most")
             .absent("thread_pool, interpreter_pool: min(32, cores + 4); others: one per core"),
         field<T>("crossing", &T::crossing, choice<ObjectSpec::Crossing>(),
                  "interpreter_pool: how arguments and results get from one interpreter into another")
             .absent("pickle"),
         field<T>("duplex", &T::duplex, boolean(), "pipe: both ends send and receive").absent("true"),
         field<T>("size", &T::size, size(), "shared_memory: how much").absent("none"),
         field<T>("start_method", &T::start_method, std::make_shared<StartMethodKind>(),
                  "pool, process_pool, manager: how their processes are started")
             .absent("the interpreter's; spawn for a process_pool with max_tasks_per_child"),
         field<T>("initializer", &T::initializer, name_of(Naming::program),
                  "pool, process_pool: a program that each worker runs before its first task")
             .absent("nothing"),
         field<T>("max_tasks_per_child", &T::tasks_per_child, count(1, 1'000'000'000),
                  "pool, process_pool: a worker is replaced after so many tasks")
             .absent("never")},
        "kind",
        checked(check_object)};
    return structure;
}

}  // namespace gilsim::scenario
