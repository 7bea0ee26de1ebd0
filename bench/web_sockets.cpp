#include "bench/web_sockets.hpp"

#include "bench/access_token.hpp"

#include <chrono>
#include <stdexcept>

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace rollcall::bench {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kMaxPartialBytes = 128 * 1024;
constexpr std::size_t kOpeningAtOnce = 256;
constexpr std::size_t kPortsPerAddress = 10'000;
constexpr std::chrono::hours kTokenLifetime{24};

// The key of RFC 6455's example, and the answer to it (section 1.3).
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAnswer = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

}  // namespace

std::string user_name(std::size_t user) {
  return fmt::format("user-{:06}", user);
}

std::string upgrade_request(const Target& target, std::size_t user) {
  const auto expiry = std::chrono::system_clock::now() + kTokenLifetime;
  const auto expires_at = std::chrono::floor<std::chrono::seconds>(expiry).time_since_epoch();
  return fmt::format(
      "GET {}?user_id={} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUser-Agent: ws_load\r\n"
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: {}\r\nAuthorization: Bearer {}\r\n\r\n",
      target.path, user_name(user), target.port, kKey,
      sign_token(target.secret, user_name(user), expires_at.count()));
}

std::size_t end_of_upgrade(std::string_view text) {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  if (!text.starts_with("HTTP/1.1 101 ") ||
      text.substr(0, end).find(kAnswer) == std::string_view::npos) {
    throw std::runtime_error(fmt::format("not an upgrade:\n{}", text));
  }
  return end + 4;
}

int connect_to(std::uint16_t port, std::size_t number) {
  const int fd = checked(::socket(AF_INET, SOCK_STREAM, 0), "socket");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const auto offset = static_cast<std::uint32_t>(number / kPortsPerAddress);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + offset);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  checked(::bind(fd, generic, sizeof address), "bind");
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  checked(::connect(fd, generic, sizeof address), "connect");
  return fd;
}

void send_whole(int fd, std::string_view bytes) {
  if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != std::ssize(bytes)) {
    throw std::runtime_error("the server does not take what is sent");
  }
}

std::string_view receive_some(int fd, std::vector<char>& input, std::string& partial) {
  if (input.empty()) input.resize(kReadBytes);
  const ssize_t received = ::recv(fd, input.data(), input.size(), MSG_DONTWAIT);
  if (received < 0 && errno == EAGAIN) return {};
  if (received <= 0) throw std::runtime_error("the server closed a connection");
  const std::string_view text(input.data(), static_cast<std::size_t>(received));
  if (partial.empty()) return text;
  if (partial.size() > kMaxPartialBytes) throw std::runtime_error("a message without an end");
  return partial.append(text);
}

WebSockets::WebSockets(const Target& target, std::size_t count, ReadySockets& ready)
    : ready_(ready), sockets_(count) {
  const auto on_message = [](std::size_t, std::string_view payload) {
    throw std::runtime_error(fmt::format("nobody sent this: {}", payload));
  };
  std::size_t started = 0;
  while (opened_ < count || (target.is_welcoming && welcomed_ < count)) {
    while (started < count && started < opened_ + kOpeningAtOnce) open(target, started++);
    ready_.wait([&](std::uint64_t tag) { receive(tag, on_message); });
  }
}

WebSockets::~WebSockets() {
  for (const Socket& socket : sockets_) ::close(socket.fd);
}

void WebSockets::open(const Target& target, std::size_t number) {
  Socket& socket = sockets_[number];
  socket.fd = connect_to(target.port, number);
  ready_.add(socket.fd, number);
  send_whole(socket.fd, upgrade_request(target, number));
}

void WebSockets::receive(std::size_t number, const OnMessage& on_message) {
  Socket& socket = sockets_[number];
  const std::string_view text = receive_some(socket.fd, input_, socket.partial);
  if (text.empty()) return;
  std::size_t used = 0;
  if (!socket.is_open) {
    used = end_of_upgrade(text);
    socket.is_open = used > 0;
    if (socket.is_open) ++opened_;
  }
  while (socket.is_open) {
    const auto head = find_frame(text.substr(used));
    if (!head) break;
    take(number, head->opcode, text.substr(used + head->size, head->payload_size), on_message);
    used += head->frame_size();
  }
  if (used == text.size()) {
    socket.partial.clear();
  } else {
    socket.partial = std::string(text.substr(used));
  }
}

void WebSockets::take(std::size_t socket, Opcode opcode, std::string_view payload,
                      const OnMessage& on_message) {
  constexpr std::string_view kOwn = R"({"type":"rollcall.)";
  constexpr std::string_view kWelcome = R"({"type":"rollcall.welcome")";
  if (opcode == Opcode::close) throw std::runtime_error("the server closed a WebSocket");
  if (opcode == Opcode::ping) return send(socket, masked_frame(Opcode::pong, payload));
  if (!payload.starts_with(kOwn)) return on_message(socket, payload);
  if (payload.starts_with(kWelcome)) ++welcomed_;
}

}  // namespace rollcall::bench
