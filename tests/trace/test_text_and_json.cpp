/// The text log and the Chrome JSON export.

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "model/trace/chrome_json.hpp"
#include "model/trace/text_log.hpp"
#include "tests/catch.hpp"
#include "tests/trace/small_run.hpp"

namespace gilsim::test {

TEST_CASE("the text log of the small run is the golden one", "[text]") {
    const auto run = small_run();
    trace::TextLog log(run.directory);
    run.play(log);
    CHECK(log.text() == read_file(GILSIM_SOURCE_DIR "/tests/trace/small_run.log"));

    const Folder folder;
    trace::TextLog file(run.directory, folder / "log.gz");
    run.play(file);
    CHECK(read_file(folder / "log.gz") == log.text());
}

TEST_CASE("Chrome JSON of the small run", "[json]") {
    const Folder folder;
    const auto run = small_run();
    for (const char* name : {"a.json", "b.json", "a.json.gz"}) {
        trace::ChromeJsonSink sink(run.directory, folder / name, "1.2.3");
        run.play(sink);
    }
    const auto text = read_file(folder / "a.json");
    CHECK(text == read_file(folder / "b.json"));
    CHECK(text == read_file(folder / "a.json.gz"));
    const auto json = nlohmann::json::parse(text);
    CHECK(
        json["otherData"] ==
        nlohmann::json{{"gilsim_version", "1.2.3"}, {"scenario", "small.yaml"}, {"seed", "7"}, {"variant", "threads"}});

    std::map<std::pair<int, int>, int> open;
    std::map<std::string, int> phases;
    for (const auto& e : json["traceEvents"]) {
        const std::string phase = e["ph"];
        ++phases[phase];
        auto& depth = open[{e["pid"], e["tid"]}];
        if (phase == "B") ++depth;
        if (phase == "E") --depth;
        CHECK((depth == 0 || depth == 1));
        CHECK(e["ts"] >= 0);
    }
    for (const auto& [thread, depth] : open) CHECK(depth == 0);
    CHECK(phases["B"] == phases["E"]);
    CHECK(phases["s"] == 3);  // two hand-offs, a message
    CHECK(phases["f"] == 3);
    CHECK(phases["b"] == 5);  // requests
    CHECK(phases["e"] == 3);
    // times are exact, printed from integers
    CHECK(text.find(R"({"ph":"B","pid":1000,"tid":1001,"ts":5022.600,"name":"bytecode"})") != std::string::npos);
    CHECK(text.find(R"({"ph":"X","pid":5000000,"tid":1,"ts":0.300,"dur":0.600,"name":"helper"})") != std::string::npos);
    CHECK(text.find(R"({"ph":"s","pid":1000,"tid":1000,"ts":5002.400,"name":"hand-off","cat":"gil","id":1})") !=
          std::string::npos);
    CHECK(
        text.find(R"({"ph":"f","pid":1000,"tid":1001,"ts":5022.600,"name":"hand-off","cat":"gil","id":1,"bp":"e"})") !=
        std::string::npos);
    for (const char* phase :
         {"s", "f"}) {  // the message's arrow leads from the thread that sent it to the one that got it
        const auto& events = json["traceEvents"];
        const auto end = std::find_if(events.begin(), events.end(), [&](const auto& e) {
            return e["ph"] == phase && e.value("cat", "") == "message";
        });
        REQUIRE(end != events.end());
        CHECK((*end)["id"] == "m7");
        CHECK((*end)["tid"] == run.directory.threads[*phase == 's' ? kMain : kDaemon].tid);
    }
}

TEST_CASE("names of any bytes give valid JSON", "[json]") {
    const Folder folder;
    auto run = small_run();
    run.directory.threads[kWorker].name = "a \"quoted\"\n\\name\xff\x01";
    run.directory.scenario = "\xc3\x28";
    trace::ChromeJsonSink sink(run.directory, folder / "a.json", "1");
    run.play(sink);
    CHECK_NOTHROW(nlohmann::json::parse(read_file(folder / "a.json")));
}

TEST_CASE("a run that ends before it begins gives valid files", "[json]") {
    const Folder folder;
    const trace::Directory empty;
    trace::ChromeJsonSink sink(empty, folder / "a.json", "1");
    sink.finish(0, trace::Outcome::completed);
    CHECK(nlohmann::json::parse(read_file(folder / "a.json"))["traceEvents"].size() == 2);
    Run run;
    CHECK(check_laws(written_and_read(run)) == Violations{});
}

}  // namespace gilsim::test
