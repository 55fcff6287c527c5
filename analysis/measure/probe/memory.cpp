// What memory costs this machine: pages, the C library's blocks.

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>

#include <sys/mman.h>
#include <sys/wait.h>

#include "analysis/measure/probe/sampling.hpp"

namespace gilsim::probe {
namespace {

// Memory of small pages, touched or not.
class Pages {
public:
    explicit Pages(std::size_t count)
        : size_(count * kPage),
          data_(static_cast<char*>(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
        madvise(data_, size_, MADV_NOHUGEPAGE);
    }
    ~Pages() { munmap(data_, size_); }
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;
    /// Writes to each page: nanoseconds a page.
    double write() {
        return each([](volatile char& byte) { byte = 1; });
    }
    /// Reads each page: nanoseconds a page.
    double read() {
        return each([](volatile char& byte) { static_cast<void>(byte + 0); });
    }
    /// To another place, as realloc() enlarges a mapping: nanoseconds a page.
    double move() {
        void* place = mmap(nullptr, size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        const double begin = now();
        data_ = static_cast<char*>(mremap(data_, size_, size_, MREMAP_MAYMOVE | MREMAP_FIXED, place));
        return per_page(begin);
    }

private:
    [[nodiscard]] double per_page(double begin) const { return (now() - begin) / static_cast<double>(size_ / kPage); }
    template <typename Use>
    double each(Use use) {
        const double begin = now();
        for (std::size_t at = 0; at < size_; at += kPage) use(*static_cast<volatile char*>(data_ + at));
        return per_page(begin);
    }

    std::size_t size_;
    char* data_;
};

constexpr std::size_t kPages = 4096;

/// What happens to pages: all of it per page.
enum class Page { first_touch, release, copy, reuse, inherited };
Samples pages(Page what) {
    Samples samples;
    for (int i = 0; i < 15; ++i) {
        auto memory = std::make_unique<Pages>(kPages);
        const double touched = memory->write();
        if (what == Page::first_touch) samples.push_back(touched);
        if (what == Page::release) {
            const double begin = now();
            memory.reset();
            samples.push_back((now() - begin) / static_cast<double>(kPages));
        }
        if (what == Page::first_touch || what == Page::release) continue;
        const double again = memory->write();  // no fault: what the loop itself costs
        int answer[2];
        if (pipe(answer) != 0) continue;
        const pid_t child = fork();
        if (child == 0) {
            const double copied = what == Page::inherited ? memory->read() : memory->write();
            if (::write(answer[1], &copied, sizeof copied) < 0) _exit(1);
            _exit(0);
        }
        double copied = 0;
        const bool told = read(answer[0], &copied, sizeof copied) == sizeof copied;
        close(answer[0]);
        close(answer[1]);
        waitpid(child, nullptr, 0);
        if (what == Page::reuse) copied = memory->write();  // the child's copies and the child are gone
        if (told) samples.push_back(std::max(0.0, copied - again));
    }
    return samples;
}

// Pages go to another place, and are read there for the first time: the one, or the other less reading them again. As
// many as a list of 300,000 has; whole page tables (512) would go as one.
enum class Moved { move, first_use };
Samples moved(Moved what) {
    Samples samples;
    for (int i = 0; i < 31; ++i) {
        Pages memory(600);
        memory.write();
        const double move = memory.move();
        const double first = memory.read();
        samples.push_back(what == Moved::move ? move : std::max(0.0, first - memory.read()));
    }
    return samples;
}

// The first write to a page whose frame is not in the cache: of more memory than that holds. Half a GiB at most.
Samples cold_frames() {
    const long most = std::min(1L << 29, sysconf(_SC_PHYS_PAGES) / 16 * sysconf(_SC_PAGESIZE));
    Samples samples;
    for (int i = 0; i < 3; ++i) samples.push_back(Pages(static_cast<std::size_t>(most) / kPage).write());
    return samples;
}

// A write to a page that the process has used and that its child shares, while another CPU computes, less the same
// while nobody does.
Samples replaced_beside(int b) {
    Samples samples;
    Pages memory(kPages / 4);
    memory.write();
    const auto replaced = [&memory] {
        const pid_t child = fork();
        if (child == 0) {
            pause();
            _exit(0);
        }
        usleep(1000);  // the child is asleep
        const double took = memory.write();
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        return took;
    };
    for (int i = 0; i < 15; ++i) {
        const double alone = replaced();
        const pid_t other = fork();
        if (other == 0) {
            pin(b);
            for (;;) now();
        }
        usleep(1000);
        const double beside = replaced();
        kill(other, SIGKILL);
        waitpid(other, nullptr, 0);
        samples.push_back(std::max(0.0, beside - alone));
    }
    return samples;
}

// fork() of a process with many pages, less that of one with few: per page.
Samples fork_page() {
    const auto forked = [] {
        const double begin = now();
        const pid_t child = fork();
        if (child == 0) _exit(0);
        const double took = now() - begin;
        waitpid(child, nullptr, 0);
        return took;
    };
    Samples samples;
    for (int i = 0; i < 15; ++i) {
        const double few = forked();
        Pages memory(4 * kPages);
        memory.write();
        samples.push_back(std::max(0.0, forked() - few) / static_cast<double>(4 * kPages));
    }
    return samples;
}

// The first write to a page of 2 MiB; nothing where the kernel gives none.
Samples huge_page() {
    constexpr std::size_t kHuge = 2 << 20;
    constexpr std::size_t kCount = 8;
    Samples samples;
    for (int i = 0; i < 10; ++i) {
        void* mapped = mmap(nullptr, (kCount + 1) * kHuge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapped == MAP_FAILED) return {};
        std::size_t room = (kCount + 1) * kHuge;
        void* at = mapped;
        std::align(kHuge, kCount * kHuge, at, room);
        if (madvise(at, kCount * kHuge, MADV_HUGEPAGE) != 0) return {};
        for (std::size_t page = 0; page < kCount; ++page) {
            volatile char* first = static_cast<char*>(at) + page * kHuge;
            const double begin = now();
            *first = 1;
            samples.push_back(now() - begin);
        }
        munmap(mapped, (kCount + 1) * kHuge);
    }
    return samples;
}

// munmap of so many pages, touched: all of them.
Samples unmap(std::size_t count) {
    Samples samples;
    for (int i = 0; i < 201; ++i) {
        auto memory = std::make_unique<Pages>(count);
        memory->write();
        const double begin = now();
        memory.reset();
        samples.push_back(now() - begin);
    }
    return samples;
}

// Whether the kernel gives huge pages to those who do not ask: 1 or 0.
Samples huge_pages() {
    std::string modes;
    std::getline(std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled"), modes);
    return {modes.find("[always]") != std::string::npos ? 1.0 : 0.0};
}

// Blocks of 600 to 4000 bytes of the C library, whose pages are there already: allocated, or freed in another order.
Samples blocks(bool freed) {
    constexpr std::size_t kCount = 2000;
    std::minstd_rand random(1);
    std::vector<void*> all(kCount);
    Samples samples;
    for (int round = 0; round < 60; ++round) {
        std::vector<std::size_t> sizes(kCount);
        for (std::size_t& size : sizes) size = 600 + random() % 3400;
        double begin = now();
        for (std::size_t i = 0; i < kCount; ++i) all[i] = std::malloc(sizes[i]);
        const double allocated = (now() - begin) / kCount;
        for (std::size_t i = 0; i < kCount; ++i) *static_cast<volatile char*>(all[i]) = 1;
        std::shuffle(all.begin(), all.end(), random);
        begin = now();
        for (void* block : all) std::free(block);
        const double dropped = (now() - begin) / kCount;
        if (round >= 20) samples.push_back(freed ? dropped : allocated);
    }
    return samples;
}

}  // namespace

Probes memory_probes(int a, int b) {
    return {
        {"page_touch", [=] { return pin(a), pages(Page::first_touch); }},
        {"page_cold", [=] { return pin(a), cold_frames(); }},
        {"page_copy", [=] { return pin(a), pages(Page::copy); }},
        {"page_inherited", [=] { return pin(a), pages(Page::inherited); }},
        {"page_replaced_beside", [=] { return pin(a), replaced_beside(b); }},
        {"page_reuse", [=] { return pin(a), pages(Page::reuse); }},
        {"page_release", [=] { return pin(a), pages(Page::release); }},
        {"unmap_16", [=] { return pin(a), unmap(16); }},
        {"unmap_64", [=] { return pin(a), unmap(64); }},
        {"page_move", [=] { return pin(a), moved(Moved::move); }},
        {"page_moved", [=] { return pin(a), moved(Moved::first_use); }},
        {"page_fork", [=] { return pin(a), fork_page(); }},
        {"huge_touch", [=] { return pin(a), huge_page(); }},
        {"huge_pages", [] { return huge_pages(); }},
        {"malloc", [=] { return pin(a), blocks(false); }},
        {"free", [=] { return pin(a), blocks(true); }},
    };
}

}  // namespace gilsim::probe
