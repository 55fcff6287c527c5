/// Operations between processes.

#include "model/multiprocessing/manager.hpp"
#include "model/multiprocessing/pipe.hpp"
#include "model/multiprocessing/shared_memory.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/program_error.hpp"

namespace gilsim::workload {

void Executor::execute(const scenario::Send& op) {
    std::shared_ptr<void> made;
    perform(keep(multiprocessing::make(thread_, op.payload), made));
    perform(object<multiprocessing::Pipe>(op.pipe).send(thread_, op.payload, item_with(op.request), op.end));
}

void Executor::execute(const scenario::Receive& op) {
    std::unique_ptr<threading::Item> item;
    perform(keep(object<multiprocessing::Pipe>(op.pipe).receive(thread_, op.end, timeout_of(op.patience)), item));
    if (item != nullptr) thread_.received = op.keep ? std::move(item->memory) : nullptr;
    take(item.get(), op.patience);
}

void Executor::execute(const scenario::ReceiveAll& op) {
    auto& pipe = object<multiprocessing::Pipe>(op.pipe);
    for (;;) {
        std::unique_ptr<threading::Item> item;
        try {
            perform(keep(pipe.receive(thread_, op.end, kNever), item));
        } catch (const multiprocessing::EndOfFile&) {
            return;
        }
        thread_.received = op.keep ? std::move(item->memory) : nullptr;
        take(item.get(), {});
        run(op.body);
    }
}

void Executor::execute(const scenario::Close& op) {
    const int label = world_.label("close");
    emit(trace::EventKind::op_begin, label);
    perform(object<multiprocessing::Pipe>(op.pipe).close(thread_, op.end));
    emit(trace::EventKind::op_end, label);
}

void Executor::execute(const scenario::Attach& op) {
    perform(object<multiprocessing::SharedMemory>(op.memory).attach(thread_, op.touch));
}

void Executor::execute(const scenario::CallManager& op) {
    auto& manager = object<multiprocessing::Manager>(op.manager);
    for (std::int64_t i = 0; i < op.times; ++i) perform(manager.call(thread_, op));
}

void Executor::execute(const scenario::Crash& op) {
    if (thread_.process.id == 0)
        throw ProgramError("dies of '" + op.reason + "', and with it the main process", "let a child process crash");
    if (task_ != nullptr) throw ProgramError("crashes inside an event loop", "let a thread crash");
    const int label = world_.label("crash: " + op.reason);
    emit(trace::EventKind::op_begin, label);
    emit(trace::EventKind::op_end, label);
    Process& own = thread_.process.host != nullptr ? *thread_.process.host : thread_.process;
    perform(world_.kill_process(own, thread_.os));
}

}  // namespace gilsim::workload
