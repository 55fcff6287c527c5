#pragma once
/// What several processes have in common: one per object of the scenario, made with the main process's objects.

namespace gilsim::multiprocessing {

struct Shared {
    Shared() = default;
    virtual ~Shared() = default;
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
};

}  // namespace gilsim::multiprocessing
