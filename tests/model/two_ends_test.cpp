/// What a pipe or socket costs in addition while its two ends are used on different cores (`ipc.apart`).

#include "tests/model/processes.hpp"

using namespace gilsim::testing;

namespace {

/// Two messages of `payload` that wait when their reader, on `core`, begins after 10 ms; the sender is on core 0. When
/// the last is there, in us.
long long received(const std::string& machine, const std::string& line, const std::string& payload, int core) {
    return end(unpaged(machine) + "objects: {line: " + line +
               "}\n"
               "programs:\n"
               "  send: [{send: {pipe: line, payload: " +
               payload + "}}, {send: {pipe: line, payload: " + payload +
               "}}]\n"
               "  receive: [{sleep: 10ms}, {receive: line}, {receive: line}]\n"
               "threads: {main: send}\n"
               "processes: {child: {run: receive, cores: [" +
               std::to_string(core) + "]}}\n") /
           1000;
}

const std::string kPipe = "{kind: pipe, duplex: false}";
const std::string kSocket = "{kind: pipe}";

}  // namespace

TEST_CASE("a pipe that another core has used last is fetched once", "[apart]") {
    // The header of the first message; what follows is read where it has been fetched to.
    const std::string machine = with("pipe_read", "1ms");
    CHECK(received(machine, kPipe, "10B", 0) == 10'000);
    CHECK(received(machine, kPipe, "10B", 1) == 11'000);
    // Nobody else has used it before the writer.
    CHECK(received(with("pipe_write", "1ms"), kPipe, "10B", 1) == 10'000);
}

TEST_CASE("every packet of a socket is freed at a cost where it was not allocated", "[apart]") {
    const std::string machine = with("socket_read", "1ms");
    CHECK(received(machine, kSocket, "10B", 0) == 10'000);
    CHECK(received(machine, kSocket, "10B", 1) == 12'000);
}

TEST_CASE("bytes that another core has written are dearer to copy", "[apart]") {
    const std::string machine = with("tcp_receive: 0ns, copy", "1s");
    for (const std::string& line : {kPipe, kSocket}) {
        INFO(line);
        CHECK(received(machine, line, "8KiB", 0) == 10'000);
        // 16 KiB at 1 s per MiB, and of each message 22 bytes of pickle's frame and 4 of header
        CHECK((received(machine, line, "8KiB", 1) - 10'000) / 100 == 156);
    }
}

TEST_CASE("a message over loopback costs more between two cores", "[apart]") {
    const auto served = [](const std::string& cores, const std::string& cost) {
        std::string machine = with(cost, "1ms");
        machine.replace(machine.find("  cores: 4"), 10, "  cores: " + cores);
        return end(machine +
                   "sockets: {door: {accept: 0ns, receive: 0ns, send: 0ns}}\n"
                   "programs: {serve: [{serve: {socket: door, do: [{sleep: 1us}]}}]}\n"
                   "threads: {main: serve}\n"
                   "clients: {c: {to: door, request: r, users: 1, requests: 3, cores: shared, send: 0ns, receive: "
                   "0ns}}\n") /
               1'000'000;
    };
    CHECK(served("1", "tcp_send") == 0);
    CHECK(served("4", "tcp_send") ==
          5);  // three replies, and the requests after the first: no one had used the other end
    CHECK(served("4", "tcp_receive") == 6);  // three requests, three replies
}
