#include "transport/http/chunked_body.hpp"

#include "transport/http/head_check.hpp"

#include <algorithm>

namespace rollcall::http {
namespace {

constexpr std::size_t kNoDigit = 16;

std::size_t hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::size_t>(c - '0');
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? static_cast<std::size_t>(lower - 'a' + 10) : kNoDigit;
}

bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

std::size_t ChunkedBody::feed(std::string_view bytes, std::string& body) {
  std::size_t taken = 0;
  while (taken < bytes.size() && state_ == State::reading) {
    if (expect_ != Expect::data) {
      take(bytes[taken++]);
      continue;
    }
    const std::string_view data = bytes.substr(taken, size_);
    body += data;
    taken += data.size();
    size_ -= data.size();
    if (size_ == 0) expect_ = Expect::data_cr;
  }
  return taken;
}

void ChunkedBody::take(char c) {
  switch (expect_) {
    case Expect::first_digit:
    case Expect::size:
    case Expect::space:
    case Expect::extension:
      return take_size(c);
    case Expect::size_lf:
      expect(c, '\n', Expect::data);
      return end_size_line();
    case Expect::data:
      return;
    case Expect::data_cr:
      return expect(c, '\r', Expect::data_lf);
    case Expect::data_lf:
      return expect(c, '\n', Expect::first_digit);
    case Expect::trailer:
      return take_trailer(c);
    case Expect::trailer_lf:
      expect(c, '\n', Expect::trailer);
      return end_trailer_line();
  }
}

void ChunkedBody::take_size(char c) {
  const bool in_size = expect_ == Expect::first_digit || expect_ == Expect::size;
  const std::size_t digit = in_size ? hex_digit(c) : kNoDigit;
  if (++line_bytes_ > kMaxSizeLineBytes) {
    state_ = State::malformed;
  } else if (digit != kNoDigit) {
    expect_ = Expect::size;
    if (size_ > max_bytes_ / 16 || size_ * 16 + digit > max_bytes_) {
      state_ = State::too_large;
    } else {
      size_ = size_ * 16 + digit;
    }
  } else if (expect_ == Expect::first_digit) {
    state_ = State::malformed;
  } else if (c == '\r' && expect_ != Expect::space) {
    expect_ = Expect::size_lf;
  } else if (expect_ == Expect::extension) {
    if (!is_text(c)) state_ = State::malformed;
  } else if (c == ';') {
    expect_ = Expect::extension;
  } else {
    expect(c, c == '\t' ? '\t' : ' ', Expect::space);
  }
}

void ChunkedBody::end_size_line() {
  line_bytes_ = 0;
  max_bytes_ -= size_;
  if (size_ == 0) expect_ = Expect::trailer;
}

void ChunkedBody::take_trailer(char c) {
  if (++line_bytes_ > kMaxTrailerBytes) {
    state_ = State::malformed;
  } else if (c == '\r') {
    expect_ = Expect::trailer_lf;
  } else if (is_text(c)) {
    line_ += c;
  } else {
    state_ = State::malformed;
  }
}

void ChunkedBody::end_trailer_line() {
  if (state_ != State::reading) return;
  if (line_.empty()) {
    state_ = State::complete;
  } else if (!field_line_error(line_).empty()) {
    state_ = State::malformed;
  }
  line_.clear();
}

void ChunkedBody::expect(char c, char wanted, Expect next) {
  expect_ = next;
  if (c != wanted) state_ = State::malformed;
}

}  // namespace rollcall::http
