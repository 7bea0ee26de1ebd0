#pragma once

#include "base/result.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::redis {

// What RESP2 and RESP3 can say (redis.io/docs/reference/protocol-spec).
enum class RespType {
  null,  // RESP2's null bulk and null array too
  simple,
  error,  // simple and bulk errors alike
  integer,
  bulk,
  floating,
  boolean,
  big_number,  // its digits, in `text`
  verbatim,    // without the "txt:" in front
  array,
  map,  // keys and values in turn, in `elements`
  set,
  push,
};

struct RespValue {
  RespType type = RespType::null;
  std::string text;          // simple, error, bulk, big_number, verbatim
  std::int64_t integer = 0;  // integer; 0 or 1 for boolean
  double floating = 0;
  std::vector<RespValue> elements;  // array, map, set, push

  bool is_error() const { return type == RespType::error; }
  bool is_text() const;
  bool operator==(const RespValue&) const = default;
};

// A reply past one of these is refused before memory is taken for it.
struct RespLimits {
  std::size_t line_bytes = 64 * 1024;
  std::size_t bulk_bytes = 64 * 1024 * 1024;
  std::size_t elements = 1024 * 1024;  // of one reply, at all depths together
  std::size_t reply_bytes = 256 * 1024 * 1024;
  std::size_t depth = 32;
};

// Bytes in, in any cuts; values out. Attributes are skipped. Not understood: RESP3's streamed
// strings and aggregates, which no released server sends.
class RespParser {
 public:
  explicit RespParser(RespLimits limits = {}) : limits_(limits) {}

  void feed(std::string_view bytes);

  // The next whole value; nothing when more bytes are needed. An error (unavailable,
  // "redis_protocol") is final: where the next value begins is not known any more.
  base::Result<std::optional<RespValue>> next();

 private:
  // An aggregate whose elements are still coming.
  struct Open {
    RespValue value;
    std::size_t missing = 0;
    bool skipped = false;  // an attribute: it precedes a value and is none
  };

  // What one piece of input led to.
  enum class Step { value, opened, need_more, broken };

  Step read_piece(RespValue& value);
  Step read_body(RespValue& value);
  Step read_line(std::string_view line, RespValue& value);
  Step read_scalar(char mark, std::string_view rest, RespValue& value);
  Step begin_body(RespType type, std::string_view rest, RespValue& value);
  Step begin_aggregate(char mark, std::string_view rest, RespValue& value);
  bool close_finished(RespValue& value);
  Step broken(std::string_view what);
  void discard_consumed();

  RespLimits limits_;
  std::string buffer_;
  std::size_t position_ = 0;  // of the first byte not consumed
  std::size_t scanned_ = 0;   // no line ends before this
  std::optional<std::size_t> body_bytes_;
  RespType body_type_ = RespType::bulk;
  std::vector<Open> open_;
  std::size_t elements_ = 0;  // announced by the reply that is being read
  std::size_t reply_bytes_ = 0;
  std::string error_;
};

// A command under construction: an array of bulk strings.
class Command {
 public:
  template <typename... Args>
  explicit Command(const Args&... args) {
    (add(args), ...);
  }

  Command& add(std::string_view argument);
  Command& add(std::integral auto number) { return add(std::string_view(std::to_string(number))); }
  Command& add(const Command& arguments);  // all of them, behind one's own

  std::size_t size() const { return count_; }
  void append_to(std::string& out) const;

 private:
  std::size_t count_ = 0;
  std::string body_;
};

template <typename... Args>
void append_command(std::string& out, const Args&... args) {
  Command(args...).append_to(out);
}

}  // namespace rollcall::redis
