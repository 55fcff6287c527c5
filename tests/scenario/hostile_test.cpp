/// Nothing that a user gives us throws, crashes or hangs.

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <sys/stat.h>

#include "model/scenario/resolved.hpp"
#include "tests/scenario/support.hpp"

namespace gilsim::scenario {
namespace {

namespace fs = std::filesystem;

/// A folder for files that cannot be kept in the repository.
class Scratch {
public:
    Scratch() : path_(fs::temp_directory_path() / ("gilsim_hostile_" + std::to_string(::getpid()))) {
        fs::create_directories(path_);
    }
    ~Scratch() { fs::remove_all(path_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return (path_ / name).string();
    }
    [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }

private:
    fs::path path_;
};

std::string message(const std::string& path) {
    const LoadResult result = load(path);
    CHECK_FALSE(result.scenario.has_value());
    REQUIRE(result.diagnostics.size() == 1);
    return result.diagnostics[0].message;
}

/// Our own: the same everywhere.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t operator()() {  // splitmix64
        state_ += 0x9E3779B97F4A7C15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31);
    }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>((*this)() % n); }

private:
    std::uint64_t state_;
};

/// Damages a text in one of several ways.
std::string mutated(std::string text, Random& random) {
    static const std::vector<std::string> pieces{"{",
                                                 "}",
                                                 "[",
                                                 "]",
                                                 ":",
                                                 ": ",
                                                 "- ",
                                                 "\n",
                                                 "\n  ",
                                                 "\"",
                                                 "'",
                                                 "&a ",
                                                 "*a",
                                                 "#",
                                                 "|\n",
                                                 ">\n",
                                                 "${",
                                                 "}",
                                                 "!!x ",
                                                 "? ",
                                                 "---\n",
                                                 "%",
                                                 "99999999999999999999",
                                                 "-1",
                                                 "0",
                                                 "1e999",
                                                 "\t",
                                                 "\xC3",
                                                 "\x01",
                                                 "null",
                                                 "~",
                                                 "main",
                                                 "base: x",
                                                 "<<: *a",
                                                 "1ns",
                                                 "-5h",
                                                 "${workers}"};
    switch (random.below(6)) {
        case 0:
            text[random.below(text.size())] = static_cast<char>(random());
            break;
        case 1:
            text.resize(random.below(text.size()));
            break;
        case 2: {
            const std::size_t from = random.below(text.size());
            text.erase(from, random.below(12) + 1);
            break;
        }
        case 3: {
            const std::size_t from = random.below(text.size());
            text.insert(random.below(text.size()), text.substr(from, random.below(60)));
            break;
        }
        case 4:
            text[random.below(text.size())] = " \n:{}[],#&*!|>'\"%@`-?0"[random.below(22)];
            break;
        default:
            text.insert(random.below(text.size()), pieces[random.below(pieces.size())]);
    }
    return text;
}

}  // namespace

TEST_CASE("a name that cannot be calculated leaves nothing to check") {
    CHECK(errors(with_program("{request: {name: '${nope}', do: [{compute: 1ms}]}}"))
              .find("there is no parameter 'nope'") != std::string::npos);
}

TEST_CASE("files that cannot be read are told") {
    const Scratch scratch;
    CHECK(message(scratch.path("nowhere.yaml")) == "no such file");
    CHECK(message(scratch.path("")) == "this is a directory, not a file");
    CHECK(message("") == "no such file");
    CHECK(message(std::string("a\0b", 3)) == "this is not the name of a file");
    CHECK(message("/dev/null") == "this is not a regular file");
    REQUIRE(::mkfifo(scratch.path("pipe").c_str(), 0600) == 0);
    CHECK(message(scratch.path("pipe")) == "this is not a regular file");
    CHECK(message(scratch.file("large.yaml", std::string(2 << 20, ' '))) == "the file is larger than 1 MiB");
    const std::string secret = scratch.file("secret.yaml", "gilsim: 1\n");
    fs::permissions(secret, fs::perms::none);
    if (::geteuid() != 0) CHECK(message(secret) == "the file cannot be read: Permission denied");
    fs::create_symlink("loop", scratch.path("loop"));
    CHECK_FALSE(load(scratch.path("loop")).scenario.has_value());
}

