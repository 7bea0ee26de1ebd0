#include "bench/http_head.hpp"
#include "bench/ws_loads.hpp"

#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

namespace rollcall::bench {
namespace {

constexpr std::size_t kPayloadBytes = 100;
constexpr std::size_t kNumberBytes = 4;
constexpr std::size_t kMaxBehind = 100;  // messages to one user on their way

}  // namespace

PublishLoad::PublishLoad(const Target& target, To to, std::size_t sockets, std::size_t in_flight)
    : to_(to),
      target_(target),
      sockets_(target, sockets, ready_),
      on_message_(
          [this](std::size_t socket, std::string_view payload) { take_message(socket, payload); }),
      publishers_(in_flight),
      messages_due_(sockets) {
  for (std::size_t number = 0; number < publishers_.size(); ++number) {
    publishers_[number].fd = connect_to(target.port, 0);
    ready_.add(publishers_[number].fd, sockets + number);
    post(number);
  }
}

PublishLoad::~PublishLoad() {
  for (const Publisher& publisher : publishers_) ::close(publisher.fd);
}

void PublishLoad::turn() {
  ready_.wait([this](std::uint64_t tag) {
    if (tag < sockets_.size()) {
      sockets_.receive(tag, on_message_);
    } else {
      take_answer(tag - sockets_.size());
    }
  });
}

// The payload begins with the publisher's number, so that the copies find their way back to it.
void PublishLoad::post(std::size_t number) {
  Publisher& publisher = publishers_[number];
  publisher.is_answered = false;
  publisher.posted_at = std::chrono::steady_clock::now();
  std::string path = "broadcast";
  if (to_ == To::everybody) {
    publisher.copies_due = sockets_.size();
  } else {
    const std::size_t user = next_user_++ % sockets_.size();
    path = fmt::format("users/{}/messages", user_name(user));
    if (++messages_due_[user] > kMaxBehind) throw std::runtime_error("messages do not arrive");
  }
  send_whole(publisher.fd,
             fmt::format("POST /api/v1/realtime/{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n"
                         "User-Agent: ws_load\r\nAccept: */*\r\nX-API-Key: {}\r\n"
                         "Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n{:0{}}{:-<{}}",
                         path, target_.port, target_.api_key, kPayloadBytes, number, kNumberBytes,
                         "", kPayloadBytes - kNumberBytes));
}

void PublishLoad::take_answer(std::size_t number) {
  Publisher& publisher = publishers_[number];
  const std::string_view text = receive_some(publisher.fd, input_, publisher.partial);
  if (text.empty()) return;
  const auto head = find_head(text);
  if (!head || head->message_size() > text.size()) {
    if (publisher.partial.empty()) publisher.partial = text;
    return;
  }
  if (!text.starts_with("HTTP/1.1 20") || head->message_size() < text.size() ||
      publisher.is_answered) {
    throw std::runtime_error(fmt::format("not the answer to a post:\n{}", text));
  }
  publisher.partial.clear();
  publisher.is_answered = true;
  if (publisher.copies_due == 0) finish(number);
}

void PublishLoad::take_message(std::size_t socket, std::string_view payload) {
  std::size_t number = publishers_.size();
  if (payload.size() == kPayloadBytes) {
    std::from_chars(payload.data(), payload.data() + kNumberBytes, number);
  }
  if (number >= publishers_.size()) {
    throw std::runtime_error(fmt::format("nobody posted this: {}", payload));
  }
  ++done;
  std::size_t& due = to_ == To::everybody ? publishers_[number].copies_due : messages_due_[socket];
  if (due == 0) throw std::runtime_error("a message came twice, or to the wrong user");
  --due;
  if (to_ == To::everybody && due == 0 && publishers_[number].is_answered) finish(number);
}

void PublishLoad::finish(std::size_t number) {
  const auto took = std::chrono::steady_clock::now() - publishers_[number].posted_at;
  latencies_us.push_back(std::chrono::duration<float, std::micro>(took).count());
  post(number);
}

}  // namespace rollcall::bench
