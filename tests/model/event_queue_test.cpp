#include "model/engine/event_queue.hpp"

#include <memory>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace gilsim;
using engine::EventQueue;
using engine::Priority;
using engine::Timer;

TEST_CASE("events fire in order of time, then priority, then the order in which they were armed", "[engine]") {
    EventQueue queue;
    std::string fired;
    const auto note = [&fired](char c) { return [&fired, c] { fired += c; }; };
    Timer a(queue, Priority::actor, note('a'));
    Timer b(queue, Priority::burst_end, note('b'));
    Timer c(queue, Priority::actor, note('c'));
    Timer d(queue, Priority::tick, note('d'));
    Timer e(queue, Priority::burst_end, note('e'));
    c.arm(10);
    a.arm(10);
    d.arm(10);
    b.arm(10);
    e.arm(5);
    while (!queue.empty()) queue.fire_next();
    CHECK(fired == "ebdca");
}

TEST_CASE("a timer that is armed again moves and stands behind its equals, a cancelled one never fires", "[engine]") {
    EventQueue queue;
    std::string fired;
    const auto note = [&fired](char c) { return [&fired, c] { fired += c; }; };
    Timer a(queue, Priority::actor, note('a'));
    Timer b(queue, Priority::actor, note('b'));
    Timer c(queue, Priority::actor, note('c'));
    a.arm(1);
    b.arm(2);
    c.arm(2);
    a.arm(2);
    b.cancel();
    CHECK_FALSE(b.armed());
    CHECK(b.time() == kNever);
    CHECK(queue.next() == 2);
    while (!queue.empty()) queue.fire_next();
    CHECK(fired == "ca");
}

TEST_CASE("ten thousand timers armed, moved and cancelled at random come out sorted", "[engine]") {
    EventQueue queue;
    std::vector<std::unique_ptr<Timer>> timers;
    std::uint64_t x = 12345;
    const auto random = [&x] {
        x = x * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<Nanoseconds>((x >> 33) % 1000);
    };
    std::size_t count = 0;
    for (int i = 0; i < 10000; ++i)
        timers.push_back(std::make_unique<Timer>(queue, Priority::actor, [&count] { ++count; }));
    for (auto& t : timers) t->arm(random());
    for (std::size_t i = 0; i < timers.size(); i += 3) timers[i]->arm(random());
    std::size_t cancelled = 0;
    for (std::size_t i = 0; i < timers.size(); i += 7, ++cancelled) timers[i]->cancel();
    Nanoseconds last = 0;
    while (!queue.empty()) {
        REQUIRE(queue.next() >= last);
        last = queue.next();
        queue.fire_next();
    }
    CHECK(count == timers.size() - cancelled);
}
