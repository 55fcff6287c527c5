#include "analysis/measure/data_profile.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace gilsim::analysis {

namespace {

constexpr double kMiB = 1 << 20;

// One of the caches: `prefix` of its probes' names.
void cache(Profile& profile, const std::string& name, const std::string& prefix, const std::string& source) {
    const Quantiles* size = profile.find(prefix + "cache");
    if (size == nullptr || size->p50 <= 0) return;
    profile.line(name + ":");
    profile.value(
        "  size", fmt::format("{}KiB", static_cast<std::int64_t>(size->p50) >> 10),
        "gilsim-probe: from how many lines of a list that does not quite fit are missing; at most what sysfs says");
    profile.median(
        "  streamed_line", prefix + "streamed_line",
        fmt::format("gilsim-probe: a line of a linked list {}, in the order of memory, less one in it", source));
    profile.median("  begun_page", prefix + "begun_page",
                   "gilsim-probe: the same with every second page left out, a page more");
    profile.median("  begun_run", prefix + "begun_run",
                   "gilsim-probe: the same with every second piece of 16 KiB left out, a piece more");
    profile.median("  missed_line", prefix + "missed_line",
                   "gilsim-probe: a line of such a list whose lines within a piece come in any order");
}

// What the same takes in addition with its two ends on two cores.
void apart(Profile& profile) {
    const Quantiles* write = profile.find("pipe_write_apart");
    const Quantiles* read = profile.find("pipe_read_apart");
    if (write == nullptr || read == nullptr) return;
    profile.line("  apart:");
    const auto in_addition = [&](const std::string& call) {
        if (const Quantiles* q = profile.find(call + "_apart"))
            profile.value(
                "    " + call, calibrated(std::max(0.0, q->p50)),
                "gilsim-probe: of 64 bytes, with the other end on another CPU, less the same on one: " + spread(*q));
    };
    for (const char* call : {"pipe_write", "pipe_read", "socket_write", "socket_read", "tcp_send", "tcp_receive"})
        in_addition(call);
    const Quantiles* writes = profile.find("pipe_bulk_write_apart");
    const Quantiles* reads = profile.find("pipe_bulk_read_apart");
    if (writes == nullptr || reads == nullptr) return;
    const double both = writes->p50 + reads->p50 - write->p50 - read->p50;
    profile.value(
        "    copy", calibrated(std::max(0.0, both / 2 / 60'000 * kMiB)),
        fmt::format(
            "gilsim-probe: of 60,000 bytes through a pipe, writing {}, reading {}, less those of 64, halved, for 1 MiB",
            spread(*writes), spread(*reads)));
}

}  // namespace

void ipc_section(Profile& profile) {
    const Quantiles* syscall = profile.find("syscall");
    if (syscall == nullptr || profile.find("pipe_byte") == nullptr) return;
    profile.line("ipc:");
    profile.bytes("  pipe_buffer", "pipe_buffer", "fcntl(F_GETPIPE_SZ)");
    profile.bytes("  socket_buffer", "socket_buffer", "getsockopt(SO_SNDBUF) of a Unix socket");
    const auto stream = [&](const char* what, const char* one, const char* many, double bytes) {
        const Quantiles* byte = profile.find(one);
        const Quantiles* bulk = profile.find(many);
        if (byte == nullptr || bulk == nullptr) return;
        profile.value(
            fmt::format("  {}_call", what), calibrated(std::max(0.0, byte->p50 / 2 - syscall->p50)),
            fmt::format("gilsim-probe: write and read of a byte {}, less two system calls, halved", spread(*byte)));
        profile.value(
            fmt::format("  {}_copy", what), calibrated(std::max(0.0, (bulk->p50 - byte->p50) / 2 / (bytes - 1) * kMiB)),
            fmt::format("gilsim-probe: write and read of {:.0f} bytes {}, less those of a byte, halved, for 1 MiB",
                        bytes, spread(*bulk)));
    };
    stream("pipe", "pipe_byte", "pipe_bulk", 60'000);
    stream("socket", "socket_byte", "socket_bulk", 30'000);
    apart(profile);
    if (const Quantiles* q = profile.find("poll_4"))
        profile.value("  poll", calibrated(std::max(0.0, (q->p50 - syscall->p50) / 4)),
                      fmt::format("gilsim-probe: poll() of four descriptors {}, less a system call", spread(*q)));
    profile.median("  copy", "copy", "gilsim-probe: memcpy() of 1 MiB in the cache");
    profile.median("  copy_aliased", "copy_aliased",
                   "gilsim-probe: the same in four pieces that come to lie 13 bytes further in their pages");
    if (const Quantiles* q = profile.find("second_level"); q != nullptr && q->p50 > 0)
        profile.value("  aliased_below", fmt::format("{}KiB", static_cast<std::int64_t>(q->p50) >> 10),
                      "sysconf(_SC_LEVEL2_CACHE_SIZE), up to which glibc copies by rep movsb on AMD");
    profile.median("  map", "map", "gilsim-probe: shm_open, lseek, mmap");
    profile.median("  shared_page", "shared_page",
                   "gilsim-probe: first read of a page that was touched through another mapping");
}

void caches_section(Profile& profile) {
    cache(profile, "cache", "", "far beyond the cache");
    cache(profile, "core_cache", "core_", "beyond the core's own cache and within the last level");
}

void paging_section(Profile& profile) {
    if (profile.find("page_touch") == nullptr) return;
    profile.line("paging:");
    profile.median("  first_touch", "page_touch",
                   "gilsim-probe: first write to a page of a mapping of 16 MiB, made again and again");
    if (const Quantiles* cold = profile.find("page_cold"))
        profile.value("  cold_frame", calibrated(std::max(0.0, cold->p50 - profile.find("page_touch")->p50)),
                      "gilsim-probe: the same of 512 MiB: " + spread(*cold) + ", less first_touch");
    profile.median("  copy", "page_copy", "gilsim-probe: write to a page shared since a fork");
    profile.median("  reuse", "page_reuse", "gilsim-probe: write to a page that was shared, and is no longer");
    profile.median("  fork_page", "page_fork", "gilsim-probe: fork() with 64 MiB more");
    profile.median("  release_page", "page_release", "gilsim-probe: munmap");
    const Quantiles* page = profile.find("page_release");
    const auto beyond_pages = [&](const char* key, const char* probe, double pages, double parts, const char* what) {
        const Quantiles* all = profile.find(probe);
        if (page == nullptr || all == nullptr) return;
        profile.value(
            key, calibrated(std::max(0.0, all->p50 - pages * page->p50) / parts),
            fmt::format("gilsim-probe: munmap of {:.0f} pages: {}; less release_page{}", pages, spread(*all), what));
    };
    beyond_pages("  flush_page", "unmap_16", 16, 16, ", a page");
    beyond_pages("  flush_all", "unmap_64", 64, 1, "");
    profile.median("  move_page", "page_move", "gilsim-probe: mremap of 600 pages, each");
    profile.median("  inherited_page", "page_inherited", "gilsim-probe: first read of each page in a forked child");
    profile.median("  moved_page", "page_moved", "gilsim-probe: first read of each of its pages after that");
    if (const Quantiles* q = profile.find("huge_pages"))
        profile.value("  huge_pages", q->p50 > 0 ? "always" : "madvise", "/sys/kernel/mm/transparent_hugepage/enabled");
    profile.median("  huge_first_touch", "huge_touch", "gilsim-probe: first write to 2 MiB with MADV_HUGEPAGE");
}

}  // namespace gilsim::analysis
