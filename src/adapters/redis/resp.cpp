#include "adapters/redis/resp.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace rollcall::redis {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
// Elements are reserved for no further than this ahead: a count is only a claim.
constexpr std::size_t kMaxReserved = 1024;
// Consumed bytes are dropped from the buffer once so many have gathered.
constexpr std::size_t kDiscardBytes = 16 * 1024;
constexpr std::size_t kVerbatimMarkBytes = 4;

template <typename T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-';
  return parse_number<std::int64_t>(plus ? text.substr(1) : text);
}

std::optional<double> parse_floating(std::string_view text) {
  if (text == "inf" || text == "+inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  return parse_number<double>(text);
}

bool is_big_number(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool RespValue::is_text() const {
  return type == RespType::bulk || type == RespType::simple || type == RespType::verbatim;
}

void RespParser::feed(std::string_view bytes) {
  discard_consumed();
  buffer_ += bytes;
}

void RespParser::discard_consumed() {
  if (position_ < kDiscardBytes && position_ < buffer_.size()) return;
  buffer_.erase(0, position_);
  scanned_ -= std::min(scanned_, position_);
  position_ = 0;
}

base::Result<std::optional<RespValue>> RespParser::next() {
  while (error_.empty()) {
    RespValue value;
    const Step step = read_piece(value);
    if (step == Step::need_more) return std::optional<RespValue>();
    if (step == Step::broken) break;
    if (step == Step::value && close_finished(value)) {
      elements_ = 0;
      reply_bytes_ = 0;
      return std::optional<RespValue>(std::move(value));
    }
  }
  return base::Error{base::Errc::unavailable, "redis_protocol", error_};
}

RespParser::Step RespParser::read_piece(RespValue& value) {
  if (body_bytes_) return read_body(value);
  const std::size_t from = std::max(position_, scanned_);
  const std::size_t end = buffer_.find(kLineEnd, from);
  const bool whole = end != std::string::npos;
  // A last '\r' may be the first half of a line end.
  const std::size_t known = buffer_.size() - (buffer_.ends_with('\r') ? 1 : 0);
  const std::size_t length = std::max(whole ? end : known, position_) - position_;
  if (length > limits_.line_bytes) return broken("a line is too long");
  if (!whole) {
    scanned_ = std::max(position_, known);
    return Step::need_more;
  }
  const std::string_view line(buffer_.data() + position_, length);
  position_ = end + kLineEnd.size();
  reply_bytes_ += length + kLineEnd.size();
  if (reply_bytes_ > limits_.reply_bytes) return broken("a reply is too large");
  return read_line(line, value);
}

RespParser::Step RespParser::read_body(RespValue& value) {
  const std::size_t size = *body_bytes_;
  if (buffer_.size() - position_ < size + kLineEnd.size()) return Step::need_more;
  std::string_view body(buffer_.data() + position_, size);
  if (buffer_.compare(position_ + size, kLineEnd.size(), kLineEnd) != 0) {
    return broken("a string is longer than its length says");
  }
  position_ += size + kLineEnd.size();
  body_bytes_.reset();
  if (body_type_ == RespType::verbatim) {
    if (size < kVerbatimMarkBytes || body[kVerbatimMarkBytes - 1] != ':') {
      return broken("a verbatim string has no format");
    }
    body.remove_prefix(kVerbatimMarkBytes);
  }
  value.type = body_type_;
  value.text = body;
  return Step::value;
}

RespParser::Step RespParser::read_line(std::string_view line, RespValue& value) {
  if (line.empty()) return broken("a line is empty");
  const char mark = line[0];
  const std::string_view rest = line.substr(1);
  switch (mark) {
    case '$':
      return begin_body(RespType::bulk, rest, value);
    case '!':
      return begin_body(RespType::error, rest, value);
    case '=':
      return begin_body(RespType::verbatim, rest, value);
    case '*':
    case '%':
    case '~':
    case '>':
    case '|':
      return begin_aggregate(mark, rest, value);
    default:
      return read_scalar(mark, rest, value);
  }
}

RespParser::Step RespParser::read_scalar(char mark, std::string_view rest, RespValue& value) {
  if (mark == '+' || mark == '-') {
    value.type = mark == '+' ? RespType::simple : RespType::error;
    value.text = rest;
    return Step::value;
  }
  if (mark == ':') {
    const auto number = parse_integer(rest);
    if (!number) return broken("an integer is none");
    value.type = RespType::integer;
    value.integer = *number;
    return Step::value;
  }
  if (mark == ',') {
    const auto number = parse_floating(rest);
    if (!number) return broken("a double is none");
    value.type = RespType::floating;
    value.floating = *number;
    return Step::value;
  }
  if (mark == '#' && (rest == "t" || rest == "f")) {
    value.type = RespType::boolean;
    value.integer = rest == "t" ? 1 : 0;
    return Step::value;
  }
  if (mark == '(' && is_big_number(rest)) {
    value.type = RespType::big_number;
    value.text = rest;
    return Step::value;
  }
  if (mark == '_' && rest.empty()) return Step::value;
  return broken("a value is of no known type");
}

RespParser::Step RespParser::begin_body(RespType type, std::string_view rest, RespValue& value) {
  const auto size = parse_integer(rest);
  if (size == -1 && type == RespType::bulk) {
    value.type = RespType::null;
    return Step::value;
  }
  if (!size || *size < 0) return broken("the length of a string is none");
  const auto bytes = static_cast<std::size_t>(*size);
  if (bytes > limits_.bulk_bytes) return broken("a string is too long");
  reply_bytes_ += bytes;
  if (reply_bytes_ > limits_.reply_bytes) return broken("a reply is too large");
  body_type_ = type;
  body_bytes_ = bytes;
  return Step::opened;
}

RespParser::Step RespParser::begin_aggregate(char mark, std::string_view rest, RespValue& value) {
  const auto announced = parse_integer(rest);
  if (announced == -1 && mark == '*') {
    value.type = RespType::null;
    return Step::value;
  }
  if (!announced || *announced < 0) return broken("the size of an aggregate is none");
  if (static_cast<std::uint64_t>(*announced) > limits_.elements) {
    return broken("a reply has too many elements");
  }
  const bool pairs = mark == '%' || mark == '|';
  const std::size_t count = static_cast<std::size_t>(*announced) * (pairs ? 2 : 1);
  elements_ += count;
  if (elements_ > limits_.elements) return broken("a reply has too many elements");
  if (open_.size() >= limits_.depth) return broken("a reply is nested too deeply");
  Open opened;
  opened.missing = count;
  opened.skipped = mark == '|';
  opened.value.type = mark == '*'   ? RespType::array
                      : mark == '~' ? RespType::set
                      : mark == '>' ? RespType::push
                                    : RespType::map;
  if (count == 0) {
    value = std::move(opened.value);
    return opened.skipped ? Step::opened : Step::value;
  }
  opened.value.elements.reserve(std::min(count, kMaxReserved));
  open_.push_back(std::move(opened));
  return Step::opened;
}

// Puts a value where it belongs; true when that completes a reply, which is `value` then.
bool RespParser::close_finished(RespValue& value) {
  while (!open_.empty()) {
    Open& parent = open_.back();
    parent.value.elements.push_back(std::move(value));
    if (--parent.missing > 0) return false;
    const bool skipped = parent.skipped;
    value = std::move(parent.value);
    open_.pop_back();
    if (skipped) return false;
  }
  return true;
}

RespParser::Step RespParser::broken(std::string_view what) {
  error_ = "what Redis sent is not RESP: ";
  error_ += what;
  buffer_.clear();
  return Step::broken;
}

Command& Command::add(std::string_view argument) {
  body_ += '$';
  body_ += std::to_string(argument.size());
  body_ += kLineEnd;
  body_ += argument;
  body_ += kLineEnd;
  ++count_;
  return *this;
}

Command& Command::add(const Command& arguments) {
  body_ += arguments.body_;
  count_ += arguments.count_;
  return *this;
}

void Command::append_to(std::string& out) const {
  out += '*';
  out += std::to_string(count_);
  out += kLineEnd;
  out += body_;
}

}  // namespace rollcall::redis
