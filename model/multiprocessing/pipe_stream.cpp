/// The kernel's pipe.

#include <algorithm>

#include "model/memory/physical_memory.hpp"
#include "model/multiprocessing/stream.hpp"

namespace gilsim::multiprocessing {
namespace {

using memory::kPage;

class PipeStream final : public Stream {
public:
    explicit PipeStream(machine::Machine& machine)
        : machine_(machine), slots_(static_cast<std::size_t>(machine.spec().ipc.pipe_buffer / kPage)) {}

    [[nodiscard]] bool readable() const override { return !pages_.empty() || hung_up_; }

    // pipe_write
    Co<> write(Thread& thread, Bytes bytes) override {
        co_await thread.kernel(machine_.costs().syscall + machine_.spec().ipc.pipe_call);
        check_reader();
        bool was_empty = pages_.empty();
        Bytes left = bytes;
        const Bytes odd = left % kPage;
        if (odd > 0 && !was_empty && pages_.back().end + odd <= kPage) {
            pages_.back().end += odd;
            left -= odd;
            co_await copy(thread, odd);
        }
        while (left > 0) {
            if (full()) {
                if (was_empty) co_await tell_readers(thread);
                while (full()) co_await wait_for_reader(thread);
                was_empty = pages_.empty();
            }
            const Bytes fits = std::min(left, static_cast<Bytes>(slots_ - pages_.size()) * kPage);
            co_await copy(thread, fits);
            for (Bytes put = 0; put < fits; put += kPage) pages_.push_back({0, std::min(kPage, fits - put)});
            left -= fits;
        }
        if (was_empty) co_await tell_readers(thread);
        co_await thread.user_mode();
    }

    // pipe_read
    Co<Bytes> read(Thread& thread, Bytes most) override {
        co_await thread.kernel(machine_.costs().syscall + machine_.spec().ipc.pipe_call);
        bool slept = false;
        while (pages_.empty()) {
            slept = true;
            co_await wait_for_writer(thread);
        }
        co_await copy(thread, 0);
        const bool was_full = full();
        Bytes taken = 0;
        while (taken < most && !pages_.empty()) {
            Page& page = pages_.front();
            const Bytes part = std::min(most - taken, page.end - page.begin);
            taken += part;
            page.begin += part;
            if (page.begin == page.end) pages_.pop_front();
        }
        co_await copy(thread, taken);
        if (was_full && !full()) co_await writers_.wake_one(thread);
        if (slept && !pages_.empty()) co_await readers_.wake_one(thread);
        co_await thread.user_mode();
        co_return taken;
    }

private:
    struct Page {
        Bytes begin;
        Bytes end;
    };
    [[nodiscard]] bool full() const { return pages_.size() >= slots_; }
    /// Copies with the mutex held, which a thread on another core waits for without leaving its own (optimistic
    /// spinning).
    Co<> copy(Thread& thread, Bytes bytes) {
        while (machine_.now() < held_until_) co_await thread.kernel(held_until_ - machine_.now());
        const Nanoseconds work = per_mib(machine_.spec().ipc.pipe_copy, bytes);
        held_until_ = machine_.now() + work;
        co_await thread.kernel(work);
    }
    Co<> tell_readers(Thread& thread) {
        co_await readers_.wake_one(thread);
        notify(&thread);
    }

    machine::Machine& machine_;
    const std::size_t slots_;
    std::deque<Page> pages_;
    Nanoseconds held_until_ = 0;
};

}  // namespace

std::unique_ptr<Stream> make_pipe(machine::Machine& machine) {
    return std::make_unique<PipeStream>(machine);
}

}  // namespace gilsim::multiprocessing
