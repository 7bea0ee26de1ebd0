// The yardstick for realtime: what one thread can do when it does nothing but framing. Level-
// triggered epoll, one recv a socket and turn, and everything that a turn has for a socket in one
// send. Nobody is authenticated, and whoever does not read is dropped.

#include "bench/checked.hpp"
#include "bench/frame.hpp"
#include "bench/http_head.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rollcall::bench {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kMaxPartialBytes = 128 * 1024;
constexpr std::size_t kEventsPerTurn = 256;
constexpr int kBacklog = 4096;
constexpr std::string_view kUsersPath = "POST /api/v1/realtime/users/";
constexpr std::string_view kBroadcastPath = "POST /api/v1/realtime/broadcast ";

// What stands between `open` and the first of `ends` in `head`; empty when it is not there.
std::string_view text_after(std::string_view head, std::string_view open, const char* ends) {
  const std::size_t found = head.find(open);
  if (found == std::string_view::npos) return {};
  const std::string_view rest = head.substr(found + open.size());
  return rest.substr(0, rest.find_first_of(ends));
}

// RFC 6455, section 4.2.2: the answer to a client's Sec-WebSocket-Key.
class AcceptKeys {
 public:
  std::string answer(std::string_view key) {
    constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, 20> digest;
    std::array<unsigned char, 29> text;
    EVP_DigestInit_ex2(context_.get(), sha1_.get(), nullptr);
    EVP_DigestUpdate(context_.get(), key.data(), key.size());
    EVP_DigestUpdate(context_.get(), kGuid.data(), kGuid.size());
    EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
    const int size = EVP_EncodeBlock(text.data(), digest.data(), digest.size());
    return {text.begin(), text.begin() + size};
  }

 private:
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> sha1_{EVP_MD_fetch(nullptr, "SHA1", nullptr),
                                                        &EVP_MD_free};
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(),
                                                                   &EVP_MD_CTX_free};
};

struct Client {
  bool is_websocket = false;
  bool is_leaving = false;
  std::size_t place = 0;  // among the WebSockets
  std::string user;
  std::string partial;  // what has not arrived whole
  std::string output;   // what leaves at the end of the turn
};

class BareServer {
 public:
  BareServer();

  std::uint16_t port() const { return port_; }
  [[noreturn]] void run();

 private:
  void accept_all();
  void serve(int fd);
  std::size_t take_frames(int fd, std::span<char> bytes);
  std::size_t take_requests(int fd, std::string_view text);
  void upgrade(int fd, std::string_view head);
  void publish(std::string_view head, std::string_view payload);
  void append_answer(std::string& output);
  void flush();
  void drop(int fd);

  Client& client(int fd) { return clients_[static_cast<std::size_t>(fd)]; }
  std::string& output_of(int fd) {
    std::string& output = client(fd).output;
    if (output.empty()) pending_.push_back(fd);
    return output;
  }

  int listener_;
  int epoll_;
  std::uint16_t port_ = 0;
  std::time_t time_ = -1;
  std::string answer_;
  AcceptKeys accept_keys_;
  std::vector<char> input_ = std::vector<char>(kReadBytes);
  std::vector<Client> clients_;  // by descriptor
  std::vector<int> websockets_;
  std::vector<int> pending_;  // those with output
  std::unordered_map<std::string, std::vector<int>> users_;
};

BareServer::BareServer()
    : listener_(checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket")),
      epoll_(checked(::epoll_create1(0), "epoll_create1")) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  checked(::bind(listener_, generic, size), "bind");
  checked(::listen(listener_, kBacklog), "listen");
  checked(::getsockname(listener_, generic, &size), "getsockname");
  port_ = ntohs(address.sin_port);
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener_}};
  checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event), "epoll_ctl");
}

void BareServer::run() {
  std::array<epoll_event, kEventsPerTurn> events;
  for (;;) {
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    if (ready < 0 && errno == EINTR) continue;
    checked(ready, "epoll_wait");
    for (std::size_t i = 0; i < static_cast<std::size_t>(ready); ++i) {
      const int fd = events[i].data.fd;
      fd == listener_ ? accept_all() : serve(fd);
    }
    flush();
  }
}

void BareServer::accept_all() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (clients_.size() <= static_cast<std::size_t>(fd)) {
      clients_.resize(static_cast<std::size_t>(fd) + 1);
    }
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
}

