#pragma once

#include "base/result.hpp"
#include "transport/http/chunked_body.hpp"
#include "transport/http/limits.hpp"
#include "transport/http/request.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::http {

// Turns the bytes of a connection into one request, strictly: what RFC 9112 allows a server to
// refuse because proxies read it differently (request smuggling) is refused. Feed it until it is
// complete or has failed; it takes no byte beyond its request.
class RequestParser {
 public:
  static constexpr std::size_t kMaxHeaders = 64;

  explicit RequestParser(const Limits& limits) : limits_(limits) {}
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Makes it ready for the next request; keeps its buffers.
  void reset();

  // Returns how many bytes it took: all of them unless the request ends before, or fails.
  std::size_t feed(std::string_view bytes);

  bool complete() const { return phase_ == Phase::complete; }
  bool in_body() const { return phase_ == Phase::body; }
  bool has_begun() const { return !head_.empty(); }
  bool wants_continue() const;  // the client waits for "100 Continue" before it sends the body

  // Why the request is refused: an HTTP status and the error body's code and message.
  struct Failure {
    int status;
    std::string_view code;
    std::string_view message;
  };
  const std::optional<Failure>& failure() const { return failure_; }

  const Request& request() const { return request_; }  // when complete

 private:
  enum class Phase { head, body, complete, failed };

  std::size_t skip_empty_line(std::string_view bytes);
  std::size_t feed_head(std::string_view bytes);
  void parse_head();
  void check_fields();
  void begin_body();
  std::size_t feed_body(std::string_view bytes);
  void fail(int status, std::string_view code, std::string_view message);
  void finish();

  const Limits& limits_;
  Phase phase_ = Phase::head;
  std::string head_;
  std::string body_;
  std::size_t skipped_ = 0;          // of the empty line before the request line
  std::size_t body_bytes_left_ = 0;  // of a body with a Content-Length
  std::optional<ChunkedBody> chunks_;
  Request request_;
  std::optional<Failure> failure_;
};

}  // namespace rollcall::http
