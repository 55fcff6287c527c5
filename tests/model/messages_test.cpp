/// Pipes, sockets, and what travels through them.

#include <fmt/format.h>

#include "tests/model/processes.hpp"

using namespace gilsim::testing;

namespace {

const std::string kThroughPipe =
    "objects: {line: {kind: pipe, duplex: false}}\n"
    "programs:\n"
    "  send: [{send: {pipe: line, payload: 1MiB}}]\n"
    "  receive: [{receive: line}]\n"
    "threads: {main: send}\n"
    "processes: {child: receive}\n";

}  // namespace

TEST_CASE("a writer blocks while the kernel's buffer is full") {
    const std::string log = story(kFree + kThroughPipe, {"state", "message_send", "message_receive"});
    INFO(log);
    CHECK(count(log, "main/main state waiting_signal") == 16);
    CHECK(count(log, "message_send line #0") == 1);
    CHECK(count(log, "child/main message_receive line #0") == 1);
}

TEST_CASE("no write to a pipe goes unnoticed, whenever its reader empties it") {
    std::string slow = with("pipe_copy", "1ms");
    slow.replace(slow.find("  cores: 4"), 10, "  cores: 4\n  speeds: [0.1, 0.1, 0.1, 0.1]");
    CHECK(has(
        story(slow +
                  "objects: {line: {kind: pipe, duplex: false}}\n"
                  "programs:\n"
                  "  send: [{repeat: {times: 100, do: [{compute: {uniform: [0us, 20us]}}, {send: {pipe: line, payload: "
                  "100KiB}}]}}]\n"
                  "  receive: [{repeat: {times: 100, do: [{compute: {uniform: [0us, 20us]}}, {receive: line}]}}]\n"
                  "threads: {main: send}\n"
                  "processes: {child: receive}\n",
              {}),
        "run_end completed"));
}

TEST_CASE("a bigger buffer is filled less often") {
    std::string wide = kFree;
    wide.replace(wide.find("  ipc: {"), 8, "  ipc: {pipe_buffer: 256KiB, ");
    CHECK(count(story(wide + kThroughPipe, {"state"}), "main/main state waiting_signal") == 4);
}

TEST_CASE("a sender over a socket sleeps until three quarters of its buffer are free") {
    std::string duplex = kThroughPipe;
    duplex.replace(duplex.find(", duplex: false"), 15, "");
    const std::string log = story(kFree + duplex, {"state"});
    INFO(log);
    // The first packet wakes the reader at once; both sides then take turns of five packets out of 29.
    CHECK(count(log, "main/main state waiting_signal") >= 4);
    CHECK(count(log, "main/main state waiting_signal") <= 6);
}

