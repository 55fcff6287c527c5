// Cycles of waits: found when they close, and what closes none.

#include "tests/model/processes.hpp"

using namespace gilsim::testing;

TEST_CASE("a cycle of two locks is found when it closes, although another thread still works") {
    CHECK(story(kFree + "objects: {left: lock, right: rlock}\n"
                        "programs:\n"
                        "  a: [{lock: left}, {sleep: 1ms}, {lock: right}]\n"
                        "  b: [{lock: right}, {sleep: 2ms}, {lock: left}]\n"
                        "  c: [{sleep: 1s}]\n"
                        "threads: {a: a, b: b, c: c}\n",
                {}) ==
          "2000000 run_end deadlock\n"
          "'b' waits for lock 'left', held by 'a' (line 13)\n"
          "'a' waits for rlock 'right', held by 'b' (line 12)\n"
          "'main' waits for the end of 'a'\n"
          "'c' sleeps (line 14)\n");
}

TEST_CASE("a cycle through a lock and a join") {
    CHECK(story(kFree + "objects: {l: lock}\n"
                        "programs:\n"
                        "  main: [{sleep: 1ms}, {with: {lock: l, do: [{join: worker}]}}]\n"
                        "  worker: [{sleep: 2ms}, {with: {lock: l, do: [{compute: 1ms}]}}]\n"
                        "  other: [{sleep: 1s}]\n"
                        "threads: {main: main, worker: worker, other: other}\n",
                {}) ==
          "2000000 run_end deadlock\n"
          "'worker' waits for lock 'l', held by 'main' (line 13)\n"
          "'main' waits for the end of 'worker' (line 12)\n"
          "'other' sleeps (line 14)\n");
}

TEST_CASE("a lock taken twice by its holder") {
    CHECK(story(kFree + "objects: {l: lock}\n"
                        "programs: {p: [{lock: l}, {lock: l}]}\n"
                        "threads: {main: p}\n",
                {}) ==
          "0 run_end deadlock\n"
          "'main' waits for lock 'l', held by 'main' (line 11)\n");
}

TEST_CASE("no cycle: a lock that others release") {
    const std::string log = story(kFree +
                                      "objects: {l: lock}\n"
                                      "programs:\n"
                                      "  main: [{sleep: 10ms}, {unlock: l}]\n"
                                      "  p: [{lock: l}, {lock: l}]\n"
                                      "threads: {main: main, p: p}\n",
                                  {});
    CHECK(log == "10000000 run_end completed\n");
}

TEST_CASE("no cycle: a wait with a time-out ends by itself") {
    CHECK(story(kFree + "objects: {left: lock, right: lock}\n"
                        "programs:\n"
                        "  a: [{lock: left}, {sleep: 1ms}, {lock: {lock: right, timeout: 5ms}}, {unlock: left}]\n"
                        "  b: [{lock: right}, {sleep: 1ms}, {lock: left}]\n"
                        "threads: {a: a, b: b}\n",
                {}) == "6000000 run_end completed\n");
}
