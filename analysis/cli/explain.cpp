#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "analysis/cli/choices.hpp"
#include "analysis/cli/files.hpp"
#include "analysis/cli/verb.hpp"
#include "analysis/insight/narrator.hpp"
#include "analysis/trace/reader.hpp"
#include "model/scenario/suggest.hpp"
#include "model/scenario/units.hpp"

namespace gilsim::analysis::cli {
namespace {

namespace po = boost::program_options;

constexpr Nanoseconds kUsualSpan = 10 * kMillisecond;

// A moment of the run: a duration since its start, 0 included.
Nanoseconds moment(const Arguments& arguments) {
    if (!arguments.has("at")) return 0;
    const auto& text = arguments.options["at"].as<std::string>();
    if (text == "0") return 0;
    const auto parsed = scenario::parse_duration(text);
    if (const auto* error = std::get_if<scenario::UnitError>(&parsed))
        throw UsageError(fmt::format("--at: {}", error->message), error->hint);
    const Nanoseconds at = std::get<Nanoseconds>(parsed);
    if (at < 0) throw UsageError("--at: must not be below 0");
    return at;
}

}  // namespace

void describe_explain(Options& options) {
    auto add = options.add_options();
    add("at", po::value<std::string>()->value_name("TIME"), "from which moment of the run, as in 1.5s; 0 unless given");
    add("for", po::value<std::string>()->value_name("TIME"), "how much of it; 10ms unless given");
    add("thread", po::value<std::string>()->value_name("NAME"), "only what concerns this thread");
}

Exit explain(const Arguments& arguments) {
    const std::string& file = arguments.one_operand("the TRACE");
    Narrator::Span span;
    span.from = moment(arguments);
    const Nanoseconds length =
        arguments.has("for") ? duration_value("for", arguments.options["for"].as<std::string>()) : kUsualSpan;
    span.to = span.from + length;
    if (arguments.has("thread")) span.thread = arguments.options["thread"].as<std::string>();
    require_regular_file(file);
    try {
        TraceReader reader(file);
        Narrator narrator(reader.directory(), span);
        reader.read(narrator);
        const std::vector<std::string> names = narrator.names();
        if (!span.thread.empty() && std::find(names.begin(), names.end(), span.thread) == names.end())
            throw UsageError(fmt::format("the trace has no thread '{}'", span.thread),
                             scenario::did_you_mean(span.thread, names));
        for (const std::string& line : narrator.lines()) fmt::print("{}\n", line);
    } catch (const TraceError& e) {
        throw UsageError(e.what());
    }
    return Exit::ok;
}

}  // namespace gilsim::analysis::cli
