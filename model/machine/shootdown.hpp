#pragma once
/// Page tables that lose entries: what the other cores must forget (a TLB shootdown).
///
/// Natively only cores that run threads of the same process are interrupted, for a microsecond or two each. Where a
/// hypervisor keeps page tables of its own beside the guest's (shadow paging: KVM without nested tables, PVM), each
/// table that a process gets, shares at fork or gives back interrupts every other virtual CPU that runs (Linux
/// arch/x86/kvm/mmu/mmu.c, kvm_flush_remote_tlbs), and who has changed it waits for them.

#include "model/engine/coroutine.hpp"
#include "model/machine/machine.hpp"

namespace gilsim::machine {

/// How many a process makes: in its parent, which starts it, before its program, and at its end.
struct TableChanges {
    std::int64_t start = 0;
    std::int64_t boot = 0;
    std::int64_t exit = 0;
};

/// Those of a whole life, by how long its parts take.
TableChanges spread(std::int64_t changes, Nanoseconds start, Nanoseconds boot, Nanoseconds exit);

/// Work during which all other cores that run anything are interrupted so many times, at `costs.shootdown`.
engine::Co<> change_tables(Thread& thread, Nanoseconds work, std::int64_t times);
/// The thread's process has got copies of so many pages that it had used: their old places must be forgotten.
engine::Co<> replace_pages(Thread& thread, std::int64_t pages);

}  // namespace gilsim::machine
