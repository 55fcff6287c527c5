/// How fast the machine was during a calibration.

#include "analysis/measure/turns.hpp"

#include "tests/catch.hpp"

using namespace gilsim::analysis;

TEST_CASE("a turn that takes a quarter longer than the fastest one so far tells that the machine is slow") {
    Turns turns;
    CHECK_FALSE(turns.slow(100));  // nothing is known yet
    turns.add(20);
    CHECK_FALSE(turns.slow(25));
    CHECK(turns.slow(25.1));
    turns.add(16);
    CHECK(turns.slow(20.1));
    CHECK_FALSE(turns.slow(20));
}

TEST_CASE("what was measured while turns took longer all along took as many times as long, and nothing else is known") {
    Turns turns;
    CHECK(turns.slowdown({20, 20}) == 1);  // of no turn yet
    for (const double turn : {20.0, 20.0, 20.0, 31.0, 29.0}) turns.add(turn);
    CHECK(turns.slowdown({31, 29}) == 1.5);
    CHECK(turns.slowdown({21, 20}) == 1);  // as fast as ever
    CHECK(turns.slowdown({20, 31}) == 1);  // it changed meanwhile, nobody knows when
    CHECK(turns.slowdown({0, 31}) == 1);
    CHECK(turns.slowdown({31, 0}) == 1);
}

TEST_CASE("turns are samples of one cost, of whatever time") {
    Turns turns;
    CHECK(turns.empty());
    for (const double turn : {19.0, 31.0, 20.0, 18.0, 30.0, 19.0, 20.0, 21.0, 22.0, 19.0, 18.0}) turns.add(turn);
    CHECK_FALSE(turns.empty());
    const Quantiles q = turns.quantiles();
    CHECK(q.n == 11);
    CHECK(q.p10 == 18);
    CHECK(q.p50 == 20);
    CHECK(q.p90 == 30);
    CHECK(q.p99 == 31);
}
