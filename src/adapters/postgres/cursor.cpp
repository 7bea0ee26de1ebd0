#include "adapters/postgres/cursor.hpp"

#include "core/member.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace rollcall::postgres {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kChecksumBytes = 8;

// The same on every node: any of them may be asked for the next page.
constexpr std::uint64_t kChecksumSeed = 0x63757273'6f722031;

std::string checksum(std::string_view roster, std::string_view member) {
  const core::MemberHash hash(kChecksumSeed);
  const std::uint64_t sum = hash(std::string(roster) + '\n' + std::string(member));
  std::string bytes;
  for (std::size_t i = 0; i < kChecksumBytes; ++i) bytes += static_cast<char>(sum >> (8 * i));
  return bytes;
}

std::string base64url(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) text += kDigits[(bits >> (held - 6)) & 63];
  }
  if (held > 0) text += kDigits[(bits << (6 - held)) & 63];
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held);
  }
  return bytes;
}

}  // namespace

std::string cursor_after(std::string_view roster, std::string_view member) {
  return base64url(checksum(roster, member) + std::string(member));
}

base::Result<std::string> member_of_cursor(std::string_view roster, std::string_view cursor) {
  const base::Error invalid{base::Errc::invalid_argument, "invalid_cursor",
                            "the cursor is not one that a listing of this roster gave"};
  const auto bytes = from_base64url(cursor);
  if (!bytes || bytes->size() <= kChecksumBytes) return invalid;
  std::string member = bytes->substr(kChecksumBytes);
  // Made anew and compared, so that one place has one cursor only.
  if (cursor_after(roster, member) != cursor) return invalid;
  return member;
}

}  // namespace rollcall::postgres
