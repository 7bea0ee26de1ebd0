#include "transport/net/socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace rollcall::net {
namespace {

IoResult plain_result(ssize_t bytes) {
  if (bytes > 0) return {IoState::ok, static_cast<std::size_t>(bytes)};
  if (bytes == 0) return {IoState::end_of_stream, 0};
  const bool again = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {again ? IoState::would_block : IoState::failed, 0};
}

IoResult tls_result(const SSL* ssl, int code, std::size_t bytes) {
  if (code > 0) return {IoState::ok, bytes};
  switch (SSL_get_error(ssl, code)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return {IoState::would_block, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {IoState::end_of_stream, 0};
    default:
      return {IoState::failed, 0};
  }
}

}  // namespace

void SslFree::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

Socket::Socket(int fd, ssl_ctx_st* tls) : fd_(fd) {
  if (tls == nullptr) return;
  ssl_.reset(SSL_new(tls));
  if (!ssl_ || SSL_set_fd(ssl_.get(), fd) != 1) {
    close();
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

Socket::Socket(Socket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), ssl_(std::move(other.ssl_)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = std::exchange(other.fd_, -1);
  ssl_ = std::move(other.ssl_);
  return *this;
}

Socket::~Socket() {
  close();
}

IoResult Socket::read(std::span<char> into) {
  if (!ssl_) return plain_result(::recv(fd_, into.data(), into.size(), 0));
  ERR_clear_error();
  std::size_t bytes = 0;
  const int code = SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
  return tls_result(ssl_.get(), code, bytes);
}

IoResult Socket::write(std::string_view bytes) {
  if (!ssl_) return plain_result(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  ERR_clear_error();
  std::size_t written = 0;
  const int code = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
  return tls_result(ssl_.get(), code, written);
}

IoResult Socket::write(std::string_view first, std::string_view second) {
  if (second.empty()) return write(first);
  if (first.empty()) return write(second);
  if (!ssl_) {
    // writev's type is not const, but it does not write there (POSIX).
    std::array<iovec, 2> parts{{{const_cast<char*>(first.data()), first.size()},
                                {const_cast<char*>(second.data()), second.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return plain_result(::sendmsg(fd_, &message, MSG_NOSIGNAL));
  }
  const IoResult head = write(first);
  if (head.state != IoState::ok || head.bytes < first.size()) return head;
  const IoResult tail = write(second);
  return {IoState::ok, head.bytes + tail.bytes};
}

void Socket::finish_writing() {
  if (ssl_) SSL_shutdown(ssl_.get());
  ::shutdown(fd_, SHUT_WR);
}

void Socket::close() {
  ssl_.reset();
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace rollcall::net
