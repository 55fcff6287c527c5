/// Processes that talk to each other: what is sent, what that costs, and the operations.

#include <fmt/format.h>

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"
#include "model/scenario/op_row.hpp"
#include "model/scenario/suggest.hpp"
#include "model/scenario/units.hpp"

namespace gilsim::scenario {
namespace {

class PayloadKind : public Kind<Payload> {
public:
    [[nodiscard]] std::string told() const override {
        return "a size such as 64KiB, the name of one of `payloads`, or a mapping";
    }
    [[nodiscard]] const Structure* inside() const override { return &payload_fields(); }
    Json schema(Definitions& definitions) const override {
        return {{"anyOf", {{{"type", "string"}}, definitions.structure(payload_fields())}}};
    }
    void read(Reader& reader, const Node& node, Payload& out) const override {
        if (node.is(Node::Kind::scalar)) {
            const int index = reader.index_of(Naming::payload, node.text);
            if (index >= 0) {
                out = reader.variant().payloads[static_cast<std::size_t>(index)];
                return;
            }
            const bool number =
                !node.text.empty() && (node.text[0] == '-' || (node.text[0] >= '0' && node.text[0] <= '9'));
            if (number) return size()->read(reader, node, out.size);
            const auto& names = reader.names(Naming::payload);
            return reader.error(node, fmt::format("there is no payload {}", quote(node.text)),
                                names.empty() ? "give a size such as 64KiB, or declare it under 'payloads'"
                                              : did_you_mean(node.text, names));
        }
        if (!node.is(Node::Kind::map)) return reader.mismatch(node, told());
        read_structure(reader, node, payload_fields(), &out);
    }
    [[nodiscard]] Json write(const Variant& variant, const Payload& value) const override {
        if (!value.name.empty()) return value.name;
        return write_structure(variant, payload_fields(), &value);
    }
};

void check_payload(Reader& reader, const Node& node, const Payload& payload) {
    const bool objects = payload.kind == Payload::Kind::objects;
    for (const char* key : {"count", "each"})
        if (!objects && node.find(key) != nullptr)
            reader.error(node, fmt::format("'{}' belongs to payloads of kind 'objects', this one is of kind {}", key,
                                           quote(text_of(payload.kind))));
    if (objects && node.find("size") != nullptr)
        reader.error(
            node, "'size' belongs to payloads of kind 'bytes' or 'buffer'; objects have a 'count' and 'each' a size");
    if (payload.out_of_band && payload.kind != Payload::Kind::buffer)
        reader.error(node, fmt::format("only payloads of kind 'buffer' can be sent out of band, this one is of kind {}",
                                       quote(text_of(payload.kind))));
}

KindPtr<int> pipe_end() {
    return small_count(0, 1);
}

template <class T>
Field end_field() {
    return field<T>("end", &T::end, pipe_end(), "which of its two ends the thread uses: 0 or 1")
        .absent("the main process 0, every other 1");
}

const Structure& send_fields() {
    using T = Send;
    static const Structure structure{
        "send",
        "Pickles something and writes it into a pipe; waits while the pipe is full.",
        {field<T>("pipe", &T::pipe, object_of({ObjectSpec::Kind::pipe}, "a pipe"), "which pipe").required(),
         field<T>("payload", &T::payload, payload(), "what is sent").absent("nothing"),
         field<T>("request", &T::request, request_name(),
                  "a request of this kind begins here and travels with the message: who receives it serves it")
             .absent("none"),
         end_field<T>()},
        "pipe"};
    return structure;
}

const Structure& receive_fields() {
    using T = Receive;
    static const Structure structure{
        "receive", "Waits for a message of a pipe, reads and unpickles it.",
        with_patience<T>(
            {field<T>("pipe", &T::pipe, object_of({ObjectSpec::Kind::pipe}, "a pipe"), "which pipe").required(),
             end_field<T>(),
             field<T>("keep", &T::keep, boolean(),
                      "the object stays in memory until the thread receives or gets again, as with `x = pipe.recv()`; "
                      "false: it is dropped at once, as with `use(pipe.recv())`")
                 .absent("false")}),
        "pipe", checked(check_patience<T>)};
    return structure;
}

const Structure& receive_all_fields() {
    using T = ReceiveAll;
    static const Structure structure{
        "receive_all",
        "Receives messages of a pipe until the other end is closed (EOFError): no process has it open any more.",
        {field<T>("pipe", &T::pipe, object_of({ObjectSpec::Kind::pipe}, "a pipe"), "which pipe").required(),
         end_field<T>(),
         field<T>("keep", &T::keep, boolean(), "the object stays in memory until the next one has come")
             .absent("false"),
         field<T>("do", &T::body, program(), "what is done with each").absent("nothing")},
        "pipe"};
    return structure;
}

const Structure& close_fields() {
    using T = Close;
    static const Structure structure{
        "close",
        "Closes an end of a pipe in this process. Each process has both ends, as a forked one has, until it closes "
        "them or ends.",
        {field<T>("pipe", &T::pipe, object_of({ObjectSpec::Kind::pipe}, "a pipe"), "which pipe").required(),
         field<T>("end", &T::end, pipe_end(), "which of its two ends: 0 or 1")
             .absent("the main process 0, every other 1")},
        "pipe"};
    return structure;
}

const Structure& attach_fields() {
    using T = Attach;
    static const Structure structure{
        "attach",
        "Opens shared memory, maps it and touches its pages; the first process that does so makes it.",
        {field<T>("memory", &T::memory, object_of({ObjectSpec::Kind::shared_memory}, "a shared_memory"), "which memory")
             .required(),
         field<T>("touch", &T::touch, size(), "how much of it is read or written").absent("all")},
        "memory"};
    return structure;
}

const Structure& call_fields() {
    using T = CallManager;
    static const Structure structure{
        "call",
        "Calls a method of an object that lives in a manager's process: a message there and a message back.",
        {field<T>("manager", &T::manager, object_of({ObjectSpec::Kind::manager}, "a manager"), "which manager")
             .required(),
         field<T>("times", &T::times, count(1, kMostCalls), "how many calls, one after the other").absent("1"),
         field<T>("arguments", &T::arguments, payload(), "what each call is given").absent("nothing"),
         field<T>("result", &T::result, payload(), "what each call returns").absent("nothing"),
         field<T>("do", &T::body, program(), "what the method does, in the manager's process")
             .absent("next to nothing")},
        "manager"};
    return structure;
}

const Structure& crash_fields() {
    using T = Crash;
    static const Structure structure{
        "crash",
        "The process dies at once, as by a signal: its threads end where they are, and nobody is told but the kernel.",
        {field<T>("reason", &T::reason, text(), "what killed it: a word for the trace").required()},
        "reason"};
    return structure;
}

}  // namespace

KindPtr<Payload> payload() {
    return std::make_shared<PayloadKind>();
}

const Structure& payload_fields() {
    using T = Payload;
    static const Structure structure{
        "payload",
        "What is sent to another process, as pickle sees it.",
        {field<T>("kind", &T::kind, choice<Payload::Kind>(), "what it consists of").absent("bytes"),
         field<T>("size", &T::size, size(), "bytes, buffer: how much").absent("nothing: None"),
         field<T>("count", &T::count, count(0, 1'000'000'000), "objects: how many").absent("0"),
         field<T>("each", &T::each, size(1), "objects: pickled size of one").absent("5B, as of a small number"),
         field<T>("pickle", &T::pickle, duration(), "core time of pickling it")
             .absent("by the interpreter's `pickling`"),
         field<T>("unpickle", &T::unpickle, duration(), "core time of unpickling it")
             .absent("by the interpreter's `pickling`"),
         field<T>("out_of_band", &T::out_of_band, boolean(),
                  "buffer: sent beside the pickle and not copied into it (protocol 5 with buffer_callback)")
             .absent("false"),
         field<T>("existing", &T::existing, boolean(),
                  "whoever sends it has it already, as with `line.send(data)`; false: makes it first, as with "
                  "`line.send(bytes(size))`")
             .absent("false"),
         field<T>("unpicklable", &T::unpicklable, boolean(), "pickling it raises an exception, as with a lambda")
             .absent("false")},
        "size",
        checked(check_payload)};
    return structure;
}

const Structure& apart_fields() {
    using T = ApartSpec;
    static const Structure structure{
        "apart",
        "What the two ends of a pipe or socket cost in addition while they are used on different cores, whose caches pass data on.",
        {
            field<T>("pipe_write", &T::pipe_write, duration(), "a write to a pipe"),
            field<T>("pipe_read", &T::pipe_read, duration(), "a read of it"),
            field<T>("socket_write", &T::socket_write, duration(), "a packet into a Unix socket"),
            field<T>("socket_read", &T::socket_read, duration(), "a read of it, which frees what the other core has allocated"),
            field<T>("tcp_send", &T::tcp_send, duration(),
                     "a message over loopback: the kernel does the receiver's part in the sender's call"),
            field<T>("tcp_receive", &T::tcp_receive, duration(), "the receiver's call"),
            field<T>("copy", &T::copy, duration(), "1 MiB of a pipe or Unix socket, on either side"),
        },
        ""};
    return structure;
}

const Structure& ipc_fields() {
    using T = IpcSpec;
    static const Structure structure{
        "ipc",
        "What moving data between processes takes, as core time on a core of speed 1.",
        {
            field<T>("pipe_buffer", &T::pipe_buffer, size(4096), "what a pipe holds before its writer blocks"),
            field<T>("socket_buffer", &T::socket_buffer, size(4096),
                     "what the sender of a Unix socket may have under way (net.core.wmem_default)"),
            field<T>("pipe_call", &T::pipe_call, duration(),
                     "kernel part of a read or write of a pipe, beside copying"),
            field<T>("socket_call", &T::socket_call, duration(),
                     "the same of a Unix socket; a long write pays it once per packet of some 36 KiB"),
            field<T>("poll", &T::poll, duration(), "kernel part of poll, per descriptor"),
            field<T>("copy", &T::copy, duration(), "copying 1 MiB from memory to memory"),
            field<T>(
                "copy_aliased", &T::copy_aliased, duration(),
                "the same where it comes to lie up to 15 bytes further in its pages than it was, as long bytes in a "
                "pickle may (default: copy)"),
            field<T>("aliased_below", &T::aliased_below, size(0),
                     "more than that the C library copies in another way, at `copy`"),
            field<T>("pipe_copy", &T::pipe_copy, duration(), "copying 1 MiB into or out of a pipe"),
            field<T>("socket_copy", &T::socket_copy, duration(), "copying 1 MiB into or out of a Unix socket"),
            field<T>("apart", &T::apart, record<ApartSpec>(apart_fields),
                     "what calls take in addition while the two ends are used on different cores"),
            field<T>("map", &T::map, duration(), "opening and mapping shared memory"),
            field<T>("shared_page", &T::shared_page, duration(),
                     "first touch of a page that another process has touched; the kernel maps 16 at a time"),
        },
        ""};
    return structure;
}

const Structure& pickling_fields() {
    using T = PicklingSpec;
    static const Structure structure{
        "pickling",
        "What pickling costs, as core time, beside copying bytes.",
        {
            field<T>("dumps", &T::dumps, duration(), "bytecode of one call of ForkingPickler.dumps"),
            field<T>("loads", &T::loads, duration(), "one call of loads"),
            field<T>("object", &T::object, duration(), "pickling a small object: a number, a short string"),
            field<T>("load_object", &T::load_object, duration(), "making it again"),
            field<T>("reference", &T::reference, duration(), "pickling a function or class, by its name"),
            field<T>("load_reference", &T::load_reference, duration(), "finding it again"),
            field<T>("instance", &T::instance, duration(), "pickling an object of a class written in Python"),
            field<T>("load_instance", &T::load_instance, duration(), "making it again"),
        },
        ""};
    return structure;
}

std::vector<OpRow> process_ops() {
    return {
        op<Send>(send_fields),        op<Receive>(receive_fields), op<Attach>(attach_fields),
        op<CallManager>(call_fields), op<Crash>(crash_fields),     op<ReceiveAll>(receive_all_fields),
        op<Close>(close_fields),
    };
}

}  // namespace gilsim::scenario
