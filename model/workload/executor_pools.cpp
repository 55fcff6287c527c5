/// Operations on pools of threads, sockets and the event loop.

#include <fmt/format.h>

#include "model/multiprocessing/pool.hpp"
#include "model/workload/call_pool.hpp"
#include "model/workload/event_loop.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/program_error.hpp"
#include "model/workload/without_gil.hpp"

namespace gilsim::workload {

using engine::Co;
using trace::EventKind;

void Executor::execute(const scenario::Submit& op) {
    auto& pool = object<CallPool>(op.pool);
    for (std::int64_t i = 0; i < op.times; ++i) {
        perform([](CallPool& to, SimThread& self, Call call, std::vector<Result>& results) -> Co<> {
            if (to.sends()) call.given = co_await multiprocessing::make(self, *call.arguments);
            auto pending = co_await to.submit(self, call);
            results.push_back({&to, std::move(pending)});
        }(pool, thread_, {&op.body, &op.arguments, &op.result}, results_));
    }
}

void Executor::execute(const scenario::Results& op) {
    results(op.pool, op.otherwise);
}

// An exception leaves the loop over the futures.
void Executor::results(int index, const scenario::Program& otherwise) {
    auto& pool = object<CallPool>(index);
    bool failed = false;
    try {
        for (auto& result : results_)
            if (result.pool == &pool) perform(result.pending->result(thread_));
    } catch (const CallFailed&) {
        if (otherwise.empty()) throw;
        failed = true;
    }
    std::erase_if(results_, [&pool](const Result& result) { return result.pool == &pool; });
    if (failed) run(otherwise);
}

void Executor::execute(const scenario::Map& op) {
    auto& pool = object<CallPool>(op.pool);
    perform([](CallPool& to, SimThread& self, const scenario::Map& map, std::vector<Result>& results) -> Co<> {
        std::shared_ptr<void> given;
        if (to.sends()) given = co_await multiprocessing::make(self, map.arguments, map.times);
        auto all = co_await to.map(self, {&map.body, &map.arguments, &map.result}, map.times, map.chunk, map.how);
        for (auto& pending : all) results.push_back({&to, std::move(pending)});
    }(pool, thread_, op, results_));
    results(op.pool, op.otherwise);
}

void Executor::execute(const scenario::Shutdown& op) {
    perform(object<CallPool>(op.pool).shutdown(thread_));
}

void Executor::execute(const scenario::Terminate& op) {
    perform(object<multiprocessing::Pool>(op.pool).terminate(thread_));
}

// --- servers ------------------------------------------------------------------------------------------------------------

namespace {

/// Calls of a blocking socket, with the GIL released around them even if they do not block (Modules/socketmodule.c).
Co<> accept(SimThread& thread, outside::Socket& socket, outside::Connection*& connection) {
    const threading::Waiting waiting(thread, socket, kNever);
    co_await threading::library(thread, 1, 1);
    connection = co_await without_gil(thread, socket.accept(thread.os));
}

/// `arrived`: what is told once the call has a message, before the thread has the GIL again.
Co<> receive(SimThread& thread, outside::Connection& connection, std::unique_ptr<outside::Message>& message,
             std::function<void(const outside::Message&)> arrived) {
    co_await threading::library(thread, 0, 1);
    co_await without_gil(thread,
                         [](machine::Thread& os, outside::Connection& from, std::unique_ptr<outside::Message>& out,
                            const std::function<void(const outside::Message&)>& tell) -> Co<> {
                             out = co_await from.receive(os);
                             if (out != nullptr) tell(*out);
                         }(thread.os, connection, message, arrived));
}

Co<> reply(SimThread& thread, outside::Connection& connection, outside::Message message) {
    co_await threading::library(thread, 0, 1);
    co_await without_gil(thread, connection.reply(thread.os, message));
}

}  // namespace

void Executor::handle(const scenario::Program& body, const outside::Message& message) {
    serve(message.kind, message.request);
    answer(body, message);
}

void Executor::answer(const scenario::Program& body, const outside::Message& message) {
    run(body);
    open_request(message.kind) = -1;  // it ends when the reply reaches the client
}

void Executor::execute(const scenario::Serve& op) {
    outside::Socket& socket = world_.socket(op.socket);
    if (task_ != nullptr) {
        // Its tasks may outlive this executor.
        return task_->loop.serve(
            *task_, socket, [&world = world_, &thread = thread_, &op](Task& handler, const outside::Message& message) {
                Executor(world, thread, &handler).handle(op.body, message);
            });
    }
    for (;;) {
        outside::Connection* connection = nullptr;
        perform(accept(thread_, socket, connection));
        if (connection == nullptr) return;
        for (;;) {
            std::unique_ptr<outside::Message> message;
            perform(receive(thread_, *connection, message,
                            [this](const outside::Message& arrived) { serve(arrived.kind, arrived.request); }));
            if (message == nullptr) break;
            answer(op.body, *message);
            perform(reply(thread_, *connection, *message));
        }
        socket.forget(*connection);
    }
}

// --- asyncio --------------------------------------------------------------------------------------------------------------

void Executor::execute(const scenario::Asyncio& op) {
    if (task_ != nullptr)
        throw ProgramError("runs an event loop inside an event loop (Python: RuntimeError: asyncio.run() cannot be called "
                           "from a running event loop)",
                           "use 'task'");
    EventLoop(world_, thread_).run(op.body);
}

Task& Executor::task(const char* what) {
    if (task_ == nullptr)
        throw ProgramError(fmt::format("{} outside of an event loop (Python: RuntimeError: no running event loop)", what),
                           "put it inside 'asyncio'");
    return *task_;
}

void Executor::execute(const scenario::CreateTask& op) {
    Task& parent = task("creates a task");
    for (std::int64_t i = 0; i < op.count; ++i) parent.loop.create_task(parent, op.body);
}

void Executor::execute(const scenario::ToThread& op) {
    Task& self = task("calls to_thread");
    self.loop.to_thread(self, op.body);
}

}  // namespace gilsim::workload
