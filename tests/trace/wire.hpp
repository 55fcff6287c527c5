#pragma once
/// Reading protobuf's wire format, for tests: https://protobuf.dev/programming-guides/encoding. Shares nothing with the
/// program's writer.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gilsim::test {

/// One field of a message.
struct Field {
    std::uint32_t number = 0;
    std::uint32_t type = 0;   ///< wire type: 0 varint, 1 fixed64, 2 bytes, 5 fixed32
    std::uint64_t value = 0;  ///< of types 0, 1, 5
    std::string_view bytes;   ///< of type 2

    [[nodiscard]] std::int64_t number_value() const { return static_cast<std::int64_t>(value); }
    [[nodiscard]] std::string text() const { return std::string(bytes); }
};

/// The fields of a message, one after the other. Throws std::runtime_error on malformed input.
class Fields {
public:
    explicit Fields(std::string_view message) : rest_(message) {}

    bool next(Field& field) {
        if (rest_.empty()) return false;
        const auto key = varint();
        field = {static_cast<std::uint32_t>(key >> 3), static_cast<std::uint32_t>(key & 7), 0, {}};
        if (field.number == 0) throw std::runtime_error("field number 0");
        switch (field.type) {
            case 0:
                field.value = varint();
                break;
            case 1:
                field.value = fixed(8);
                break;
            case 2:
                field.bytes = take(varint());
                break;
            case 5:
                field.value = fixed(4);
                break;
            default:
                throw std::runtime_error("wire type " + std::to_string(field.type));
        }
        return true;
    }

private:
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto byte = static_cast<unsigned char>(take(1)[0]);
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80) return value;
        }
        throw std::runtime_error("varint too long");
    }
    std::uint64_t fixed(std::size_t bytes) {
        const auto text = take(bytes);
        std::uint64_t value = 0;
        for (std::size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(text[i]);
        return value;
    }
    std::string_view take(std::uint64_t n) {
        if (n > rest_.size()) throw std::runtime_error("message ends too early");
        const auto taken = rest_.substr(0, n);
        rest_.remove_prefix(n);
        return taken;
    }

    std::string_view rest_;
};

}  // namespace gilsim::test
