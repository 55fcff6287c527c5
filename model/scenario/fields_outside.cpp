/// Devices, sockets and clients: what lies outside of the program.

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"

namespace gilsim::scenario {

const Structure& device_fields() {
    using T = DeviceSpec;
    static const Structure structure{
        "device",
        "A device or a remote service: so many servers, one queue in order of arrival. All processes share it.",
        {field<T>("servers", &T::servers, count(1, 1'000'000), "how many requests it serves at a time"),
         field<T>("time", &T::time, span(), "how long it serves one").required()},
        "time"};
    return structure;
}

const Structure& socket_fields() {
    using T = SocketSpec;
    static const Structure structure{
        "socket",
        "A listening socket. Its figures are core time of the kernel's part of a call, in addition to the entry into the "
        "kernel.",
        {field<T>("accept", &T::accept, duration(), "to accept a connection"),
         field<T>("receive", &T::receive, duration(), "to receive a request"),
         field<T>("send", &T::send, duration(), "to send a reply; over loopback this carries it to the client")},
        ""};
    return structure;
}

const Structure& client_fields() {
    using T = ClientSpec;
    static const Structure structure{
        "client",
        "Clients of a socket. In a closed loop each of `users` waits for its reply, thinks and asks again over one "
        "connection; in an open loop requests come by themselves, each over a connection of its own.",
        {field<T>("to", &T::socket, name_of(Naming::socket), "the socket").required(),
         field<T>("request", &T::request, request_name(), "the kind of their requests: latencies count from their arrival")
             .required(),
         field<T>("users", &T::users, count(1, 1'000'000), "closed loop: how many").absent("an open loop"),
         field<T>("think", &T::think, span(), "closed loop: from a reply to the next request"),
         field<T>("every", &T::every, span(), "open loop: from one request to the next; exponential: a Poisson stream")
             .absent("none"),
         field<T>("at", &T::at, list_of<Nanoseconds>("a list of durations", duration()),
                  "open loop: the dates of all requests")
             .absent("none"),
         field<T>("requests", &T::requests, count(1, 1'000'000'000'000), "how many they send in all")
             .absent("not bounded by a count"),
         field<T>("for", &T::duration, duration(), "for how long they begin requests").absent("not bounded by time"),
         field<T>("start", &T::start, duration(), "when they begin to send; a closed loop's users have connected before"),
         field<T>("cores", &T::on_machine,
                  either("outside", "they take no core of the machine", "shared",
                         "they are one thread of another process, which waits for all connections at once (epoll)"),
                  "where they run"),
         field<T>("send", &T::send, duration(), "shared cores: core time to send a request"),
         field<T>("receive", &T::receive, duration(), "shared cores: core time to receive a reply and prepare what follows")},
        ""};
    return structure;
}

const Structure& signal_fields() {
    using T = SignalSpec;
    static const Structure structure{
        "signal",
        "A signal that the main process gets. Its handler is a Python function, which the main thread runs at its next check "
        "point; with `gil: tick`, every other thread releases the GIL after each tick until then.",
        {field<T>("at", &T::at, duration(), "when it comes").required(),
         field<T>("handler", &T::handler, span(), "bytecode of its handler"),
         field<T>("request", &T::request, request_name(),
                  "from the signal to the end of its handler, as a request of this kind")
             .absent("none")},
        "at"};
    return structure;
}

}  // namespace gilsim::scenario
