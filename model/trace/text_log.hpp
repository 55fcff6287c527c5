#pragma once
/// A run as plain text, one line per event: for golden tests, for diff and grep.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "model/trace/events.hpp"
#include "model/trace/output_file.hpp"

namespace gilsim::trace {

/// Appends the line of one event, with its newline: `TIME WHO EVENT DETAILS`.
///
/// TIME is in ns. WHO is the thread as `process/thread`, a process, a core (`core0`) for a switch, `-` for a counter of
/// the machine. DETAILS by event:
///
///     state bytecode                     sched_switch main/a -> main/b [runnable]   (`idle` for no thread)
///     sched_waking core1 by main/a       (`by timer` without a waker)
///     gil_wait main                      gil_acquire main after main/a              (`after nobody` the first time)
///     gil_release main requested         drop_request main        forced_switch main
///     gil_missed main                    world_stop main          world_start main
///     lock_wait x                        lock_acquire x           lock_release x
///     sync_wait x                        sync_done x timed out    (without them if it has got what it waited for)
///     sync_signal x to 2                                          (so many waiters)
///     message_send x #3                  message_receive x #3
///     op_begin compute                   op_end compute
///     request_begin echo #7              request_serve echo #7    request_end echo #7
///     process_start, process_end, thread_start, thread_end        (nothing more)
///     counter rss 4096 bytes
///     gc_begin main generation 1         gc_end main 17 freed
///     page_faults 3                      copy_on_write 2
///     process_killed 4096 B
void append_line(std::string& out, const Event& e, const Directory& directory);

/// The log of a run, in memory or in a file. The last line is `TIME run_end OUTCOME`.
class TextLog final : public Sink {
public:
    /// Keeps the log in memory.
    explicit TextLog(const Directory& directory) : directory_(directory) {}
    /// Streams it to a file (compressed if its name ends in .gz). Throws OutputError.
    TextLog(const Directory& directory, const std::filesystem::path& file) : directory_(directory), file_(file) {}

    void event(const Event& e) override;
    /// Throws OutputError if any write has failed.
    void finish(Nanoseconds end, Outcome outcome) override;
    /// The log so far, if it is kept in memory.
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    void pass_on();

    const Directory& directory_;
    std::string text_;
    std::optional<OutputFile> file_;
};

}  // namespace gilsim::trace
