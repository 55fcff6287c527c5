/// What programs consist of: work, waiting, control, requests, groups, references; and the table of all operations.

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/op_row.hpp"

namespace gilsim::scenario {
namespace {

constexpr std::int64_t kMostTurns = 1'000'000'000'000;

const Structure& compute_fields() {
    using T = Compute;
    static const Structure structure{
        "compute",
        "Python bytecode: needs a core and the GIL, and gives the GIL up at a check point when another thread asks for "
        "it.",
        {field<T>("work", &T::work, span(), "core time, alone on a core of speed 1").required(),
         field<T>("checkpoint_every", &T::checkpoint_every, duration(1), "bytecode time between two check points")
             .absent("the interpreter's"),
         label_field<T>()},
        "work"};
    return structure;
}

const Structure& native_fields() {
    using T = Native;
    static const Structure structure{
        "native",
        "C code called from Python: needs a core, has no check points.",
        {field<T>("work", &T::work, span(), "core time, alone on a core of speed 1").required(),
         field<T>("gil", &T::releases_gil,
                  either("hold", "others wait until it is done", "release", "other threads can run Python meanwhile"),
                  "what happens to the GIL meanwhile"),
         label_field<T>()},
        "work"};
    return structure;
}

const Structure& sleep_fields() {
    using T = Sleep;
    static const Structure structure{"sleep",
                                     "time.sleep: releases the GIL and needs no core.",
                                     {field<T>("time", &T::time, span(), "how long").required(), label_field<T>()},
                                     "time"};
    return structure;
}

const Structure& io_fields() {
    using T = Io;
    static const Structure structure{
        "io",
        "A blocking call that waits for a device or a remote service: releases the GIL and needs no core.",
        {field<T>("time", &T::time, span(), "how long the device or service takes")
             .absent("`device` says")
             .written_if(+[](const T& io) { return io.device < 0; }),
         label_field<T>(),
         field<T>("device", &T::device, name_of(Naming::device), "one of `devices`, where others may be before it")
             .absent("none: `time` says all")},
        "time",
        checked<T>(+[](Reader& reader, const Node& node, const T& io) {
            const bool timed = !node.is(Node::Kind::map) || io.device < 0;
            if (node.is(Node::Kind::map) && node.find("time") == nullptr && node.find("device") == nullptr &&
                (node.find("label") != nullptr || node.entries.empty()))
                reader.error(node, "'time' or 'device' is missing");
            if (!timed && node.find("time") != nullptr)
                reader.error(node, "give either 'time' or 'device', which has a time of its own");
        })};
    return structure;
}

const Structure& repeat_fields() {
    using T = Repeat;
    static const Structure structure{
        "repeat",
        "Does something again and again: a number of times, for a time (with both: whichever ends first), or for ever.",
        {field<T>("times", &T::times, count(0, kMostTurns), "how many turns").absent("not bounded by a count"),
         field<T>("for", &T::duration, duration(), "a turn begins while less than this has passed")
             .absent("not bounded by time"),
         field<T>("do", &T::body, program(), "one turn").required(),
         field<T>("every", &T::every, duration(1),
                  "turns begin at multiples of this after the start; those that are missed are left out")
             .absent("at once"),
         field<T>("late", &T::late, request_name(), "with `every`: how late each turn begins, as a request of this kind")
             .absent("not recorded")},
        "",
        checked<T>(+[](Reader& reader, const Node& node, const T& repeat) {
            if (repeat.every < 0 && node.find("late") != nullptr)
                reader.error(node, "'late' is how late a turn begins after its date, but there is no 'every'");
        })};
    return structure;
}

const Structure& request_fields() {
    using T = Request;
    static const Structure structure{"request",
                                     "A unit of service: the time its operations take is recorded as a latency.",
                                     {field<T>("name", &T::request, request_name(), "the kind of request").required(),
                                      field<T>("do", &T::body, program(), "what serving it takes").required()},
                                     ""};
    return structure;
}

const Structure& request_begin_fields() {
    using T = RequestBegin;
    static const Structure structure{"request_begin",
                                     "A request begins here; `request_end` ends it.",
                                     {field<T>("name", &T::request, request_name(), "the kind of request").required()},
                                     "name"};
    return structure;
}

const Structure& request_end_fields() {
    using T = RequestEnd;
    static const Structure structure{"request_end",
                                     "The request that this thread began with `request_begin` ends here.",
                                     {field<T>("name", &T::request, request_name(), "the kind of request").required()},
                                     "name"};
    return structure;
}

const Structure& start_fields() {
    using T = Start;
    static const Structure structure{
        "start",
        "Starts the threads or processes of a group that is declared with `start: manual`.",
        {field<T>("group", &T::group, name_of(Naming::group), "which group, or a list of them").required()},
        "group"};
    return structure;
}

const Structure& join_fields() {
    using T = Join;
    static const Structure structure{
        "join",
        "Waits until every thread or process of a group has ended.",
        {field<T>("group", &T::group, name_of(Naming::group), "which group, or a list of them").required()},
        "group"};
    return structure;
}

const Structure& run_fields() {
    using T = Run;
    static const Structure structure{
        "run",
        "The operations of another program, as if they were written here.",
        {field<T>("program", &T::program, name_of(Naming::program), "which program").required()},
        "program"};
    return structure;
}

const Structure& touch_fields() {
    using T = Touch;
    static const Structure structure{
        "touch",
        "Takes references to an object and drops them again: what each use of an object costs beside its work.",
        {field<T>("object", &T::object, name_of(Naming::shared_object), "a name for the object").required(),
         field<T>("times", &T::times, count(0, kMostTurns), "how many references"),
         field<T>("counting", &T::counting, choice<Touch::Counting>(), "whose object it is, and who counts"),
         label_field<T>()},
        "object"};
    return structure;
}

const Structure& critical_section_fields() {
    using T = CriticalSection;
    static const Structure structure{
        "critical_section",
        "Uses a list, a dict, ... that other threads use too: free-threaded builds hold the object's lock meanwhile.",
        {field<T>("object", &T::object, name_of(Naming::shared_object), "a name for the object").required(),
         field<T>("do", &T::body, program(), "what is done meanwhile").required()},
        ""};
    return structure;
}

const Structure& stop_the_world_fields() {
    using T = StopTheWorld;
    static const Structure structure{
        "stop_the_world",
        "C code during which no other thread of the interpreter may run: with a GIL they cannot anyway, free-threaded "
        "builds stop them.",
        {field<T>("work", &T::work, span(), "core time, alone on a core of speed 1").required(), label_field<T>()},
        "work"};
    return structure;
}

std::vector<OpRow> basic_ops() {
    return {
        op<Compute>(compute_fields),
        op<Native>(native_fields),
        op<Sleep>(sleep_fields),
        op<Io>(io_fields),
        op<Repeat>(repeat_fields),
        op<Request>(request_fields),
        op<RequestBegin>(request_begin_fields),
        op<RequestEnd>(request_end_fields),
        op<Start>(start_fields, true),
        op<Join>(join_fields, true),
        op<Run>(run_fields),
        op<Touch>(touch_fields),
        op<CriticalSection>(critical_section_fields),
        op<StopTheWorld>(stop_the_world_fields),
    };
}

}  // namespace

const std::vector<OpRow>& op_rows() {
    static const std::vector<OpRow> rows = [] {
        std::vector<OpRow> all = basic_ops();
        for (const auto more : {synchronisation_ops, concurrency_ops, allocation_ops, process_ops})
            for (OpRow& row : more()) all.push_back(std::move(row));
        return all;
    }();
    return rows;
}

std::vector<std::string> op_words() {
    std::vector<std::string> words;
    for (const OpRow& row : op_rows()) words.push_back(row.word);
    return words;
}

}  // namespace gilsim::scenario