TEST_CASE("large files are read, or refused, in bounded time") {
    std::string many_keys = "gilsim: 1\n";
    for (int i = 0; i < 40'000; ++i) many_keys += "key" + std::to_string(i) + ": 1\n";
    CHECK(load_text(many_keys, "t").diagnostics.size() <= 1000);

    std::string many_names = "gilsim: 1\nprograms:\n";
    for (int i = 0; i < 15'000; ++i)
        many_names += "  p" + std::to_string(i) + ": [{run: q" + std::to_string(i) + "}]\n";
    CHECK(load_text(many_names + "threads: {main: p0}\n", "t").diagnostics.size() <= 1000);

    const auto chain = [](int length) {  // 2^length operations, were they written out
        std::string text = "gilsim: 1\nprograms:\n";
        for (int i = 0; i < length; ++i) {
            const std::string next = std::to_string(i + 1);
            text += "  p" + std::to_string(i) + ": [{run: p" + next + "}, {run: p" + next + "}]\n";
        }
        return text + "  p" + std::to_string(length) + ": [{compute: 1ms}]\nthreads: {main: p0}\n";
    };
    CHECK(errors(chain(90)).empty());
    CHECK(errors(chain(9'000)).find("programs that run one another more than 100 deep") != std::string::npos);

    std::string parameters = "gilsim: 1\nparameters:\n";
    for (int i = 0; i < 20'000; ++i)
        parameters += "  a" + std::to_string(i) + ": \"${a" + std::to_string(i + 1) + " * 2}\"\n";
    CHECK_FALSE(
        load_text(parameters + "programs: {p: [{compute: \"${a0}\"}]}\nthreads: {main: p}\n", "t").diagnostics.empty());

    std::string doubling = "gilsim: 1\nparameters:\n  a0: xxxxxxxxxx\n";
    for (int i = 1; i < 60; ++i)
        doubling +=
            "  a" + std::to_string(i) + ": \"${a" + std::to_string(i - 1) + "}${a" + std::to_string(i - 1) + "}\"\n";
    CHECK(errors(doubling + "title: \"${a59}\"\nprograms: {p: [{compute: 1ms}]}\nthreads: {main: p}\n")
              .find("10,000 characters") != std::string::npos);

    std::string variants = "gilsim: 1\nprograms: {p: [{compute: 1ms}]}\nvariants:\n";
    for (int i = 0; i < 2'000; ++i) variants += "  v" + std::to_string(i) + ": {threads: {main: p}}\n";
    CHECK(errors(variants).find("2,000 variants of this size are too many") != std::string::npos);

    CHECK_FALSE(load_text("gilsim: 1\ntitle: " + std::string(500'000, '['), "t").diagnostics.empty());
    CHECK_FALSE(load_text("gilsim: 1\ntitle: " + std::string(500'000, '{'), "t").diagnostics.empty());
    CHECK_FALSE(load_text("gilsim: 1\n" + std::string(200'000, '-'), "t").diagnostics.empty());
    std::string dashes = "gilsim: 1\ntitle:\n";
    for (int i = 0; i < 5'000; ++i) dashes += "- ";
    CHECK_FALSE(load_text(dashes, "t").diagnostics.empty());
    CHECK_FALSE(load_text("gilsim: 1\n? " + std::string(20'000, '?'), "t").diagnostics.empty());
    CHECK_FALSE(load_text(std::string(300'000, ':'), "t").diagnostics.empty());
    CHECK_FALSE(load_text(std::string(100'000, '&'), "t").diagnostics.empty());
    CHECK_FALSE(load_text(std::string(300'000, '"'), "t").diagnostics.empty());
}

TEST_CASE("damaged scenarios are diagnosed, never fatal") {
    const std::string root = GILSIM_SOURCE_DIR;
    std::vector<std::string> texts{file_text(kDataFolder + "/everything.yaml")};
    for (const auto& entry : fs::directory_iterator(root + "/scenarios")) {
        if (entry.path().extension() == ".yaml") texts.push_back(file_text(entry.path().string()));
    }
    Random random(20);
    std::size_t valid = 0, invalid = 0;
    for (const std::string& text : texts) {
        for (int i = 0; i < 6'000 / static_cast<int>(texts.size()); ++i) {
            std::string damaged = text;
            for (std::size_t n = random.below(3) + 1; n > 0 && !damaged.empty(); --n)
                damaged = mutated(damaged, random);
            const LoadResult result = load_text(damaged, "damaged.yaml", kDataFolder, {}, {root + "/configs"});
            CHECK(result.scenario.has_value() == result.diagnostics.empty());
            if (result.scenario) {
                ++valid;
                for (const Variant& v : result.scenario->variants) static_cast<void>(to_json(v).dump());
            } else {
                ++invalid;
                static_cast<void>(render(result.diagnostics));
            }
        }
    }
    CHECK(valid > 100);
    CHECK(invalid > 1000);
}

TEST_CASE("damaged settings are diagnosed, never fatal") {
    const std::string text = file_text(kDataFolder + "/everything.yaml");
    const std::vector<std::string> sets{"machine.cores=4", "programs.all[3].native.work={exponential: 2ms}",
                                        "variants.other.seed=3", "threads.late.count=${workers}",
                                        "interpreters.old.version=3.9"};
    Random random(21);
    for (int i = 0; i < 1'000; ++i) {
        const std::string damaged = mutated(sets[random.below(sets.size())], random);
        const auto setting = parse_setting(damaged);
        if (setting) static_cast<void>(render(load_text(text, "t", kDataFolder, {*setting}).diagnostics));
    }
}

}  // namespace gilsim::scenario
