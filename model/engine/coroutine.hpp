#pragma once
/// Coroutines for what happens inside an operation: the GIL's protocol, the C library's locks, the kernel's part. They
/// read from top to bottom like the C code that they model, and go on from a timer without waking an actor.

#include <array>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <new>
#include <utility>

namespace gilsim::engine {

/// Memory of coroutine frames, kept for reuse: a run creates millions of short-lived frames of few sizes.
class FramePool {
public:
    static void* take(std::size_t size) {
        const std::size_t c = size_class(size);
        if (c >= kClasses) return ::operator new(size);
        Free*& head = free_[c];
        if (head == nullptr) return ::operator new((c + 1) * kStep);
        return std::exchange(head, head->next);
    }
    static void give(void* frame, std::size_t size) noexcept {
        const std::size_t c = size_class(size);
        if (c >= kClasses) return ::operator delete(frame);
        free_[c] = new (frame) Free{free_[c]};
    }

private:
    struct Free {
        Free* next;
    };
    static constexpr std::size_t kStep = 64;
    static constexpr std::size_t kClasses = 16;
    static constexpr std::size_t size_class(std::size_t size) { return (size - 1) / kStep; }
    static inline std::array<Free*, kClasses> free_{};
};

template <class T>
class Co;

namespace detail {

struct PromiseBase {
    std::coroutine_handle<> continuation = std::noop_coroutine();
    std::exception_ptr failure;

    static void* operator new(std::size_t size) { return FramePool::take(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { FramePool::give(frame, size); }

    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
        struct Final {
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept { return next; }
            void await_resume() noexcept {}
            std::coroutine_handle<> next;
        };
        return Final{continuation};
    }
    void unhandled_exception() { failure = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
    T value{};
    Co<T> get_return_object();
    void return_value(T v) { value = std::move(v); }
    T result() {
        if (failure) std::rethrow_exception(failure);
        return std::move(value);
    }
};

template <>
struct Promise<void> : PromiseBase {
    Co<void> get_return_object();
    void return_void() {}
    void result() const {
        if (failure) std::rethrow_exception(failure);
    }
};

}  // namespace detail

/// A coroutine that yields a `T` to the coroutine that awaits it. Starts when awaited.
template <class T = void>
class [[nodiscard]] Co {
public:
    using promise_type = detail::Promise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    explicit Co(Handle handle) : handle_(handle) {}
    Co(Co&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Co(const Co&) = delete;
    Co& operator=(const Co&) = delete;
    Co& operator=(Co&&) = delete;
    ~Co() {
        if (handle_) handle_.destroy();
    }

    auto operator co_await() && noexcept {
        struct Awaiter {
            Handle handle;
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
                handle.promise().continuation = caller;
                return handle;
            }
            T await_resume() { return handle.promise().result(); }
        };
        return Awaiter{handle_};
    }

private:
    Handle handle_;
};

namespace detail {
template <class T>
Co<T> Promise<T>::get_return_object() {
    return Co<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Co<void> Promise<void>::get_return_object() {
    return Co<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}
}  // namespace detail

/// A coroutine that nobody awaits: runs at once, and cleans up after itself. An exception in it ends the program's run
/// (it leaves through the timer or actor that resumed it).
struct Detached {
    struct promise_type {
        Detached get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { throw; }
        static void* operator new(std::size_t size) { return FramePool::take(size); }
        static void operator delete(void* frame, std::size_t size) noexcept { FramePool::give(frame, size); }
    };
};

}  // namespace gilsim::engine
