/// Whatever the language can say of the model's mechanisms, some shipped scenario says.

#include <filesystem>
#include <set>

#include "model/scenario/choices.hpp"
#include "model/scenario/fields.hpp"
#include "model/scenario/walk.hpp"
#include "tests/scenario/support.hpp"

namespace gilsim::scenario {
namespace {

/// What stands in the shipped scenarios.
struct Covered {
    std::set<std::size_t> operations;
    std::set<ObjectSpec::Kind> objects;
    std::set<GilPolicy> policies;
    std::set<Touch::Counting> counting;
    std::set<Map::How> maps;
    std::set<Gc::Action> collections;
    std::set<Payload::Kind> payloads;
    std::set<StartMethod> starts;
    std::set<CollectorKind> collectors;  ///< of programs that keep objects
    std::set<AllocatorKind> allocators;
    std::set<std::string> facts;

    void look_at(const Variant& variant) {
        for (const Program& ops : variant.programs) each(ops, [&](const Op& op) { look_at(variant, op); });
        for (const ObjectSpec& object : variant.objects) look_at(object);
        for (const Payload& payload : variant.payloads) look_at(payload);
        for (const InterpreterSpec& interpreter : variant.interpreters) policies.insert(interpreter.gil);
        for (const Group& group : variant.groups)
            if (group.kind == Group::Kind::processes) starts.insert(group.start_method);
        if (variant.machine.paging.huge_pages) facts.insert("huge pages");
        if (variant.interpreters[0].import_main > 0) facts.insert("imports");
    }

private:
    void look_at(const Variant& variant, const Op& op) {
        operations.insert(op.what.index());
        if (const auto* touch = std::get_if<Touch>(&op.what)) counting.insert(touch->counting);
        if (const auto* map = std::get_if<Map>(&op.what)) maps.insert(map->how);
        if (const auto* gc = std::get_if<Gc>(&op.what)) collections.insert(gc->action);
        if (const auto* send = std::get_if<Send>(&op.what)) look_at(send->payload);
        if (const auto* allocate = std::get_if<Allocate>(&op.what)) look_at(variant.interpreters[0].memory, *allocate);
    }
    void look_at(const MemorySpec& memory, const Allocate& allocate) {
        if (allocate.into < 0) return;
        collectors.insert(memory.gc.collector);
        allocators.insert(memory.allocator);
        facts.insert(memory.gc.at_check_points ? "collections at check points" : "collections in allocations");
        if (memory.gc.memory_gate) facts.insert("the collector's memory gate");
        if (!memory.gc.enabled) facts.insert("a collector that is switched off");
        if (memory.gc.thresholds != InterpreterSpec{}.memory.gc.thresholds) facts.insert("thresholds");
        if (allocate.cyclic) facts.insert("cycles");
        if (allocate.scattered) facts.insert("an aged heap");
        if (allocate.immortal && memory.immortal_objects) facts.insert("immortal objects");
        for (const Bytes buffer : allocate.buffers)
            if (buffer > memory.small_limit) facts.insert("blocks of malloc");
    }
    void look_at(const ObjectSpec& object) {
        objects.insert(object.kind);
        if (object.tasks_per_child > 0) facts.insert("max_tasks_per_child");
        if (object.initializer >= 0) facts.insert("an initializer");
        if (object.start_method >= 0) facts.insert("a pool's start method");
        if (object.maxsize > 0) facts.insert("a bounded queue");
        if (object.crossing == ObjectSpec::Crossing::shareable) facts.insert("shareable objects");
    }
    void look_at(const Payload& payload) {
        payloads.insert(payload.kind);
        if (payload.out_of_band) facts.insert("out-of-band buffers");
    }
};

Covered shipped() {
    const std::string root = GILSIM_SOURCE_DIR;
    Covered covered;
    for (const auto& entry : std::filesystem::directory_iterator(root + "/scenarios")) {
        if (entry.path().extension() != ".yaml") continue;
        const LoadResult result = load(entry.path().string(), {}, {root + "/configs"});
        REQUIRE(result.scenario.has_value());
        for (const Variant& variant : result.scenario->variants) covered.look_at(variant);
    }
    return covered;
}

template <class T>
void check_all(const std::set<T>& seen) {
    for (const auto& choice : choices(T{})) {
        INFO(choice.text << " stands in no scenario");
        CHECK(seen.count(choice.value) == 1);
    }
}

}  // namespace

TEST_CASE("every operation and every choice of a mechanism stands in a shipped scenario") {
    const Covered covered = shipped();
    for (std::size_t i = 0; i < op_rows().size(); ++i) {
        INFO(op_rows()[i].word);
        CHECK(covered.operations.count(i) == 1);
    }
    check_all(covered.objects);
    check_all(covered.policies);
    check_all(covered.counting);
    check_all(covered.maps);
    check_all(covered.collections);
    check_all(covered.payloads);
    check_all(covered.starts);
    check_all(covered.collectors);
    check_all(covered.allocators);
    for (const char* fact :
         {"huge pages", "imports", "collections at check points", "collections in allocations",
          "the collector's memory gate", "a collector that is switched off", "thresholds", "cycles", "an aged heap",
          "immortal objects", "blocks of malloc", "max_tasks_per_child", "an initializer", "a pool's start method",
          "a bounded queue", "shareable objects", "out-of-band buffers"}) {
        INFO(fact << " stands in no scenario");
        CHECK(covered.facts.count(fact) == 1);
    }
}

}  // namespace gilsim::scenario
