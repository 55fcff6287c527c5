#pragma once
/// What it takes to read traces back and to make a report of them.

namespace gilsim::bench {

/// Prints the table. Writes a trace of 10 million events to the temporary folder meanwhile.
void reading();

}  // namespace gilsim::bench
