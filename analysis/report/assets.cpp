#include "analysis/report/assets.hpp"

// The assembler puts each file into the program as it is. GILSIM_D3 and GILSIM_PAGE are paths (CMakeLists.txt).
#define GILSIM_ASSET(name, path)                                                 \
    asm(".section .rodata\n"                                                     \
        ".balign 16\n" #name "_begin:\n.incbin \"" path "\"\n" #name             \
        "_end:\n"                                                                \
        ".global " #name "_begin\n.global " #name "_end\n.byte 0\n.previous\n"); \
    extern "C" const char name##_begin[]; /* NOLINT */                           \
    extern "C" const char name##_end[];   /* NOLINT */

GILSIM_ASSET(gilsim_asset_d3, GILSIM_D3)
GILSIM_ASSET(gilsim_asset_style, GILSIM_PAGE "/style.css")
GILSIM_ASSET(gilsim_asset_base, GILSIM_PAGE "/base.js")
GILSIM_ASSET(gilsim_asset_overview, GILSIM_PAGE "/overview.js")
GILSIM_ASSET(gilsim_asset_timeline, GILSIM_PAGE "/timeline.js")
GILSIM_ASSET(gilsim_asset_waits, GILSIM_PAGE "/waits.js")
GILSIM_ASSET(gilsim_asset_memory, GILSIM_PAGE "/memory.js")
GILSIM_ASSET(gilsim_asset_charts, GILSIM_PAGE "/charts.js")
GILSIM_ASSET(gilsim_asset_sweep, GILSIM_PAGE "/sweep.js")
GILSIM_ASSET(gilsim_asset_accuracy, GILSIM_PAGE "/accuracy.js")
GILSIM_ASSET(gilsim_asset_main, GILSIM_PAGE "/main.js")

namespace gilsim::analysis::assets {
namespace {

std::string_view between(const char* begin, const char* end) {
    return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::string_view d3() {
    return between(gilsim_asset_d3_begin, gilsim_asset_d3_end);
}

std::string_view style() {
    return between(gilsim_asset_style_begin, gilsim_asset_style_end);
}

std::string scripts() {
    std::string all;
    all += between(gilsim_asset_base_begin, gilsim_asset_base_end);
    all += between(gilsim_asset_overview_begin, gilsim_asset_overview_end);
    all += between(gilsim_asset_timeline_begin, gilsim_asset_timeline_end);
    all += between(gilsim_asset_waits_begin, gilsim_asset_waits_end);
    all += between(gilsim_asset_memory_begin, gilsim_asset_memory_end);
    all += between(gilsim_asset_charts_begin, gilsim_asset_charts_end);
    all += between(gilsim_asset_sweep_begin, gilsim_asset_sweep_end);
    all += between(gilsim_asset_accuracy_begin, gilsim_asset_accuracy_end);
    all += between(gilsim_asset_main_begin, gilsim_asset_main_end);
    return all;
}

}  // namespace gilsim::analysis::assets
