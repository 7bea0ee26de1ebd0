#include "transport/http/request.hpp"

#include <algorithm>
#include <ranges>

namespace rollcall::http {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view Request::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return {};
}

bool Request::has_header(std::string_view name) const {
  return std::ranges::any_of(
      headers, [&](const Header& header) { return equal_ignoring_case(header.name, name); });
}

std::vector<std::string_view> Request::list(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Header& header : headers) {
    if (!equal_ignoring_case(header.name, name)) continue;
    for (const auto part : std::views::split(header.value, ',')) {
      values.push_back(trim({part.begin(), part.end()}));
    }
  }
  return values;
}

}  // namespace rollcall::http
