#include "model/machine/shared_line.hpp"

#include <algorithm>

namespace gilsim::machine {

SharedLine::Writer::Writer(SharedLine& line, Thread& thread) : line_(line), thread_(thread) {
    line_.writers_.push_back(&thread);
    line_.interrupt_others(thread);
}

SharedLine::Writer::~Writer() {
    line_.writers_.erase(std::find(line_.writers_.begin(), line_.writers_.end(), &thread_));
    line_.interrupt_others(thread_);
}

void SharedLine::interrupt_others(const Thread& than) {
    for (Thread* writer : writers_)
        if (writer != &than) writer->interrupt();
}

std::int64_t SharedLine::writing_cores() const {
    return std::count_if(writers_.begin(), writers_.end(), [](const Thread* writer) { return writer->on_core(); });
}

}  // namespace gilsim::machine
