#include "websocket_fixture.hpp"

#include "transport/ws/frame.hpp"
#include "transport/ws/handshake.hpp"

#include <algorithm>
#include <array>

namespace rollcall::ws {
namespace {

constexpr std::array<std::uint8_t, 4> kKey{1, 2, 3, 4};
constexpr std::string_view kHandshake =
    "GET /socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

std::string names(const std::vector<core::UserId>& users) {
  std::string text;
  for (const core::UserId& user : users) text += " " + user.text();
  return text;
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<std::uint8_t>(byte);
  return number;
}

}  // namespace

void NotedRealtime::join(core::UserId user, core::Attachment attachment,
                         service::Reply<std::uint32_t> reply) {
  calls.push_back("join " + user.text());
  joined.push_back(attachment.ref);
  answers_joins ? reply(1) : waiting_joins.push_back(std::move(reply));
}

void NotedRealtime::leave(const core::UserId& user, core::ConnectionRef, core::Reason reason) {
  calls.push_back("leave " + user.text() + " " + std::string(name_of(reason)));
}

void NotedRealtime::pong(const core::UserId& user, core::ConnectionRef) {
  calls.push_back("pong " + user.text());
}

void NotedRealtime::set_away(const core::UserId& user, core::ConnectionRef, bool away) {
  calls.push_back("set_away " + user.text() + (away ? " true" : " false"));
}

void NotedRealtime::watch(
    std::vector<core::UserId> users, core::ConnectionRef,
    service::Reply<std::vector<std::pair<core::UserId, core::Status>>> reply) {
  calls.push_back("watch" + names(users));
  std::vector<std::pair<core::UserId, core::Status>> states;
  for (const core::UserId& user : users) states.emplace_back(user, core::Status::away);
  reply(std::move(states));
}

void NotedRealtime::unwatch(std::vector<core::UserId> users, core::ConnectionRef) {
  calls.push_back("unwatch" + names(users));
}

bool NotedRealtime::has(std::string_view call) const {
  return std::ranges::find(calls, call) != calls.end();
}

void SocketClient::send_frame(int first_byte, std::string payload) {
  std::string frame;
  append_frame_header(frame, Opcode::text, payload.size());
  frame[0] = static_cast<char>(first_byte);
  frame[1] = static_cast<char>(frame[1] | 0x80);
  frame.append(kKey.begin(), kKey.end());
  unmask(payload, kKey, 0);
  frame += payload;
  ASSERT_EQ(stream.send(frame), frame.size());
}

void SocketClient::send_close(std::uint16_t code) {
  send_frame(0x88, close_frame(code, {}).substr(2));
}

void SocketClient::parse() {
  const std::string& all = stream.received();
  if (parsed_ == 0) {
    const std::size_t end = all.find("\r\n\r\n");
    if (end == std::string::npos) return;
    parsed_ = end + 4;
  }
  while (true) {
    const std::string_view rest = std::string_view(all).substr(parsed_);
    if (rest.size() < 2) return;
    const auto length = static_cast<std::size_t>(rest[1]);
    const std::size_t extra = length == 127 ? 8 : length == 126 ? 2 : 0;
    if (rest.size() < 2 + extra) return;
    const std::size_t size = extra == 0 ? length : big_endian(rest.substr(2, extra));
    if (rest.size() < 2 + extra + size) return;
    const std::string payload(rest.substr(2 + extra, size));
    const auto opcode = static_cast<Opcode>(rest[0] & 0x0f);
    if (opcode == Opcode::text || opcode == Opcode::binary) messages_.push_back(payload);
    if (opcode == Opcode::ping) ++pings_;
    if (opcode == Opcode::close && size >= 2) {
      close_ = std::to_string(big_endian(payload.substr(0, 2)));
      if (size > 2) close_ += " " + payload.substr(2);
    }
    parsed_ += 2 + extra + size;
  }
}

const Calls& SocketClient::messages() {
  parse();
  return messages_;
}

std::size_t SocketClient::pings() {
  parse();
  return pings_;
}

std::string SocketClient::close() {
  parse();
  return close_;
}

WebSocketTest::WebSocketTest() {
  options_.node_name = "node-1";
  options_.ping = kPing;
  options_.pong_wait = kPongWait;
  sockets_ = std::make_unique<ws::Server>(loop_, poller_, options_, clock_, 0);
  sockets_->attach(realtime_, [this](std::string_view token) -> base::Result<auth::Identity> {
    if (token.starts_with("bad")) {
      return base::Error{base::Errc::unauthenticated, "invalid_token", "the token is not valid"};
    }
    return auth::Identity{core::UserId::parse(token).value(), clock_.now() + base::Millis(60'000),
                          auth::WatchGrant::everyone()};
  });
  start();
}

std::unique_ptr<SocketClient> WebSocketTest::connect(const std::string& user,
                                                     auth::WatchGrant watch,
                                                     std::optional<base::WallTime> expires_at,
                                                     int receive_buffer_bytes) {
  return open(receive_buffer_bytes, [&](http::Upgraded upgraded) {
    if (user.empty()) return sockets_->open_echo(std::move(upgraded));
    sockets_->open_user(std::move(upgraded),
                        {core::UserId::parse(user).value(), expires_at, std::move(watch)});
  });
}

std::unique_ptr<SocketClient> WebSocketTest::open(int receive_buffer_bytes,
                                                  http::UpgradeTaker taker) {
  auto client = std::make_unique<SocketClient>(port(), receive_buffer_bytes);
  client->stream.send(kHandshake);
  const std::size_t known = handler_.kept.size();
  EXPECT_TRUE(wait_for([&] { return handler_.kept.size() > known; }));
  http::Response answer;
  answer.status = 101;
  handler_.kept.back().upgrade(answer, std::move(taker));
  EXPECT_TRUE(wait_for_text(client->stream, "\r\n\r\n"));
  return client;
}

bool WebSocketTest::wait_for_close(SocketClient& client, std::string_view close) {
  return wait_for([&] { return !client.close().empty(); }) && client.close() == close;
}

bool WebSocketTest::wait_for_messages(SocketClient& client, std::size_t count) {
  return wait_for([&] { return client.messages().size() >= count; });
}

void WebSocketTest::stay_alive(SocketClient& client) {
  const std::size_t known = client.messages().size();
  client.send_frame(0x8a, "");
  client.send_text(R"({"type":"rollcall.ping"})");
  ASSERT_TRUE(wait_for_messages(client, known + 1));
}

bool WebSocketTest::wait_for_call(std::string_view call) {
  return wait_for([&] { return realtime_.has(call); });
}

bool WebSocketTest::wait_for_sockets(std::int64_t count) {
  return wait_for([&] { return sockets_->metrics().open.get() == count; });
}

}  // namespace rollcall::ws
