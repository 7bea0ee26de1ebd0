#pragma once

#include "base/result.hpp"

#include <charconv>
#include <cstddef>
#include <string>
#include <system_error>

namespace rollcall::service {

// How far a listing has come that goes through one shard's part after the other: its cursors are
// "SHARD.CURSOR", with the cursor of that shard's store.
struct ShardPosition {
  std::size_t shard = 0;
  std::string cursor;

  // An empty text is the start.
  static base::Result<ShardPosition> parse(const std::string& text, std::size_t shards) {
    ShardPosition position;
    if (text.empty()) return position;
    const char* end = text.data() + text.size();
    const auto [dot, error] = std::from_chars(text.data(), end, position.shard);
    if (error != std::errc() || dot == end || *dot != '.' || position.shard >= shards) {
      return base::Error{base::Errc::invalid_argument, "invalid_cursor",
                         "this cursor was not given by this server"};
    }
    position.cursor.assign(dot + 1, end);
    return position;
  }

  // After a page of the shard's part, which goes on at `next` (empty: it ends).
  void advance(std::string next) {
    cursor = std::move(next);
    if (cursor.empty()) ++shard;
  }

  // Empty at the end.
  std::string text(std::size_t shards) const {
    return shard == shards ? std::string() : std::to_string(shard) + "." + cursor;
  }
};

}  // namespace rollcall::service
