#pragma once
/// A call that may block, as CPython makes it: the GIL is released around it (Py_BEGIN_ALLOW_THREADS), and after it the
/// evaluator looks at its eval breaker.

#include "model/workload/process.hpp"

namespace gilsim::workload {

template <class T>
engine::Co<T> without_gil(SimThread& thread, engine::Co<T> call) {
    auto& interpreter = *thread.process.interpreter;
    co_await interpreter.detach(thread.py);
    T result = co_await std::move(call);
    co_await interpreter.attach(thread.py);
    co_await interpreter.check_point(thread.py);
    co_return result;
}

inline engine::Co<> without_gil(SimThread& thread, engine::Co<> call) {
    auto& interpreter = *thread.process.interpreter;
    co_await interpreter.detach(thread.py);
    co_await std::move(call);
    co_await interpreter.attach(thread.py);
    co_await interpreter.check_point(thread.py);
}

}  // namespace gilsim::workload