void BareServer::serve(int fd) {
  const ssize_t received = ::recv(fd, input_.data(), input_.size(), 0);
  if (received < 0 && errno == EAGAIN) return;
  if (received <= 0) return drop(fd);
  std::span<char> bytes(input_.data(), static_cast<std::size_t>(received));
  std::string& partial = client(fd).partial;
  if (!partial.empty()) bytes = partial.append(bytes.data(), bytes.size());
  try {
    const std::size_t used = client(fd).is_websocket
                                 ? take_frames(fd, bytes)
                                 : take_requests(fd, {bytes.data(), bytes.size()});
    const auto rest = bytes.subspan(used);
    partial = std::string(rest.data(), rest.size());
    if (partial.size() > kMaxPartialBytes) drop(fd);
  } catch (const std::runtime_error&) {
    drop(fd);
  }
}

// Echoes every message. Returns how much of `bytes` the whole frames in it took.
std::size_t BareServer::take_frames(int fd, std::span<char> bytes) {
  std::size_t used = 0;
  while (const auto head = find_frame({bytes.data() + used, bytes.size() - used})) {
    const auto payload = bytes.subspan(used + head->size, head->payload_size);
    used += head->frame_size();
    if (!head->is_masked) throw std::runtime_error("an unmasked frame");
    if (head->opcode == Opcode::pong) continue;
    apply_mask(payload, payload.data() - kMaskBytes);
    client(fd).is_leaving = head->opcode == Opcode::close;
    const Opcode answer = head->opcode == Opcode::ping ? Opcode::pong : head->opcode;
    append_frame(output_of(fd), answer, {payload.data(), payload.size()});
  }
  return used;
}

std::size_t BareServer::take_requests(int fd, std::string_view text) {
  std::size_t used = 0;
  while (used < text.size() && !client(fd).is_websocket) {
    const auto head = find_head(text.substr(used));
    if (!head || head->message_size() > text.size() - used) break;
    const std::string_view head_text = text.substr(used, head->size);
    if (head_text.starts_with("GET ")) {
      upgrade(fd, head_text);
    } else {
      publish(head_text, text.substr(used + head->size, head->body_size));
      append_answer(output_of(fd));
    }
    used += head->message_size();
  }
  return used;
}

void BareServer::upgrade(int fd, std::string_view head) {
  const std::string_view key = text_after(head, "Sec-WebSocket-Key: ", "\r");
  if (key.empty()) throw std::runtime_error("no upgrade");
  std::string& output = output_of(fd);
  output +=
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ";
  output += accept_keys_.answer(key);
  output += "\r\n\r\n";
  client(fd).is_websocket = true;
  client(fd).place = websockets_.size();
  websockets_.push_back(fd);
  client(fd).user = text_after(head, "?user_id=", " &");
  users_[client(fd).user].push_back(fd);
}

void BareServer::publish(std::string_view head, std::string_view payload) {
  if (head.starts_with(kBroadcastPath)) {
    for (const int fd : websockets_) append_frame(output_of(fd), Opcode::text, payload);
    return;
  }
  const auto found = users_.find(std::string(text_after(head, kUsersPath, "/")));
  if (found == users_.end()) return;
  for (const int fd : found->second) append_frame(output_of(fd), Opcode::text, payload);
}

// Under the headers that rollcall sends. The date is formatted once a second.
void BareServer::append_answer(std::string& output) {
  constexpr std::string_view kBody = R"({"live":true,"connections":1,"reach":"cluster"})";
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != time_) {
    time_ = now.tv_sec;
    answer_ = fmt::format(
        "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"
        "Date: {:%a, %d %b %Y %H:%M:%S} GMT\r\nCache-Control: no-store\r\n"
        "Content-Length: {}\r\n\r\n{}",
        fmt::gmtime(time_), kBody.size(), kBody);
  }
  output += answer_;
}

void BareServer::flush() {
  for (const int fd : pending_) {
    std::string& output = client(fd).output;
    if (output.empty()) continue;  // dropped meanwhile
    const bool is_sent =
        ::send(fd, output.data(), output.size(), MSG_NOSIGNAL) == std::ssize(output);
    output.clear();
    if (!is_sent || client(fd).is_leaving) drop(fd);
  }
  pending_.clear();
}

void BareServer::drop(int fd) {
  if (client(fd).is_websocket) {
    const std::size_t place = client(fd).place;
    websockets_[place] = websockets_.back();
    client(websockets_[place]).place = place;
    websockets_.pop_back();
    std::erase(users_[client(fd).user], fd);
  }
  client(fd) = {};
  ::close(fd);
}

}  // namespace
}  // namespace rollcall::bench

int main() {
  try {
    rollcall::bench::BareServer server;
    fmt::print("bare_ws listening on http://127.0.0.1:{}\n", server.port());
    std::fflush(stdout);
    server.run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "bare_ws: {}\n", error.what());
    return 1;
  }
}
