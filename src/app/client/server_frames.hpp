#pragma once

#include "transport/ws/frame.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::app {

// The client's side of WebSockets, for commands: as much as a server of rollcall's sends.
struct ServerFrame {
  ws::Opcode opcode = ws::Opcode::text;
  std::string_view payload;
  std::size_t size = 0;  // with its header
};

// The frame at the front; nothing while it has not arrived whole.
std::optional<ServerFrame> first_frame(std::string_view bytes);

// A whole frame as a client sends it, masked.
std::string client_frame(ws::Opcode opcode, std::string_view payload);

}  // namespace rollcall::app
