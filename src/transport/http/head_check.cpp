#include "transport/http/head_check.hpp"

#include <cstddef>

namespace rollcall::http {

std::string_view field_line_error(std::string_view line) {
  if (line.empty()) return {};
  if (line.front() == ' ' || line.front() == '\t') return "obsolete line folding is refused";
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return "a header line has no colon";
  if (colon == 0) return "a header has no name";
  const char before = line[colon - 1];
  if (before == ' ' || before == '\t') return "white space before a header's colon is refused";
  return {};
}

std::string_view head_structure_error(std::string_view head) {
  if (head.find('\0') != std::string_view::npos) return "a NUL byte stands in the headers";
  bool is_request_line = true;
  while (!head.empty()) {
    const std::size_t end = head.find('\r');
    if (end == std::string_view::npos) return "the last line has no end";
    const std::string_view line = head.substr(0, end);
    if (head.substr(end, 2) != "\r\n" || line.find('\n') != std::string_view::npos) {
      return "a line must end in CR LF";
    }
    if (!is_request_line) {
      if (const auto error = field_line_error(line); !error.empty()) return error;
    }
    is_request_line = false;
    head.remove_prefix(end + 2);
  }
  return {};
}

}  // namespace rollcall::http
