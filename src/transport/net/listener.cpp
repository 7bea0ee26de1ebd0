#include "transport/net/listener.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rollcall::net {
namespace {

namespace ip = boost::asio::ip;

base::Error refused(const std::string& what, const std::string& why) {
  return {base::Errc::invalid_argument, "listen", what + ": " + why};
}

int open_spare() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

}  // namespace

base::Result<ip::tcp::endpoint> resolve_listen(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return refused(text, "expected HOST:PORT");
  std::string host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, port);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return refused(text, "the port is not a number from 0 to 65535");
  }
  boost::asio::io_context context;
  ip::tcp::resolver resolver(context);
  boost::system::error_code error;
  const auto found =
      resolver.resolve(host, std::to_string(port), ip::tcp::resolver::passive, error);
  if (error || found.empty()) return refused(text, "the host is not known");
  return found.begin()->endpoint();
}

Listener::Listener(Poller& poller, OnAccept on_accept, Sharing sharing)
    : poller_(poller),
      on_accept_(std::move(on_accept)),
      sharing_(sharing),
      spare_fd_(open_spare()) {}

Listener::~Listener() {
  if (fd_ >= 0) {
    poller_.remove(key_, fd_);
    release();
  }
  if (spare_fd_ >= 0) ::close(spare_fd_);
}

base::Status Listener::open(const ip::tcp::endpoint& endpoint) {
  const std::string name = endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
  const int family = endpoint.protocol().family();
  fd_ = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return refused(name, std::strerror(errno));
  const int on = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (sharing_ == Sharing::shared) {
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  }
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // accepted sockets inherit it
  if (::bind(fd_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
      ::listen(fd_, kBacklog) != 0) {
    const std::string why = std::strerror(errno);
    release();
    return refused("cannot listen on " + name, why);
  }
  auto key = poller_.add(fd_, EPOLLIN, *this);
  if (!key) {
    release();
    return key.error();
  }
  key_ = key.value();
  return base::Done{};
}

ip::tcp::endpoint Listener::local_endpoint() const {
  ip::tcp::endpoint endpoint;
  socklen_t size = static_cast<socklen_t>(endpoint.capacity());
  if (::getsockname(fd_, endpoint.data(), &size) == 0) endpoint.resize(size);
  return endpoint;
}

void Listener::close() {
  if (fd_ < 0) return;
  while (accept_one()) {
  }
  poller_.remove(key_, fd_);
  release();
}

void Listener::release() {
  ::close(fd_);
  fd_ = -1;
}

void Listener::on_ready(std::uint32_t) {
  for (int i = 0; i < kAcceptsPerTurn && accept_one(); ++i) {
  }
}

bool Listener::accept_one() {
  ip::tcp::endpoint peer;
  socklen_t size = static_cast<socklen_t>(peer.capacity());
  const int fd = ::accept4(fd_, peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    peer.resize(size);
    on_accept_(fd, peer.address());
    return true;
  }
  if (errno == EMFILE || errno == ENFILE) shed_one();
  return errno == ECONNABORTED || errno == EINTR;
}

void Listener::shed_one() {
  if (spare_fd_ >= 0) ::close(spare_fd_);
  const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) ::close(fd);
  spare_fd_ = open_spare();
  errno = EMFILE;
}

}  // namespace rollcall::net
