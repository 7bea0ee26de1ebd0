#include "transport/ws/handshake.hpp"

#include "transport/auth/digest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include <openssl/evp.h>

namespace rollcall::ws {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kKeyCharacters = 24;  // 16 bytes in base64
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool names(const http::Request& request, std::string_view header, std::string_view token) {
  return std::ranges::any_of(request.list(header), [&](std::string_view value) {
    return http::equal_ignoring_case(value, token);
  });
}

std::ptrdiff_t count(const http::Request& request, std::string_view name) {
  return std::ranges::count_if(request.headers, [&](const http::Header& header) {
    return http::equal_ignoring_case(header.name, name);
  });
}

// 22 characters of data, of which the last holds two bits, and the padding.
bool is_key(std::string_view key) {
  if (key.size() != kKeyCharacters || !key.ends_with("==")) return false;
  key.remove_suffix(2);
  const bool is_base64 = key.find_first_not_of(kBase64) == std::string_view::npos;
  return is_base64 && kBase64.find(key.back()) % 16 == 0;
}

http::Response refusal(int status, std::string_view code, std::string_view message) {
  http::Response response = http::error_response(status, code, message);
  if (status == 426) {
    response.fields +=
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
  }
  return response;
}

}  // namespace

std::string accept_token(std::string_view key) {
  std::string text(key);
  text += kGuid;
  const std::array<unsigned char, 20> digest = auth::sha1(text);
  std::array<unsigned char, 29> encoded{};  // 28 characters, and the NUL that OpenSSL adds
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), digest.size());
  return {encoded.begin(), encoded.begin() + size};
}

http::Response answer_handshake(const http::Request& request) {
  if (request.method != http::Method::get || request.minor_version < 1) {
    return refusal(400, "bad_handshake", "a WebSocket opens with an HTTP/1.1 GET");
  }
  if (!names(request, "Upgrade", "websocket") || !names(request, "Connection", "upgrade")) {
    return refusal(426, "upgrade_required", "this path speaks WebSocket only");
  }
  if (count(request, "Sec-WebSocket-Version") != 1 ||
      request.header("Sec-WebSocket-Version") != "13") {
    return refusal(426, "unsupported_version", "the WebSocket version must be 13");
  }
  if (count(request, "Sec-WebSocket-Key") != 1 || !is_key(request.header("Sec-WebSocket-Key"))) {
    return refusal(400, "bad_handshake", "Sec-WebSocket-Key must be 16 bytes in base64");
  }
  if (!request.body.empty()) {
    return refusal(400, "bad_handshake", "an opening handshake has no body");
  }
  http::Response response;
  response.status = 101;
  response.fields = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                    accept_token(request.header("Sec-WebSocket-Key")) + "\r\n";
  const auto offered = request.list("Sec-WebSocket-Protocol");
  if (std::ranges::find(offered, kSubprotocol) != offered.end()) {
    response.fields += "Sec-WebSocket-Protocol: ";
    response.fields += kSubprotocol;
    response.fields += "\r\n";
  }
  return response;
}

}  // namespace rollcall::ws
