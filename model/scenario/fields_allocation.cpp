/// Operations on objects in memory.

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/op_row.hpp"

namespace gilsim::scenario {
namespace {

constexpr std::int64_t kMostObjects = 1'000'000'000;

const Structure& allocate_fields() {
    using T = Allocate;
    static const Structure structure{
        "allocate",
        "Makes objects that are kept in a set, or, without `into`, each dropped before the next is made.",
        {field<T>("objects", &T::objects, count(0, kMostObjects), "how many"),
         field<T>("size", &T::size, size(1),
                  "an object's own block as sys.getsizeof() tells it in a build with the GIL, less the collector's "
                  "header")
             .required(),
         field<T>("buffers", &T::buffers, size_list(), "further memory of each object: a list's array").absent("none"),
         field<T>("values", &T::values, size_list(), "objects that each holds alone, not tracked: numbers, strings")
             .absent("none"),
         field<T>("into", &T::into, object_set_name(), "the set that keeps them").absent("they are short-lived"),
         field<T>("tracked", &T::tracked, boolean(), "the cyclic collector tracks them, as containers are"),
         field<T>("references", &T::references, count(0, kMostObjects), "references from each to other objects")
             .absent("one to each of its values"),
         field<T>("cyclic", &T::cyclic, boolean(), "in reference cycles: once dropped, only the collector frees them"),
         field<T>("immortal", &T::immortal, boolean(), "immortal objects, where the interpreter knows them"),
         field<T>("scattered", &T::scattered, boolean(),
                  "of a heap that has aged: neighbours in the collector's lists lie far apart"),
         field<T>("by", &T::native,
                  either("bytecode", "by Python code", "native", "by one C call, without a check point"), "who makes them"),
         field<T>("make", &T::make, duration(), "bytecode time per object, beside its blocks").absent("the interpreter's"),
         label_field<T>()},
        ""};
    return structure;
}

const Structure& free_fields() {
    using T = Free;
    static const Structure structure{
        "free",
        "The program's references to the objects of a set go: they are freed, or garbage if they are in cycles.",
        {field<T>("set", &T::set, object_set_name(), "which set").required(),
         field<T>("objects", &T::objects, count(0, kMostObjects), "how many, the oldest first").absent("all"),
         label_field<T>()},
        "set"};
    return structure;
}

const Structure& walk_fields() {
    using T = WalkSet;
    static const Structure structure{
        "walk",
        "A loop over the objects of a set: each object's reference count is written.",
        {field<T>("set", &T::set, object_set_name(), "which set").required(),
         field<T>("values", &T::values, boolean(), "looks at the values that they hold, too"),
         field<T>("work", &T::work, duration(), "bytecode time per object").absent("the interpreter's"),
         label_field<T>()},
        "set"};
    return structure;
}

const Structure& collector_fields() {
    using T = Gc;
    static const Structure structure{"gc",
                                     "What the module gc does.",
                                     {field<T>("do", &T::action, choice<Gc::Action>(), "which of its functions").required()},
                                     "do"};
    return structure;
}

}  // namespace

std::vector<OpRow> allocation_ops() {
    return {
        op<Allocate>(allocate_fields),
        op<Free>(free_fields),
        op<WalkSet>(walk_fields),
        op<Gc>(collector_fields),
    };
}

}  // namespace gilsim::scenario
