#include "analysis/measure/host.hpp"

#include <algorithm>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/utsname.h>

namespace gilsim::analysis {
namespace {

// The first CPU of a list such as `0,4` or `0-1`: the same for all threads of a physical core.
int first_of(const std::string& list) {
    int first = -1;
    std::istringstream(list) >> first;
    return first;
}

// How many CPUs of the same physical core come before this one.
int rank_in_core(int cpu) {
    std::ifstream file(fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
    std::string siblings;
    std::getline(file, siblings);
    return siblings.empty() || first_of(siblings) == cpu ? 0 : 1;
}

}  // namespace

Host host() {
    Host result;
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const auto colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos) result.processor = line.substr(colon + 2);
        if (line.starts_with("flags") && line.find(" hypervisor") != std::string::npos) result.guest = true;
    }
    result.cores = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
    result.memory = static_cast<Bytes>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
    utsname name{};
    uname(&name);
    result.kernel = fmt::format("{} {} {}", name.sysname, name.release, name.machine);
    return result;
}

std::string machine_text(const Host& host) {
    return fmt::format("{}, {} CPU{}, {} GiB{}", host.processor.empty() ? "unknown processor" : host.processor,
                       host.cores, host.cores == 1 ? "" : "s", (host.memory + (1LL << 29)) >> 30,
                       host.guest ? ", a virtual machine" : "");
}

std::vector<int> allowed_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<int> cpus;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    }
    std::stable_sort(cpus.begin(), cpus.end(), [](int a, int b) { return rank_in_core(a) < rank_in_core(b); });
    return cpus;
}

CpuTimes cpu_times(const std::vector<int>& cpus) {
    CpuTimes result;
    const Nanoseconds tick = kSecond / sysconf(_SC_CLK_TCK);
    std::ifstream file("/proc/stat");
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        words >> name;
        const bool wanted =
            std::any_of(cpus.begin(), cpus.end(), [&](int cpu) { return name == fmt::format("cpu{}", cpu); });
        if (!wanted) continue;
        Nanoseconds user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
        words >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
        result.busy += (user + nice + system + irq + softirq) * tick;
        result.stolen += steal * tick;
    }
    return result;
}

}  // namespace gilsim::analysis
