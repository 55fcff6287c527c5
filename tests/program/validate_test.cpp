/// `gilsim validate`: what it prints, and its exit status.

#include <nlohmann/json.hpp>

#include "tests/program/program.hpp"

using gilsim::testing::invoke;
using gilsim::testing::Result;

namespace {

const std::string kRecord = "tests/truth/records/cpu_countdown-3.11.7.json";

}  // namespace

TEST_CASE("validate: a table, a verdict per record, a summary") {
    const Result result = invoke("validate " + kRecord);
    CHECK(result.status == 0);
    CHECK(result.err.empty());
    CHECK(result.out.find("cpu_countdown 3.11.7: 10 makespan (median ") == 0);
    CHECK(result.out.find("2 threads, 2 cores") != std::string::npos);
    CHECK(result.out.find("the worst") != std::string::npos);
}

TEST_CASE("validate: a missed bar is named, and fails") {
    const Result result = invoke("validate " + kRecord + " --bar makespan=0.001 --bar makespan.median=99");
    CHECK(result.status == 1);
    CHECK(result.err.find("bar missed: cpu_countdown 3.11.7, ") != std::string::npos);
    CHECK(result.err.find("median") == std::string::npos);
    CHECK(invoke("validate " + kRecord + " --bar makespan=50").status == 0);
}

TEST_CASE("validate: --json prints JSON and nothing else") {
    const Result result = invoke("validate " + kRecord + " --json --runs 1 --bar makespan=0.001");
    CHECK(result.status == 1);
    const auto json = nlohmann::json::parse(result.out);
    CHECK(json["records"].size() == 1);
    CHECK(json["records"][0]["comparisons"].size() == 10);
    CHECK(json["kinds"][0]["figures"] == 10);
    CHECK_FALSE(json["missed"].empty());
}

TEST_CASE("validate: --set shows what a mechanism contributes") {
    const std::string order = "validate tests/truth/records/order-3.11.7.json --runs 1";
    CHECK(invoke(order + " --set machine.scheduler.tick=1ms").out != invoke(order).out);
    CHECK(invoke(order + " --set machine.scheduler.tick").status == 2);
    CHECK(invoke(order + " --set machine.scheduler.tock=1ms").status == 3);
}

TEST_CASE("validate: wrong usage and broken records") {
    CHECK(invoke("validate").status == 2);
    CHECK(invoke("validate nowhere.json").status == 2);
    CHECK(invoke("validate " + kRecord + " --bar speed=6").status == 2);
    CHECK(invoke("validate " + kRecord + " --runs 0").status == 2);
    const Result broken = invoke("validate tests/truth/broken/truncated.json " + kRecord);
    CHECK(broken.status == 3);  // and the other record is predicted all the same
    CHECK(broken.err.find("truncated.json:24:16: error: ") != std::string::npos);
    CHECK(broken.out.find("cpu_countdown 3.11.7") != std::string::npos);
    CHECK(invoke("validate tests/truth/broken/profile_missing.json").status == 3);
}

TEST_CASE("schema record prints the schema of records") {
    const Result result = invoke("schema record");
    CHECK(result.status == 0);
    CHECK(nlohmann::json::parse(result.out)["title"] == "gilsim record");
    CHECK(invoke("schema rekord").status == 2);
}
