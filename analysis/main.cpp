#include <string>
#include <vector>

#include "analysis/cli/command_line.hpp"

int main(int argc, char** argv) {
    return gilsim::analysis::cli::execute(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
