#include "adapters/redis/cursor.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace rollcall::redis {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr char kSeparator = ':';
constexpr std::size_t kMaxCursorBytes = 64 * 1024;

std::string encode_base64url(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) text += kAlphabet[(bits >> (held - 6)) & 63U];
  }
  if (held > 0) text += kAlphabet[(bits << (6 - held)) & 63U];
  return text;
}

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes += static_cast<char>((bits >> held) & 255U);
    }
  }
  return bytes;
}

std::optional<std::string_view> take_field(std::string_view& rest) {
  const std::size_t end = rest.find(kSeparator);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return field;
}

bool is_listing(std::string_view text) {
  return text.size() == ListCursor::kListingBytes &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_score(std::string_view text) {
  double score = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), score);
  return error == std::errc{} && end == text.data() + text.size() && !std::isnan(score);
}

}  // namespace

std::string encode_cursor(const ListCursor& cursor) {
  std::string plain = cursor.listing;
  plain += kSeparator;
  plain += std::to_string(cursor.page);
  plain += kSeparator;
  plain += cursor.score;
  plain += kSeparator;
  plain += cursor.member;
  return encode_base64url(plain);
}

base::Result<ListCursor> decode_cursor(std::string_view text) {
  if (text.size() > kMaxCursorBytes) return invalid_cursor();
  const auto plain = decode_base64url(text);
  if (!plain) return invalid_cursor();
  std::string_view rest = *plain;
  const auto listing = take_field(rest);
  const auto page = take_field(rest);
  const auto score = take_field(rest);
  if (!listing || !page || !score || !is_listing(*listing) || !is_score(*score)) {
    return invalid_cursor();
  }
  ListCursor cursor{std::string(*listing), 0, std::string(*score), std::string(rest)};
  const char* const end = page->data() + page->size();
  const auto [stop, error] = std::from_chars(page->data(), end, cursor.page);
  const bool whole = error == std::errc{} && stop == end && cursor.page > 0;
  if (!whole || encode_cursor(cursor) != text) return invalid_cursor();
  return cursor;
}

base::Error invalid_cursor() {
  return {base::Errc::invalid_argument, "invalid_cursor",
          "the cursor is not of this listing, or too old: begin anew"};
}

}  // namespace rollcall::redis
