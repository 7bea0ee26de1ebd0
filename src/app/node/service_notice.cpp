#include "app/node/service_notice.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace rollcall::app {
namespace {

using std::chrono::microseconds;

template <typename Number>
std::optional<Number> number_of(const char* text) {
  if (text == nullptr) return std::nullopt;
  Number number{};
  const char* const end = text + std::strlen(text);
  const auto [rest, problem] = std::from_chars(text, end, number);
  if (problem != std::errc{} || rest != end) return std::nullopt;
  return number;
}

base::Error failed(const char* what) {
  return {base::Errc::unavailable, "supervisor_unreachable",
          fmt::format("NOTIFY_SOCKET: {}: {}", what, std::strerror(errno))};
}

class DatagramSocket {
 public:
  DatagramSocket() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;
  ~DatagramSocket() {
    if (fd_ >= 0) ::close(fd_);
  }

  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

base::Millis watchdog_interval(const char* usec, const char* pid, pid_t own) {
  if (pid != nullptr && number_of<pid_t>(pid) != own) return base::Millis(0);
  const std::int64_t given = number_of<std::int64_t>(usec).value_or(0);
  return std::chrono::duration_cast<base::Millis>(microseconds(std::max<std::int64_t>(given, 0)));
}

Supervision supervision_of_environment() {
  const char* const socket = std::getenv("NOTIFY_SOCKET");
  return {
      socket == nullptr ? "" : socket,
      watchdog_interval(std::getenv("WATCHDOG_USEC"), std::getenv("WATCHDOG_PID"), ::getpid())};
}

base::Status ServiceNotice::ready(std::string_view status) const {
  return send(fmt::format("READY=1\nSTATUS={}", status));
}

base::Status ServiceNotice::reloading() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=Reloading",
                          std::chrono::duration_cast<microseconds>(now).count()));
}

base::Status ServiceNotice::stopping(base::Millis allowed) const {
  return send(fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}\nSTATUS=Draining",
                          microseconds(allowed).count()));
}

base::Status ServiceNotice::alive() const {
  return send("WATCHDOG=1");
}

base::Status ServiceNotice::send(const std::string& text) const {
  if (socket_.empty()) return base::Done{};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  errno = EINVAL;
  if (socket_[0] != '/' && socket_[0] != '@') return failed("neither a path nor abstract");
  if (socket_.size() >= sizeof address.sun_path) return failed("too long");
  socket_.copy(address.sun_path, socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());

  const DatagramSocket from;
  const auto patience = std::chrono::duration_cast<std::chrono::seconds>(kPatience);
  const timeval wait{.tv_sec = patience.count(), .tv_usec = 0};
  if (from.fd() < 0) return failed("socket");
  ::setsockopt(from.fd(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  const auto sent = ::sendto(from.fd(), text.data(), text.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), size);
  if (sent < 0) return failed("send");
  return base::Done{};
}

}  // namespace rollcall::app
