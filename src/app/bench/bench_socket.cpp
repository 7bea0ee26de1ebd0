#include "app/bench/bench_socket.hpp"

#include "app/client/server_frames.hpp"

#include <utility>

#include <fmt/format.h>

namespace rollcall::bench {

using boost::system::error_code;

namespace {

constexpr std::string_view kOwn = R"({"type":"rollcall.)";
constexpr std::string_view kWelcome = R"({"type":"rollcall.welcome")";
constexpr std::string_view kNormal = "\x03\xe8";  // 1000
constexpr std::size_t kMostPartial = 16 * 1024 * 1024;

std::string upgrade_request(const Net& net, const std::string& user, const std::string& token) {
  return fmt::format(
      "GET /api/v1/realtime/ws{}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: rollcall-bench/{}\r\n"
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
      token.empty() ? "?user_id=" : "", token.empty() ? user : std::string(), net.target.authority,
      ROLLCALL_VERSION,
      token.empty() ? std::string() : fmt::format("Authorization: Bearer {}\r\n", token));
}

}  // namespace

BenchSocket::~BenchSocket() {
  if (wire_) wire_->close();
}

void BenchSocket::open(const std::string& user, const std::string& token, SteadyTime due) {
  due_ = due;
  began_at_ = std::chrono::steady_clock::now();
  wire_ = std::make_shared<Wire>(net_);
  reader_ = std::make_unique<ReplyReader>();
  wire_->open([this, request = upgrade_request(net_, user, token)](error_code error) {
    if (error) return end("connecting: " + error.message());
    wire_->read([this](error_code failed, std::string_view bytes) { received(failed, bytes); });
    wire_->write(request);
  });
}

void BenchSocket::close() {
  if (std::exchange(has_ended_, true)) return;
  is_open_ = false;
  if (wire_ && is_upgraded_) return wire_->write(app::client_frame(ws::Opcode::close, kNormal));
  if (wire_) wire_->close();
  is_gone_ = true;
}

void BenchSocket::received(error_code error, std::string_view bytes) {
  if (error) return end(is_upgraded_ ? "cut: " + error.message() : error.message());
  if (!is_upgraded_) {
    if (!reader_->take(bytes)) {
      if (reader_->is_broken()) end("the answer is no HTTP");
      return;
    }
    if (reader_->reply().status != 101) return end(reader_->reply().kind());
    is_upgraded_ = true;
    reader_.reset();
  }
  partial_ += bytes;
  take_frames();
}

void BenchSocket::take_frames() {
  std::string_view rest = partial_;
  while (const auto frame = app::first_frame(rest)) {
    rest.remove_prefix(frame->size);
    if (is_control(frame->opcode)) {
      take_control(frame->opcode, frame->payload);
    } else if (!frame->payload.starts_with(kOwn)) {
      if (!has_ended_) owner_.on_message(*this, frame->payload);
    } else if (!is_open_ && !has_ended_ && frame->payload.starts_with(kWelcome)) {
      is_open_ = true;
      was_welcomed_ = true;
      owner_.on_welcome(*this, frame->payload);
    }
  }
  if (rest.size() > kMostPartial) return end("a message without an end");
  partial_.erase(0, partial_.size() - rest.size());
}

void BenchSocket::take_control(ws::Opcode opcode, std::string_view payload) {
  if (opcode == ws::Opcode::ping) {
    wire_->write(app::client_frame(ws::Opcode::pong, payload));
  }
  if (opcode != ws::Opcode::close) return;
  if (payload.size() < 2) return end("closed");
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(payload[at]); };
  end(fmt::format("closed {} {}", byte(0) << 8U | byte(1), payload.substr(2)));
}

void BenchSocket::end(std::string_view kind) {
  wire_->close();
  is_open_ = false;
  is_gone_ = true;
  if (!std::exchange(has_ended_, true)) owner_.on_end(*this, kind);
}

}  // namespace rollcall::bench
