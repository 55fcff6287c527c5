/// The kernel's pipe.

#include <algorithm>

#include "model/machine/two_ends.hpp"
#include "model/memory/physical_memory.hpp"
#include "model/multiprocessing/stream.hpp"

namespace gilsim::multiprocessing {
namespace {

using machine::TwoEnds;
using memory::kPage;

/// The pipe's mutex. Nothing preempts its holder, which is in the kernel: who finds it taken spins
/// (kernel/locking/mutex.c, mutex_optimistic_spin).
class SpinningMutex {
public:
    Co<> lock(Thread& thread) {
        while (holder_ != nullptr && holder_->alive()) {
            const Nanoseconds left = released_ - thread.machine().now();
            co_await thread.kernel(left > 0 ? left : kSpin);
        }
        holder_ = &thread;
    }
    /// What the holder does with it.
    Co<> work(Nanoseconds time) {
        released_ = holder_->machine().now() + time;
        co_await holder_->kernel(time);
    }
    void unlock() { holder_ = nullptr; }

private:
    static constexpr Nanoseconds kSpin = 100;  ///< between two looks at a holder that is late
    Thread* holder_ = nullptr;
    Nanoseconds released_ = 0;
};

class PipeStream final : public Stream {
public:
    explicit PipeStream(machine::Machine& machine)
        : Stream(std::make_shared<Sleepers>(), std::make_shared<Sleepers>()),
          machine_(machine),
          slots_(static_cast<std::size_t>(machine.spec().ipc.pipe_buffer / kPage)) {}

    [[nodiscard]] bool readable() const override { return !pages_.empty() || ended_; }

    // pipe_write
    Co<> write(Thread& thread, Bytes bytes) override {
        const auto& ipc = machine_.spec().ipc;
        const auto use = ends_.use(TwoEnds::first, &thread);
        const Nanoseconds call = machine_.costs().syscall + ipc.pipe_call;
        co_await thread.kernel(thread.code(call) + (use.fetched ? ipc.apart.pipe_write : 0));
        check_reader();
        co_await mutex_.lock(thread);
        bool was_empty = pages_.empty();
        bool slept = false;
        Bytes left = bytes;
        const Bytes odd = left % kPage;
        if (odd > 0 && !was_empty && pages_.back().end + odd <= kPage) {
            co_await copy(odd, use.apart);
            pages_.back().end += odd;
            left -= odd;
        }
        while (left > 0) {
            if (full()) {
                mutex_.unlock();
                if (was_empty) co_await tell_readers(thread);
                while (full()) co_await wait_for_reader(thread);
                co_await mutex_.lock(thread);
                was_empty = pages_.empty();
                slept = true;
                continue;
            }
            const Bytes fits = std::min(left, static_cast<Bytes>(slots_ - pages_.size()) * kPage);
            co_await copy(fits, use.apart);
            for (Bytes put = 0; put < fits; put += kPage) pages_.push_back({0, std::min(kPage, fits - put)});
            left -= fits;
        }
        const bool room_left = !full();
        mutex_.unlock();
        if (was_empty) co_await tell_readers(thread);
        if (slept && room_left) co_await writers_->wake_one(thread);
        co_await thread.user_mode();
    }

    // pipe_read
    Co<Bytes> read(Thread& thread, Bytes most) override {
        const auto& ipc = machine_.spec().ipc;
        co_await thread.kernel(thread.code(machine_.costs().syscall));
        co_await mutex_.lock(thread);
        bool slept = false;
        while (pages_.empty()) {
            mutex_.unlock();
            if (ended_) {
                co_await thread.user_mode();
                co_return 0;
            }
            slept = true;
            co_await readers_->sleep(thread);
            co_await mutex_.lock(thread);
        }
        const auto use = ends_.use(TwoEnds::second, &thread);
        co_await mutex_.work(thread.code(ipc.pipe_call) + (use.fetched ? ipc.apart.pipe_read : 0));
        const bool was_full = full();
        Bytes taken = 0;
        for (const Page& page : pages_) taken += page.end - page.begin;
        taken = std::min(taken, most);
        co_await copy(taken, use.apart);
        take(taken);
        const bool made_room = was_full && !full();
        const bool more = !pages_.empty();
        mutex_.unlock();
        if (made_room) co_await writers_->wake_one(thread);
        if (slept && more) co_await readers_->wake_one(thread);
        co_await thread.user_mode();
        co_return taken;
    }

private:
    struct Page {
        Bytes begin;
        Bytes end;
    };
    [[nodiscard]] bool full() const { return pages_.size() >= slots_; }
    Co<> copy(Bytes bytes, bool apart) {
        const auto& ipc = machine_.spec().ipc;
        return mutex_.work(per_mib(ipc.pipe_copy + (apart ? ipc.apart.copy : 0), bytes));
    }
    void take(Bytes bytes) {
        while (bytes > 0) {
            Page& page = pages_.front();
            const Bytes part = std::min(bytes, page.end - page.begin);
            bytes -= part;
            page.begin += part;
            if (page.begin == page.end) pages_.pop_front();
        }
    }
    Co<> tell_readers(Thread& thread) {
        co_await readers_->wake_one(thread);
        notify(&thread);
    }

    machine::Machine& machine_;
    const std::size_t slots_;
    std::deque<Page> pages_;
    SpinningMutex mutex_;
    TwoEnds ends_;
};

}  // namespace

std::unique_ptr<Stream> make_pipe(machine::Machine& machine) {
    return std::make_unique<PipeStream>(machine);
}

}  // namespace gilsim::multiprocessing
