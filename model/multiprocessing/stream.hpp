#pragma once
/// The kernel's part of a pipe or a socket: bytes in one direction, with a buffer whose size decides who waits for
/// whom.

#include <deque>
#include <memory>

#include "model/multiprocessing/poll.hpp"

namespace gilsim::multiprocessing {

using engine::Co;
using machine::Thread;

class Stream : public Readable {
public:
    /// write(2), blocking: returns when all is in the buffer.
    virtual Co<> write(Thread& thread, Bytes bytes) = 0;
    /// read(2), blocking: waits for the first byte, then takes what is there, `most` at most. Yields how much; 0:
    /// nobody can write any more.
    virtual Co<Bytes> read(Thread& thread, Bytes most) = 0;
    /// No process can write any more: what is there can still be read, then there is nothing. `by`: whose system call
    /// it was.
    void end_writing(Thread* by);
    /// No process can read any more: writing fails (ProgramError).
    void end_reading(Thread* by);
    /// The process at the other end has died: both.
    void hang_up(Thread* by);

protected:
    /// Threads that sleep until the other side does something.
    class Sleepers {
    public:
        /// The thread sleeps, shown as waiting for a signal, until it is woken.
        Co<> sleep(Thread& thread);
        /// Wakes who has slept longest.
        Co<> wake_one(Thread& by);
        /// Wakes all who sleep now.
        Co<> wake_all(Thread& by);
        /// The same at no cost of a thread's own.
        void rouse(Thread* by);

    private:
        std::deque<Thread*> asleep_;
    };
    /// `readers`, `writers`: where its two sides sleep.
    Stream(std::shared_ptr<Sleepers> readers, std::shared_ptr<Sleepers> writers)
        : readers_(std::move(readers)), writers_(std::move(writers)) {}
    /// Sleeps until somebody else does something; fails if nobody is left to read.
    Co<> wait_for_reader(Thread& writer);
    void check_reader() const;

    const std::shared_ptr<Sleepers> readers_, writers_;
    bool ended_ = false;  ///< nobody can write any more

private:
    bool unread_ = false;  ///< nobody can read any more
};

/// A pipe (fs/pipe.c): pages, in which small writes are merged. Reading and writing hold its mutex while they copy. A
/// reader is woken when a write finds the pipe empty, a writer when a read finds it full.
std::unique_ptr<Stream> make_pipe(machine::Machine& machine);
/// The two directions of a connected pair of Unix stream sockets (net/unix/af_unix.c): packets, each charged to the
/// sender with its overhead. A sender that is over its limit sleeps until three quarters of it are free. A socket has
/// one wait queue: who reads a packet wakes whoever sleeps at the socket that it came from, for whatever reason
/// (sock_wfree, unix_write_space). A client that waits for the reply is woken when its request is read, looks, and
/// sleeps again.
struct SocketPair {
    std::unique_ptr<Stream> there, back;
};
SocketPair make_socket_pair(machine::Machine& machine);

}  // namespace gilsim::multiprocessing
