#include "transport/ws/frame_reader.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::ws {
namespace {

constexpr std::uint8_t kReservedBits = 0x70;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kLengthBits = 0x7f;
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;
constexpr std::size_t kOpening = 2;  // bytes that hold the opcode and the short length
constexpr std::size_t kKeyBytes = 4;
constexpr std::uint64_t kLargest16 = 0xffff;
constexpr std::uint64_t kLargest64 = 0x7fff'ffff'ffff'ffff;

std::string_view view(std::span<const char> bytes) {
  return {bytes.data(), bytes.size()};
}

bool is_known(Opcode opcode) {
  return opcode <= Opcode::binary || (opcode >= Opcode::close && opcode <= Opcode::pong);
}

std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

}  // namespace

FrameReader::Event FrameReader::next(std::span<char>& bytes, std::size_t max_message) {
  if (std::exchange(given_, false)) {
    message_ == Opcode::continuation ? parts_.reset() : parts_->control.clear();
  }
  while (!failed_) {
    if (!in_payload_) {
      const Event refusal = read_header(bytes, max_message);
      if (!in_payload_) return refusal;
    }
    const Event event = is_control(opcode()) ? read_control(bytes) : read_data(bytes);
    if (event.kind != Kind::need_more || in_payload_) return event;
  }
  bytes = {};
  return {};
}

// Between the opening and the mask's key.
std::size_t FrameReader::length_bytes() const {
  const std::uint8_t length = header_[1] & kLengthBits;
  if (length == kLength64) return 8;
  return length == kLength16 ? 2 : 0;
}

bool FrameReader::opening_is_valid() const {
  const bool masked = (header_[1] & kMasked) != 0;
  if (!masked || (header_[0] & kReservedBits) != 0 || !is_known(opcode())) return false;
  if (is_control(opcode())) {
    return is_final() && (header_[1] & kLengthBits) <= kMaxControlPayload;
  }
  const bool continues = opcode() == Opcode::continuation;
  return continues == (message_ != Opcode::continuation);
}

FrameReader::Event FrameReader::read_header(std::span<char>& bytes, std::size_t max_message) {
  std::size_t size = header_size_ < kOpening ? kOpening : kOpening + length_bytes() + kKeyBytes;
  while (header_size_ < size) {
    if (bytes.empty()) return {};
    const std::size_t part = std::min(size - header_size_, bytes.size());
    std::copy_n(bytes.begin(), part, header_.begin() + header_size_);
    header_size_ = static_cast<std::uint8_t>(header_size_ + part);
    bytes = bytes.subspan(part);
    if (header_size_ != kOpening) continue;
    if (!opening_is_valid()) return fail(CloseCode::protocol_error);
    size = kOpening + length_bytes() + kKeyBytes;
  }
  const std::size_t extra = length_bytes();
  left_ = extra == 0 ? header_[1] & kLengthBits
                     : big_endian(std::span(header_).subspan(kOpening, extra));
  const bool is_shortest = extra == 0 || left_ > (extra == 2 ? kLength16 - 1 : kLargest16);
  if (!is_shortest || left_ > kLargest64) return fail(CloseCode::protocol_error);
  const std::size_t known = parts_ ? parts_->message.size() : 0;
  if (!is_control(opcode()) && left_ > max_message - known) return fail(CloseCode::too_big);
  header_size_ = 0;
  offset_ = 0;
  in_payload_ = true;
  if (opcode() == Opcode::text || opcode() == Opcode::binary) message_ = opcode();
  return {};
}

// What is there of the frame's payload, unmasked.
std::span<char> FrameReader::take_part(std::span<char>& bytes) {
  const std::span<char> part = bytes.first(std::min<std::uint64_t>(left_, bytes.size()));
  bytes = bytes.subspan(part.size());
  const auto key = std::span(header_).subspan(kOpening + length_bytes()).first<kKeyBytes>();
  unmask(part, key, offset_);
  offset_ = static_cast<std::uint8_t>((offset_ + part.size()) % kKeyBytes);
  left_ -= part.size();
  in_payload_ = left_ > 0;
  return part;
}

FrameReader::Event FrameReader::read_control(std::span<char>& bytes) {
  std::string_view payload = view(take_part(bytes));
  if (in_payload_ || (parts_ && !parts_->control.empty())) {
    payload = parts().control.append(payload);
    if (in_payload_) return {};
  }
  given_ = parts_ != nullptr;
  if (opcode() == Opcode::close) return read_close(payload);
  return {opcode() == Opcode::ping ? Kind::ping : Kind::pong, payload, 0};
}

FrameReader::Event FrameReader::read_data(std::span<char>& bytes) {
  const bool is_text = message_ == Opcode::text;
  std::string_view payload = view(take_part(bytes));
  if (is_text && !utf8_.feed(payload)) return fail(CloseCode::invalid_payload);
  const bool is_last = !in_payload_ && is_final();
  const bool is_first = !parts_ || parts_->message.empty();
  if (!payload.empty() && !(is_first && is_last)) parts().message.append(payload);
  if (!is_last) return {};
  if (is_text && !utf8_.at_boundary()) return fail(CloseCode::invalid_payload);
  if (parts_ && !parts_->message.empty()) payload = parts_->message;
  message_ = Opcode::continuation;
  given_ = parts_ != nullptr;
  return {is_text ? Kind::text : Kind::binary, payload, 0};
}

FrameReader::Event FrameReader::read_close(std::string_view payload) {
  if (payload.empty()) return {Kind::close, {}, 0};
  if (payload.size() == 1) return fail(CloseCode::protocol_error);
  const auto high = static_cast<std::uint8_t>(payload[0]);
  const auto low = static_cast<std::uint8_t>(payload[1]);
  const auto code = static_cast<std::uint16_t>(high << 8 | low);
  if (!may_be_sent(code)) return fail(CloseCode::protocol_error);
  const std::string_view reason = payload.substr(2);
  if (!core::is_valid_utf8(reason)) return fail(CloseCode::invalid_payload);
  return {Kind::close, reason, code};
}

FrameReader::Event FrameReader::fail(CloseCode code) {
  failed_ = true;
  given_ = false;
  parts_.reset();
  return {Kind::failure, {}, static_cast<std::uint16_t>(code)};
}

bool FrameReader::is_idle() const {
  return header_size_ == 0 && !in_payload_ && message_ == Opcode::continuation && !failed_;
}

FrameReader::Parts& FrameReader::parts() {
  if (!parts_) parts_ = std::make_unique<Parts>();
  return *parts_;
}

std::string FrameReader::take(const Event& message) {
  if (parts_ && message.payload.data() == parts_->message.data()) {
    return std::exchange(parts_->message, {});
  }
  return std::string(message.payload);
}

}  // namespace rollcall::ws
