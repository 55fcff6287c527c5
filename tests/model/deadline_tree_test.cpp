#include "model/machine/deadline_tree.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "model/engine/engine.hpp"
#include "model/engine/isolate.hpp"
#include "model/engine/random.hpp"
#include "model/machine/machine.hpp"
#include "tests/catch.hpp"

using namespace gilsim;
using machine::DeadlineTree;
using machine::Thread;

namespace {

/// The same questions, answered by looking at everybody.
class Plain {
public:
    void insert(Thread& thread) {
        const auto place = std::find_if(threads_.begin(), threads_.end(), [&](const Thread* other) {
            return other->entity.deadline > thread.entity.deadline;  // a later sequence stands behind equals
        });
        threads_.insert(place, &thread);
    }
    void erase(const Thread& thread) { threads_.erase(std::find(threads_.begin(), threads_.end(), &thread)); }
    [[nodiscard]] Thread* first_up_to(machine::Virtual vruntime) const {
        const auto found = std::find_if(threads_.begin(), threads_.end(),
                                        [&](const Thread* thread) { return thread->entity.vruntime <= vruntime; });
        return found != threads_.end() ? *found : nullptr;
    }
    [[nodiscard]] Thread* longest_off_core() const {
        Thread* oldest = nullptr;
        for (Thread* thread : threads_)
            if (!thread->entity.delayed && (oldest == nullptr || thread->entity.last_ran < oldest->entity.last_ran))
                oldest = thread;
        return oldest;
    }
    [[nodiscard]] const std::vector<Thread*>& threads() const { return threads_; }

private:
    std::vector<Thread*> threads_;
};

/// Empty if the tree and the plain list agree throughout; else what they do not agree on.
std::string compare(std::uint64_t seed) {
    engine::Engine engine;
    trace::Recorder recorder;
    machine::Machine machine(engine, {}, seed, recorder);
    engine::Random random(seed, "test");
    std::vector<Thread*> outside;
    for (int i = 0; i < 60; ++i) outside.push_back(&machine.create_thread(i, 0, {}));
    DeadlineTree tree;
    Plain plain;
    std::uint64_t sequence = 0;
    for (int step = 0; step < 20'000; ++step) {
        const auto choose = [&](const std::vector<Thread*>& from) {
            return from[static_cast<std::size_t>(random.uniform(0, static_cast<std::int64_t>(from.size()) - 1))];
        };
        const std::int64_t what = random.uniform(0, 9);
        if (what < 5 && !outside.empty()) {
            Thread& thread = *choose(outside);
            thread.entity.sequence = ++sequence;
            thread.entity.deadline = random.uniform(0, 50);  // ties are frequent
            thread.entity.vruntime = random.uniform(-50, 50);
            thread.entity.last_ran = random.uniform(0, 30);
            thread.entity.delayed = random.uniform(0, 3) == 0;
            tree.insert(thread);
            plain.insert(thread);
            outside.erase(std::find(outside.begin(), outside.end(), &thread));
        } else if (what < 9 && !plain.threads().empty()) {
            Thread& thread = *choose(plain.threads());
            tree.erase(thread);
            plain.erase(thread);
            outside.push_back(&thread);
        } else if (!plain.threads().empty()) {
            Thread& thread = *choose(plain.threads());
            thread.entity.delayed = false;
            tree.changed(thread);
        }
        if (tree.size() != plain.threads().size()) return "size";
        std::vector<Thread*> order;
        tree.for_each([&](Thread& thread) { order.push_back(&thread); });
        if (order != plain.threads()) return "order";
        if (tree.first() != (order.empty() ? nullptr : order.front())) return "first";
        if (tree.longest_off_core() != plain.longest_off_core()) return "longest_off_core";
        const auto bound = random.uniform(-60, 60);
        const auto up_to = [bound](machine::Virtual vruntime) { return vruntime <= bound; };
        if (tree.first_where(up_to) != plain.first_up_to(bound)) return "first_where";
    }
    return {};
}

}  // namespace

TEST_CASE("the tree of deadlines answers as a look at every thread would") {
    for (const std::uint64_t seed : {1, 2, 3}) {
        const auto result = engine::in_child([seed] { return compare(seed); });
        REQUIRE(result.ok);
        CHECK(result.payload.empty());
    }
}
