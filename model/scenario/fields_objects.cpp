/// Objects that the threads of a process share.

#include <array>

#include <fmt/format.h>

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {
namespace {


/// Which field belongs to which kind of object.
struct Belongs {
    const char* field;
    ObjectSpec::Kind kind;
};
constexpr std::array kBelongings{Belongs{"lock", ObjectSpec::Kind::condition}, Belongs{"value", ObjectSpec::Kind::semaphore},
                                 Belongs{"bounded", ObjectSpec::Kind::semaphore}, Belongs{"parties", ObjectSpec::Kind::barrier},
                                 Belongs{"maxsize", ObjectSpec::Kind::queue},
                                 Belongs{"crossing", ObjectSpec::Kind::interpreter_pool}};

bool is_pool(const ObjectSpec& object) {
    return object.kind == ObjectSpec::Kind::thread_pool || object.kind == ObjectSpec::Kind::interpreter_pool;
}

void check_object(Reader& reader, const Node& node, const ObjectSpec& object) {
    for (const Belongs& b : kBelongings) {
        if (object.kind != b.kind && node.find(b.field) != nullptr)
            reader.error(node, fmt::format("'{}' belongs to objects of kind {}, this one is of kind {}", b.field,
                                           quote(text_of(b.kind)), quote(text_of(object.kind))));
    }
    if (!is_pool(object) && node.find("workers") != nullptr)
        reader.error(node, fmt::format("'workers' belongs to pools, this object is of kind {}", quote(text_of(object.kind))));
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
         field<T>("lock", &T::lock, name_of(Naming::object), "condition: a lock or rlock that it shares")
             .absent("an rlock of its own"),
         field<T>("value", &T::value, count(0, 1'000'000'000), "semaphore: how many may have it at first").absent("1"),
         field<T>("bounded", &T::bounded, boolean(), "semaphore: releasing it beyond `value` is a mistake")
             .absent("false"),
         field<T>("parties", &T::parties, count(1, 1'000'000), "barrier: how many threads meet").absent("none"),
         field<T>("maxsize", &T::maxsize, count(0, 1'000'000'000), "queue: how many items it holds; 0: any number")
             .absent("0"),
         field<T>("workers", &T::workers, count(1, 100'000), "pools: how many threads at most")
             .absent("min(32, cores + 4)"),
         field<T>("crossing", &T::crossing, choice<ObjectSpec::Crossing>(),
                  "interpreter_pool: how arguments and results get from one interpreter into another")
             .absent("pickle")},
        "kind",
        checked(check_object)};
    return structure;
}

}  // namespace gilsim::scenario
