#include "analysis/interrupt.hpp"

#include <climits>
#include <cstring>
#include <unistd.h>

namespace gilsim::analysis {
namespace {

// A handler can rely on no object that may be changing just then.
std::array<char, PATH_MAX> to_remove{};

void remove_and_die(int signal) {
    unlink(to_remove.data());
    std::signal(signal, SIG_DFL);
    std::raise(signal);  // once the handler has returned
}

}  // namespace

RemovedOnSignal::RemovedOnSignal(const std::filesystem::path& file) {
    if (file.native().size() < to_remove.size()) std::strcpy(to_remove.data(), file.c_str());
    struct sigaction action {};
    action.sa_handler = remove_and_die;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        sigaction(kSignals[i], nullptr, &before_[i]);
        if (before_[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &action, nullptr);
    }
}

RemovedOnSignal::~RemovedOnSignal() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
    to_remove.front() = '\0';
}

}  // namespace gilsim::analysis
