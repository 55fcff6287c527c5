/// Objects and groups of threads and processes.

#include "model/scenario/fields.hpp"
#include "model/scenario/groups.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"

namespace gilsim::scenario {
namespace {

Field run_field(std::string doc) {
    return field<Group>("run", &Group::program, name_of(Naming::program), std::move(doc));
}
Field count_field(std::string doc) {
    return field<Group>("count", &Group::count, count(0, 1'000'000'000), std::move(doc));
}
Field daemon_field(std::string doc) {
    return field<Group>("daemon", &Group::daemon, boolean(), std::move(doc));
}
Field nice_field() {
    return field<Group>("nice", &Group::nice, small_count(-20, 19), "the scheduler's niceness: less is more important");
}
Field slice_field() {
    return field<Group>("slice", &Group::slice, duration(100 * kMicrosecond, 100 * kMillisecond),
                        "EEVDF: the slice that they ask for (sched_setattr): a shorter one is served sooner")
        .absent("the scheduler's");
}
Field cores_field() {
    return field<Group>("cores", &Group::affinity, core_list(), "the cores it may use").absent("all cores");
}
Field start_field() {
    return field<Group>("start", &Group::manual,
                        either("auto", "by the main thread, at once", "manual", "by a `start` operation"),
                        "when it starts");
}

Field subinterpreter_field() {
    return field<Group>("subinterpreter", &Group::subinterpreter, choice<Group::Subinterpreter>(),
                        "whether each of them runs in a sub-interpreter of its own, with objects of its own");
}

Field threads_of_subinterpreter() {
    return field<Group>("threads", &Group::threads, inner_groups(),
                        "further threads inside each sub-interpreter, started by its first")
        .absent("none");
}

void check_threads(Reader& reader, const Node& node, const Group& group) {
    if (group.subinterpreter == Group::Subinterpreter::none && !group.threads.empty())
        reader.error(node, "'threads' inside threads are those of a sub-interpreter",
                     "give 'subinterpreter', or a group of its own to them");
}

void check_process(Reader& reader, const Node& node, const Group& group) {
    if (group.program < 0 && group.threads.empty() && node.find("run") == nullptr && node.find("threads") == nullptr)
        reader.error(node, "this process does nothing", "give 'run', 'threads' or both");
}

}  // namespace

const Structure& thread_group_fields() {
    static const Structure structure{
        "threads",
        "Threads of the main process that do the same. The one named `main` is the main thread.",
        {run_field("the program that each of them runs").required(), count_field("how many"),
         daemon_field("the run ends without them"), nice_field(), slice_field(), cores_field(), start_field(),
         subinterpreter_field(), threads_of_subinterpreter()},
        "run",
        checked(check_threads)};
    return structure;
}

const Structure& inner_group_fields() {
    static const Structure structure{
        "inner_threads",
        "Further threads inside each process or sub-interpreter, started by its first thread.",
        {run_field("the program that each of them runs").required(), count_field("how many"),
         daemon_field("the process ends without them"), nice_field(), slice_field(), cores_field(),
         subinterpreter_field()},
        "run"};
    return structure;
}

const Structure& process_group_fields() {
    static const Structure structure{
        "processes",
        "Processes that do the same, each with its own interpreter, GIL and objects.",
        {run_field("the program of each process's main thread")
             .absent<Group>(
                 "its main thread only starts and joins `threads`", +[](Reader&, Group& g) { g.program = -1; }),
         count_field("how many"), daemon_field("the run ends without them"), nice_field(), slice_field(), cores_field(),
         start_field(),
         field<Group>("interpreter", &Group::interpreter, name_of(Naming::interpreter), "one of `interpreters`")
             .absent("the scenario's `interpreter`"),
         field<Group>("start_method", &Group::start_method, choice<StartMethod>(), "how they are started")
             .absent<Group>(
                 "the interpreter's",
                 +[](Reader& reader, Group& g) {
                     const auto& all = reader.variant().interpreters;
                     if (static_cast<std::size_t>(g.interpreter) < all.size())
                         g.start_method = all[static_cast<std::size_t>(g.interpreter)].start_method;
                 }),
         field<Group>("arguments", &Group::arguments, payload(),
                      "what the program is called with: pickled and sent unless the process is forked")
             .absent("nothing"),
         field<Group>("threads", &Group::threads, inner_groups(), "further threads inside each process")
             .absent("none")},
        "run",
        checked(check_process)};
    return structure;
}

}  // namespace gilsim::scenario
