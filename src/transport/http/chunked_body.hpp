#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rollcall::http {

// Takes the chunked coding apart (RFC 9112, 7.1), byte for byte, so that it does not matter how
// the stream is cut. Strict: every line ends in CR LF, and lines are bounded. Extensions and
// trailers are read over: nobody may rely on them.
class ChunkedBody {
 public:
  static constexpr std::size_t kMaxSizeLineBytes = 256;
  static constexpr std::size_t kMaxTrailerBytes = 8 * 1024;

  enum class State { reading, complete, malformed, too_large };

  explicit ChunkedBody(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Appends what `bytes` hold of the content to `body`. Returns how many bytes it took: all of
  // them unless the coding ends before, or fails.
  std::size_t feed(std::string_view bytes, std::string& body);

  State state() const { return state_; }

 private:
  enum class Expect {
    first_digit,
    size,
    space,  // before a semicolon
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,
    trailer_lf,
  };

  void take(char c);
  void take_size(char c);
  void take_trailer(char c);
  void end_size_line();
  void end_trailer_line();
  void expect(char c, char wanted, Expect next);

  std::size_t max_bytes_;  // that the body may still grow by
  std::size_t size_ = 0;   // of the chunk's data that is still to come
  std::size_t line_bytes_ = 0;
  std::string line_;  // a trailer
  State state_ = State::reading;
  Expect expect_ = Expect::first_digit;
};

}  // namespace rollcall::http