TEST_CASE("each copy of a message costs once") {
    // with 22 bytes of pickle's frame and a header of 4, both ways; and some thousand page faults of 1 ns
    CHECK(end(unpaged(with("pipe_copy", "1ms")) + kThroughPipe) / 10'000 == 200);
    // dumps 1, pieces of 64 KiB 1 in all, loads 1; and what the BytesIO had grown to when it could no longer grow in
    // place.
    const auto copies = end(unpaged(with(" copy", "1ms")) + kThroughPipe);
    CHECK(copies > 3'000'000);
    CHECK(copies < 4'500'000);
}

TEST_CASE("a message of which four copies do not fit into the cache comes from memory") {
    const auto took = [](const std::string& cache) {
        std::string world = unpaged(kFree);
        world.insert(world.find("  costs: {"), "  cache: {size: " + cache + ", streamed_line: 100ns}\n");
        return end(world + kThroughPipe);
    };
    // 16384 lines of 64 bytes, read and written: by dumps, by the piecewise copies, by loads.
    const auto more = took("3MiB") - took("5MiB");
    CHECK(more >= 3 * 2 * 16384 * 100);
    CHECK(more < 4 * 2 * 16384 * 100);
}

namespace {

/// Page faults of a thread in a story.
long faults_in(const std::string& log, const std::string& thread) {
    INFO(log);
    const std::regex line(thread + " page_faults (\\d+)");
    long sum = 0;
    for (std::sregex_iterator it(log.begin(), log.end(), line); it != std::sregex_iterator(); ++it)
        sum += std::stol((*it)[1]);
    return sum;
}

/// Page faults of a thread by message: 20 go through a pipe from `threads`, to a child.
long faults_of(const std::string& thread, const std::string& size, const std::string& receive,
               const std::string& threads = "main: send", const std::string& world = kFree) {
    const std::string log = story(world + "payloads: {data: {size: " + size +
                                      "}}\nobjects: {line: {kind: pipe, duplex: false}}\n"
                                      "programs:\n"
                                      "  idle: [{sleep: 1ms}]\n"
                                      "  send: [{repeat: {times: 20, do: [{send: {pipe: line, payload: data}}]}}]\n"
                                      "  receive: [{repeat: {times: 20, do: [{receive: " +
                                      receive + "}]}}]\nthreads: {" + threads + "}\nprocesses: {child: receive}\n",
                                  {"page_faults"});
    return faults_in(log, thread) / 20;
}

}  // namespace

TEST_CASE("big messages cost page faults, by what becomes of them") {
    const long dropped = faults_of("child/main", "1MiB", "line");
    CHECK(dropped > 450);
    CHECK(dropped < 800);
    const long kept = faults_of("child/main", "1MiB", "{pipe: line, keep: true}");
    CHECK(kept > 90);
    CHECK(kept < 400);
}

TEST_CASE("a pickle grows in place in the main thread's arena, and moves in another's") {
    // There the pickler's next buffer lies above it: the object, 512 KiB in the first place, 576 in the second.
    CHECK(faults_of("main/main", "512KiB", "line") < 40);
    CHECK(faults_of("main/sender", "512KiB", "line", "main: idle, sender: send") > 300);
    // One that exists is not made.
    CHECK(faults_of("main/sender", "512KiB, existing: true", "line", "main: idle, sender: send") < 40);
}

TEST_CASE("who gets from a queue cuts what it has read to size, and the heap falls below its threshold each time") {
    // CPython 3.11.2, glibc 2.36: 303 page faults a message in the process that gets, 127 in the one that puts.
    const std::string log = story(kFree +
                                      "payloads: {data: {size: 512KiB}}\nobjects: {line: process_queue}\n"
                                      "programs:\n"
                                      "  send: [{repeat: {times: 20, do: [{put: {queue: line, payload: data}}]}}]\n"
                                      "  receive: [{repeat: {times: 20, do: [{get: line}]}}]\n"
                                      "threads: {main: send}\nprocesses: {child: receive}\n",
                                  {"page_faults"});
    CHECK(faults_in(log, "child/main") / 20 > 280);
    CHECK(faults_in(log, "child/main") / 20 < 340);
    CHECK((faults_in(log, "main/main") + faults_in(log, "main/line.feeder")) / 20 > 120);
}

TEST_CASE("small messages that wait for the feeder fill pages, and later ones those of before") {
    const auto faults = [](const std::string& rounds) {
        const std::string log =
            story(kFree +
                      "objects: {line: {kind: process_queue}, done: {kind: process_queue}}\n"
                      "programs:\n"
                      "  send: [{repeat: {times: " +
                      rounds +
                      ", do: [{repeat: {times: 400, do: [{put: {queue: line, payload: 1KiB}}]}}, "
                      "{get: done}]}}]\n"
                      "  receive: [{repeat: {do: [{sleep: 1ms}, {repeat: {times: 400, do: [{get: line}]}}, {put: "
                      "done}]}}]\n"
                      "threads: {main: send}\nprocesses: {child: {run: receive, daemon: true}}\n",
                  {"page_faults"});
        return faults_in(log, "main/main");
    };
    const long once = faults("1");
    CHECK(once > 80);  // 400 KiB, less what the feeder has taken meanwhile
    CHECK(once < 110);
    CHECK(faults("5") < once + 20);
}

TEST_CASE("since 3.14 a message is read in pieces of 64 KiB") {
    const std::string newer = with_interpreter("version: '3.14'");
    CHECK(faults_of("child/main", "512KiB", "line") > 250);
    CHECK(faults_of("child/main", "512KiB", "line", "main: send", newer) < 200);
}

TEST_CASE(
    "long bytes in a pickle come to lie nearly where they were in their pages, which some processors copy slowly") {
    const auto more = [](const std::string& allocator, const std::string& payload, int times) {
        const auto took = [&](const std::string& aliased) {
            std::string world = unpaged(with_memory("allocator: " + allocator));
            world.insert(world.find("copy: 0ns"), "copy_aliased: " + aliased + ", aliased_below: 1MiB, ");
            const std::string repeat = fmt::format("[{{repeat: {{times: {}, do: [", times);
            return end(world +
                       "objects: {line: {kind: pipe, duplex: false}}\n"
                       "programs:\n"
                       "  send: " +
                       repeat + "{send: {pipe: line, payload: " + payload +
                       "}}]}}]\n"
                       "  receive: " +
                       repeat +
                       "{receive: line}]}}]\n"
                       "threads: {main: send}\n"
                       "processes: {child: receive}\n");
        };
        return took("14ms") - took("0ms");
    };
    CHECK(more("mimalloc", "512KiB", 1) / 100'000 == 70);  // dumps; half a MiB
    CHECK(more("mimalloc", "512KiB", 3) > 20'900'000);
    CHECK(more("mimalloc", "512KiB", 3) <= 21'000'000);
    CHECK(more("mimalloc", "1MiB", 1) == 0);  // too long for `rep movsb`
    // malloc maps the first one by itself, like the payload; the next ones lie in the heap.
    CHECK(more("obmalloc", "512KiB", 3) / 100'000 == 70);
}

TEST_CASE("a Connection's code takes what has been measured, where that is more than its calls") {
    const auto took = [](const std::string& fields, const std::string& call = "0ns") {
        std::string world = with_interpreter(fields);
        world.replace(world.find("library_call: 0ns"), 17, "library_call: " + call);
        return end(world +
                   "objects: {line: {kind: pipe, duplex: false}}\n"
                   "programs: {send: [{send: {pipe: line, payload: 100B}}], receive: [{receive: line}]}\n"
                   "threads: {main: send}\n"
                   "processes: {child: receive}\n");
    };
    const auto free = took("version: '3.11'");
    CHECK(took("version: '3.11', connection_send: 5us") == free + 5'000);
    CHECK(took("version: '3.11', connection_receive: 7us") == free + 7'000);
    CHECK(took("version: '2.7', connection_receive: 7us") == took("version: '2.7'"));  // it is C
    // Five functions of Python's are in it already.
    CHECK(took("version: '3.11', connection_send: 8us", "1us") == took("version: '3.11'", "1us") + 3'000);
}

TEST_CASE("out of band an array is copied neither by dumps nor by loads") {
    const auto run = [](const std::string& payload) {
        return end(
            unpaged(with(" copy", "1ms")) + "payloads: {a: {kind: buffer, size: 8KiB" + payload +
            "}}\nobjects: {line: pipe}\nprograms: {s: [{send: {pipe: line, payload: a}}], r: [{receive: line}]}\n"
            "threads: {main: s}\nprocesses: {child: r}\n");
    };
    // 8 KiB at 1 ms per MiB are 7812 ns: in band dumps, header and payload in one, BytesIO and loads, four in all.
    const auto in_band = run("");
    const auto beside = run(", out_of_band: true");
    CHECK(in_band - beside > 2 * 7'000);
    CHECK(in_band - beside < 2 * 8'500);
}

TEST_CASE("objects are pickled one by one") {
    const std::string program =
        "objects: {line: pipe}\n"
        "programs: {s: [{send: {pipe: line, payload: {kind: objects, count: 999, existing: true}}}], r: [{receive: "
        "line}]}\n"
        "threads: {main: s}\nprocesses: {child: r}\n";
    CHECK(end(with("{dumps: 0ns, loads: 0ns, object", "100ns") + program) == 100'000);  // and the list itself
    CHECK(end(with("load_object", "300ns") + program) == 300'000);
}

TEST_CASE("an object that cannot be pickled raises in send, and in the argument of a spawned process") {
    CHECK(has(failure(kFree + "payloads: {f: {unpicklable: true}}\nobjects: {line: pipe}\n"
                              "programs: {p: [{send: {pipe: line, payload: f}}]}\nthreads: {main: p}\n"),
              "cannot be pickled (Python: TypeError"));
    const std::string child =
        "payloads: {f: {unpicklable: true}}\nprograms: {p: [{compute: 1ms}]}\nprocesses: {c: {run: p, arguments: f, ";
    CHECK(
        has(failure(kFree + child + "start_method: spawn}}\n"), "starts 'c' with an argument that cannot be pickled"));
    CHECK(failure(kFree + child + "start_method: fork}}\n").empty());
}

// --- ends of pipes
// ----------------------------------------------------------------------------------------------------------

namespace {

/// A child that does `child`, and a main process that does `main`, with a pipe from end 1 to end 0.
std::string pipe_between(const std::string& child, const std::string& main,
                         const std::string& kind = "{kind: pipe, duplex: false}") {
    return kFree + "objects: {line: " + kind + "}\nprograms: {child: [" + child + "], main: [" + main +
           "]}\nthreads: {main: main}\nprocesses: {child: child}\n";
}

const std::string kThree = "{repeat: {times: 3, do: [{send: line}]}}";
const std::string kAll = "{receive_all: {pipe: line, do: [{compute: 1ms}]}}, {sleep: 1ms}";

}  // namespace

TEST_CASE("receive_all ends when no process has the sending end open any more") {
    const std::string closed = story(pipe_between(kThree, "{close: {pipe: line, end: 1}}, " + kAll), {"op_begin"});
    INFO(closed);
    CHECK(count(closed, "main/main op_begin compute") == 3);
    CHECK(has(closed, "main/main op_begin sleep"));
    // The child need not end for that.
    CHECK(has(story(pipe_between(kThree + ", {close: line}, {sleep: 9ms}", "{close: {pipe: line, end: 1}}, " + kAll),
                    {"op_begin"}),
              "3000000 main/main op_begin sleep"));
}

TEST_CASE("who still has the sending end itself waits for ever") {
    const std::string log = story(pipe_between(kThree, kAll), {});
    CHECK(has(log, "run_end deadlock"));
    CHECK(has(log, "'main' waits for a message of 'line'"));
}

TEST_CASE("over a socket, either side can end the conversation") {
    CHECK(has(story(pipe_between(kThree, "{close: {pipe: line, end: 1}}, " + kAll, "pipe"), {"op_begin"}),
              "op_begin sleep"));
    CHECK(has(
        story(pipe_between("{close: {pipe: line, end: 0}}, " + kAll, kThree + ", {close: line}, {sleep: 9ms}", "pipe"),
              {"op_begin"}),
        "child/main op_begin sleep"));
}

TEST_CASE("receive raises at the end of a pipe, also with a timeout, and send without a receiver") {
    const std::string eof = "waits for a message of 'line', to which no process can send any more (Python: EOFError)";
    CHECK(has(failure(pipe_between("{sleep: 1ms}", "{close: {pipe: line, end: 1}}, {receive: line}")), eof));
    CHECK(has(
        failure(pipe_between("{sleep: 1ms}", "{close: {pipe: line, end: 1}}, {receive: {pipe: line, timeout: 5ms}}")),
        eof));
    CHECK(has(failure(pipe_between("{close: {pipe: line, end: 0}}, {sleep: 1ms}, {send: line}",
                                   "{close: line}, {sleep: 2ms}")),
              "Python: BrokenPipeError"));
    // 1 MiB: it waits for room when the receiver goes.
    CHECK(has(failure(pipe_between("{close: {pipe: line, end: 0}}, {send: {pipe: line, payload: 1MiB}}",
                                   "{sleep: 1ms}, {close: line}, {sleep: 1ms}")),
              "Python: BrokenPipeError"));
}

TEST_CASE("what a process has closed it can use no more") {
    CHECK(has(failure(pipe_between("{close: line}, {send: line}", "{sleep: 1ms}")),
              "sends to end 1 of pipe 'line', which its process has closed"));
    CHECK(has(failure(pipe_between("{sleep: 1ms}", "{close: line}, {receive: line}")),
              "receives from end 0 of pipe 'line'"));
}

// unix_write_space: reading the request wakes the client, which waits for the reply at the same socket.
TEST_CASE("who waits for a reply at a socket is woken when its request is read, too") {
    const auto wakes = [](const std::string& objects, const std::string& there, const std::string& back) {
        const std::string log = story(kFree + "objects: {" + objects + "}\nprograms:\n  ask: [{send: {pipe: " + there +
                                          ", payload: 1KiB}}, {receive: " + back + "}]\n  answer: [{sleep: 1ms}, {receive: " +
                                          there + "}, {compute: 1ms}, {send: {pipe: " + back +
                                          ", payload: 1KiB}}]\nthreads: {main: ask}\nprocesses: {child: answer}\n",
                                      {"sched_waking"});
        INFO(log);
        return count(log, "main/main sched_waking .* by child/main");
    };
    CHECK(wakes("line: pipe", "line", "line") == 2);
    CHECK(wakes("there: {kind: pipe, duplex: false}, back: {kind: pipe, duplex: false}", "there", "back") == 1);
}
