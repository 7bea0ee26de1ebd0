#include "core/utf8.hpp"
#include "transport/ws/frame_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace rollcall::ws;
using Kind = FrameReader::Kind;

constexpr std::size_t kChoices = 2;  // bytes of the input that choose the cuts and the limit

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const FrameReader::Event& event, std::size_t limit) {
  switch (event.kind) {
    case Kind::text:
      require(rollcall::core::is_valid_utf8(event.payload));
      [[fallthrough]];
    case Kind::binary:
      require(event.payload.size() <= limit);
      return;
    case Kind::ping:
    case Kind::pong:
      require(event.payload.size() <= kMaxControlPayload);
      return;
    case Kind::close:
      require(event.code == 0 || may_be_sent(event.code));
      require(rollcall::core::is_valid_utf8(event.payload));
      return;
    case Kind::failure:
      require(event.code == 1002 || event.code == 1007 || event.code == 1009);
      return;
    case Kind::need_more:
      return;
  }
}

// What becomes of a stream that comes in pieces of this size.
std::string outcome(std::string_view stream, std::size_t piece_size, std::size_t limit) {
  std::string text;
  FrameReader reader;
  while (!stream.empty()) {
    std::string piece(stream.substr(0, piece_size));
    stream.remove_prefix(piece.size());
    std::span<char> bytes(piece);
    for (auto event = reader.next(bytes, limit); event.kind != Kind::need_more;
         event = reader.next(bytes, limit)) {
      check(event, limit);
      text += std::to_string(static_cast<int>(event.kind)) + ":" + std::to_string(event.code);
      const bool is_message = event.kind == Kind::text || event.kind == Kind::binary;
      text += is_message ? reader.take(event) : std::string(event.payload);
      text += '\n';
    }
    require(bytes.empty());
  }
  return text;
}

}  // namespace

// How a stream is cut must not matter.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kChoices) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + kChoices, size - kChoices);
  const std::size_t limit = 4 * std::size_t{data[1]};
  const std::string whole = outcome(stream, stream.size(), limit);
  require(outcome(stream, 1, limit) == whole);
  require(outcome(stream, 1 + data[0] % 31U, limit) == whole);
  return 0;
}
