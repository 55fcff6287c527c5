#include "model/engine/random.hpp"

#include <bit>
#include <cmath>
#include <numbers>

namespace gilsim::engine {

namespace {

std::uint64_t splitmix64(std::uint64_t& x) {
    std::uint64_t z = (x += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/// 99th percentile of the standard normal distribution.
constexpr double kNormal99 = 2.3263478740408408;

}  // namespace

Random::Random(std::uint64_t seed, std::string_view purpose) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a of the purpose
    for (const char c : purpose) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    std::uint64_t x = seed ^ std::rotl(hash, 17);
    for (auto& s : state_) s = splitmix64(x);
}

std::uint64_t Random::bits() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

std::int64_t Random::uniform(std::int64_t low, std::int64_t high) {
    const std::uint64_t span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
    if (span == 0) return static_cast<std::int64_t>(bits());
    // Rejection keeps every value equally likely.
    const std::uint64_t limit = UINT64_MAX - UINT64_MAX % span;
    std::uint64_t x = bits();
    while (x >= limit) x = bits();
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + x % span);
}

double Random::unit() { return static_cast<double>((bits() >> 11) + 1) * 0x1.0p-53; }

Nanoseconds Random::exponential(Nanoseconds mean) {
    return std::llround(-std::log(unit()) * static_cast<double>(mean));
}

Nanoseconds Random::lognormal(Nanoseconds median, Nanoseconds p99) {
    const double normal = std::sqrt(-2.0 * std::log(unit())) * std::cos(2.0 * std::numbers::pi * unit());
    if (median <= 0) return 0;
    const double sigma = std::log(static_cast<double>(p99) / static_cast<double>(median)) / kNormal99;
    return std::llround(static_cast<double>(median) * std::exp(sigma * normal));
}

}  // namespace gilsim::engine
