#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace rollcall::core {

enum class Payload : std::uint8_t { text, binary };

// What a connection is sent, byte for byte as the publisher gave it. One is shared by all the
// connections that it goes to, on every shard. `text` is valid UTF-8.
struct Message {
  Payload payload = Payload::text;
  std::string bytes;
};
using MessagePtr = std::shared_ptr<const Message>;

inline MessagePtr make_text(std::string bytes) {
  return std::make_shared<const Message>(Message{Payload::text, std::move(bytes)});
}

}  // namespace rollcall::core
