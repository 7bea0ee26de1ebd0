#include "core/connection.hpp"

#include <random>

namespace rollcall::core {

Uuid Uuid::random() {
  thread_local std::random_device device;
  Uuid uuid;
  for (std::size_t i = 0; i < uuid.bytes_.size(); i += sizeof(std::uint32_t)) {
    const std::uint32_t word = device();
    for (std::size_t j = 0; j < sizeof(word); ++j) {
      uuid.bytes_[i + j] = static_cast<std::uint8_t>(word >> (8 * j));
    }
  }
  uuid.bytes_[6] = static_cast<std::uint8_t>(0x40 | (uuid.bytes_[6] & 0x0f));
  uuid.bytes_[8] = static_cast<std::uint8_t>(0x80 | (uuid.bytes_[8] & 0x3f));
  return uuid;
}

std::string Uuid::text() const {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kDigits[bytes_[i] >> 4];
    out += kDigits[bytes_[i] & 0x0f];
  }
  return out;
}

}  // namespace rollcall::core
