#pragma once
/// No lock at all: an idealised interpreter whose threads never wait for one another. Nothing is put in the lock's place,
/// so it is a bound, not a prediction of a free-threaded CPython.

#include "model/interpreter/gil.hpp"

namespace gilsim::interpreter {

class NoGil final : public Gil {
public:
    using Gil::Gil;
    engine::Co<> take(PyThread& /*thread*/) override { co_return; }
    engine::Co<> drop(PyThread& /*thread*/, trace::ReleaseReason /*reason*/) override { co_return; }
};

}  // namespace gilsim::interpreter
