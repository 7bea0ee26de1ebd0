#pragma once

#include "transport/http/request.hpp"
#include "transport/http/response.hpp"

#include <string>
#include <string_view>

namespace rollcall::ws {

// The subprotocol that rollcall speaks, when a client offers it.
constexpr std::string_view kSubprotocol = "rollcall.v1";

// The answer to an opening handshake (RFC 6455, 4.2): a 101, or what is wrong with it. A client
// that asks for no upgrade, or for another version, gets a 426. No extension is negotiated.
http::Response answer_handshake(const http::Request& request);

// Sec-WebSocket-Accept, for a key.
std::string accept_token(std::string_view key);

}  // namespace rollcall::ws
