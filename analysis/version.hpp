#pragma once
/// What this program was built from and with: text for `--version` and for manifests.

#include <string>

namespace gilsim::analysis {

struct Version {
    std::string release;   ///< `0.1.0`
    std::string commit;    ///< `git describe --always --dirty`, or `unknown` outside a checkout
    std::string compiler;  ///< `GNU 12.2.0`
    std::string simgrid;   ///< `3.32`
};

/// The version of this binary.
[[nodiscard]] const Version& version();

/// `gilsim 0.1.0 (0123abc)`.
[[nodiscard]] std::string version_text();

}  // namespace gilsim::analysis
