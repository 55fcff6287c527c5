#pragma once
/// This machine, as far as a measurement must know it.

#include <string>
#include <vector>

#include "model/engine/time.hpp"

namespace gilsim::analysis {

/// What a record says about the machine.
struct Host {
    std::string processor;  ///< as /proc/cpuinfo names it
    int cores = 0;          ///< CPUs that are online
    Bytes memory = 0;       ///< of the machine
    bool guest = false;     ///< a virtual machine
    std::string kernel;     ///< `Linux 6.1.0 x86_64`
};
[[nodiscard]] Host host();
/// "AMD EPYC, 2 CPUs, 24 GiB, a virtual machine".
[[nodiscard]] std::string machine_text(const Host& host);

/// The CPUs that this process may use, those of different physical cores first.
[[nodiscard]] std::vector<int> allowed_cpus();

/// What some CPUs have done since the machine started (/proc/stat), in nanoseconds of CPU time.
struct CpuTimes {
    Nanoseconds busy = 0;    ///< at work for this machine
    Nanoseconds stolen = 0;  ///< kept waiting by the host of a virtual machine
};
[[nodiscard]] CpuTimes cpu_times(const std::vector<int>& cpus);

/// So many times as dear as at another time, the same bytecode says that the machine is slow: hosts of virtual machines
/// run a CPU at 0.6 of its speed for seconds or minutes (docs/fidelity.md).
inline constexpr double kSlow = 1.25;
/// The cost of bytecode, measured alone twice, differs by no more of it while the machine's speed is the same.
inline constexpr double kMostDrift = 0.08;

}  // namespace gilsim::analysis
