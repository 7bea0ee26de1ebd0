#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::core {

// Who may be on a roster: an opaque id, 1 to 128 bytes of valid UTF-8 without control characters.
// Holding one is the proof that it was checked.
class MemberId {
 public:
  static constexpr std::size_t kMaxBytes = 128;

  static base::Result<MemberId> parse(std::string_view text);

  const std::string& text() const { return text_; }
  bool operator==(const MemberId&) const = default;
  auto operator<=>(const MemberId&) const = default;

 private:
  explicit MemberId(std::string_view text) : text_(text) {}
  std::string text_;
};

// Places a member on its home shard and in tables. Seeded anew by each process, so that clients,
// who choose their ids, cannot choose collisions.
class MemberHash {
 public:
  explicit MemberHash(std::uint64_t seed) : seed_(seed) {}
  std::uint64_t operator()(std::string_view text) const;

 private:
  std::uint64_t seed_;
};

}  // namespace rollcall::core
