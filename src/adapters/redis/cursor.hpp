#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::redis {

// Where a listing goes on. A caller sees it as base64url text without meaning.
struct ListCursor {
  static constexpr std::size_t kListingBytes = 32;  // of the listing's id: lower-case hex

  std::string listing;
  std::uint32_t page = 0;  // the one to ask for; 0 is the first
  std::string score;       // of the last member seen, as Redis writes it
  std::string member;      // any bytes: others may write to the roster too

  bool operator==(const ListCursor&) const = default;
};

std::string encode_cursor(const ListCursor& cursor);

// Fails (invalid_argument, "invalid_cursor") for what encode_cursor() did not make.
base::Result<ListCursor> decode_cursor(std::string_view text);

base::Error invalid_cursor();

}  // namespace rollcall::redis
