#include "app/config/quote.hpp"

#include "core/utf8.hpp"

#include <iterator>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

constexpr std::string_view kHidden = "***";

// Up to `limit` bytes, never ending inside a character.
std::string_view prefix(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  const auto inside = [&] { return (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80; };
  while (limit > 0 && inside()) --limit;
  return text.substr(0, limit);
}

std::string escaped_bytes(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    }
  }
  return out;
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xc2 && core::has_control_characters(text.substr(i, 2));
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[i];
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else if (c1) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(text[++i]));
    } else {
      out += text[i];
    }
  }
  out += '"';
  return out;
}

std::string excerpt(std::string_view text) {
  if (!core::is_valid_utf8(text))
    return '"' + escaped_bytes(text.substr(0, kMaxExcerptBytes)) + '"';
  const std::string_view shown = prefix(text, kMaxExcerptBytes);
  return quoted(shown) + (shown.size() < text.size() ? "..." : "");
}

std::string without_password(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  std::string out(url);
  // A password may hold unescaped delimiters: up to the last "@", rather too much than too little.
  const std::size_t at = out.rfind('@');
  const std::size_t colon = out.find(':', start);
  if (at != std::string::npos && colon < at) out.replace(colon + 1, at - colon - 1, kHidden);
  const std::size_t query = out.find('?');
  if (query != std::string::npos && out.find("pass", query) != std::string::npos) {
    out.replace(query + 1, std::string::npos, kHidden);
  }
  return out;
}

bool hides_password(std::string_view url) {
  return without_password(url) != url;
}

}  // namespace rollcall::app
