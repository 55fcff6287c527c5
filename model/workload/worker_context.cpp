#include "model/workload/worker_context.hpp"

#include "model/workload/program_error.hpp"
#include "model/workload/world.hpp"

namespace gilsim::workload {

using engine::Co;
using scenario::ObjectSpec;

InterpreterContext::InterpreterContext(World& world, SimThread& worker, ObjectSpec::Crossing crossing)
    : world_(world),
      worker_(worker),
      spec_(worker.process.interpreter->spec()),
      pickled_(crossing == ObjectSpec::Crossing::pickle) {}

Nanoseconds InterpreterContext::leaving(Bytes data) const {
    return pickled_ ? spec_.pickle + per_mib(spec_.pickle_mib, data) : 0;
}

Nanoseconds InterpreterContext::arriving(Bytes data) const {
    return pickled_ ? leaving(data) : per_mib(spec_.shareable_mib, data);
}

void InterpreterContext::initialize() {
    Process& home =
        world_.create_subinterpreter(worker_.process, worker_.name, scenario::Group::Subinterpreter::own_gil);
    home.threads.push_back(std::make_unique<SimThread>(home, worker_.os, worker_.name, worker_.daemon, worker_.random));
    inside_ = home.threads.back().get();
    inside_->away = true;
    executor_ = std::make_unique<Executor>(world_, *inside_);
    Executor(world_, worker_).perform(create());
}

void InterpreterContext::run(const Call& call) {
    executor_->perform(bring(call.arguments == nullptr ? 0 : call.arguments->size));
    try {
        executor_->run(*call.body);
    } catch (const ProgramError&) {
        worker_.line = inside_->line;
        throw;
    }
    executor_->perform(fetch(call.result == nullptr ? 0 : call.result->size));
}

void InterpreterContext::finalize() {
    executor_->perform(destroy());
}

Co<> InterpreterContext::enter() {
    co_await worker_.process.interpreter->detach(worker_.py);
    worker_.away = true;
    inside_->away = false;
    co_await inside_->process.interpreter->attach(inside_->py);
}

Co<> InterpreterContext::leave() {
    co_await inside_->process.interpreter->detach(inside_->py);
    inside_->away = true;
    worker_.away = false;
    co_await worker_.process.interpreter->attach(worker_.py);
}

// interpreters.create: filled under its own GIL, as by Py_NewInterpreterFromConfig.
Co<> InterpreterContext::create() {
    co_await threading::library(worker_, 3, 2);
    co_await enter();
    co_await worker_.os.run(spec_.subinterpreter_create);
    co_await leave();
}

Co<> InterpreterContext::destroy() {
    co_await threading::library(worker_, 1, 1);
    co_await enter();
    co_await inside_->process.memory->finalize(inside_->py);
    co_await worker_.os.run(spec_.subinterpreter_destroy);
    inside_->process.memory->end();
    co_await leave();
}

// Interpreter.call: arguments are taken along under the caller's GIL, and taken out under the other's.
Co<> InterpreterContext::bring(Bytes arguments) {
    co_await threading::library(worker_, 2, 2);
    co_await worker_.process.interpreter->native(worker_.py, leaving(arguments), false);
    co_await enter();
    co_await inside_->process.interpreter->native(inside_->py, arriving(arguments), false);
}

Co<> InterpreterContext::fetch(Bytes result) {
    co_await inside_->process.interpreter->native(inside_->py, leaving(result), false);
    co_await leave();
    co_await worker_.process.interpreter->native(worker_.py, arriving(result), false);
}

}  // namespace gilsim::workload
