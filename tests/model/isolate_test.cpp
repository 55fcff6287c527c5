/// One simulation per process: what a child says, and what becomes of one that dies.

#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <unistd.h>

#include "model/engine/isolate.hpp"
#include "tests/catch.hpp"

using gilsim::engine::in_child;

TEST_CASE("a child's answer comes back whole, however long", "[isolate]") {
    const std::string long_text(3 << 20, 'x');
    const auto result = in_child([&] { return long_text; });
    CHECK(result.ok);
    CHECK(result.payload == long_text);
    CHECK(in_child([] { return std::string(); }).ok);
}

TEST_CASE("a child that throws, is killed or leaves says why and takes nobody with it", "[isolate]") {
    const auto thrown = in_child([]() -> std::string { throw std::runtime_error("no such core"); });
    CHECK_FALSE(thrown.ok);
    CHECK(thrown.error == "no such core");
    const auto killed = in_child([]() -> std::string {
        std::raise(SIGKILL);
        return "";
    });
    CHECK_FALSE(killed.ok);
    CHECK(killed.error.find("signal 9") != std::string::npos);
    const auto left = in_child([]() -> std::string { _exit(7); });
    CHECK_FALSE(left.ok);
    CHECK(left.error.find('7') != std::string::npos);
}

TEST_CASE("children do not see one another's memory", "[isolate]") {
    int counter = 0;
    const auto count = [&] { return std::to_string(++counter); };
    CHECK(in_child(count).payload == "1");
    CHECK(in_child(count).payload == "1");
    CHECK(counter == 0);
}
