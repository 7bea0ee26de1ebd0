#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string_view>

#include <strings.h>

namespace rollcall::bench {

// Where an HTTP/1.1 message's body begins, and its length in bytes by Content-Length (0 without).
struct HttpHead {
  std::size_t size = 0;
  std::size_t body_size = 0;

  std::size_t message_size() const { return size + body_size; }
};

constexpr std::size_t kMaxBodyBytes = 64 * 1024;

inline std::size_t parse_content_length(std::string_view value) {
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (error != std::errc() || end != value.data() + value.size() || length > kMaxBodyBytes) {
    throw std::runtime_error("bad Content-Length");
  }
  return length;
}

// The head of the message at the start of `text`; nothing while its empty line has not arrived.
// One pass that looks only for what framing needs: a yardstick has to be cheap.
inline std::optional<HttpHead> find_head(std::string_view text) {
  constexpr std::string_view kName = "content-length:";
  HttpHead head;
  for (;;) {
    const std::size_t line_size = text.substr(head.size).find("\r\n");
    if (line_size == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(head.size, line_size);
    head.size += line_size + 2;
    if (line.empty()) return head;
    if (line.size() > kName.size() &&
        ::strncasecmp(line.data(), kName.data(), kName.size()) == 0) {
      head.body_size = parse_content_length(line.substr(kName.size()));
    }
  }
}

}  // namespace rollcall::bench
