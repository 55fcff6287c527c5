#include "model/multiprocessing/worker.hpp"

namespace gilsim::multiprocessing {

void Worker::initialize() {
    if (pool_.initializer < 0) return;
    executor_.perform(threading::library(thread_, 1, 0));
    executor_.run(world_.variant.programs[static_cast<std::size_t>(pool_.initializer)]);
}

void Worker::execute(const workload::Call& call, std::int64_t times) {
    for (std::int64_t i = 0; i < times; ++i) {
        executor_.perform(threading::library(thread_, 1, 1));  // the function itself
        executor_.run(*call.body);
    }
}

}  // namespace gilsim::multiprocessing
