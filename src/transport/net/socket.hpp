#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace rollcall::net {

enum class IoState { ok, would_block, end_of_stream, failed };

struct IoResult {
  IoState state = IoState::ok;
  std::size_t bytes = 0;
};

struct SslFree {
  void operator()(ssl_st* ssl) const;
};

// A connected, non-blocking client socket, plain or TLS; the rest of the transport cannot tell.
// TLS runs on the descriptor itself, so that an idle connection holds no buffers of OpenSSL's.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(int fd, ssl_ctx_st* tls);
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  bool is_tls() const { return ssl_ != nullptr; }

  // A short read means that nothing more is there (but after it a plain socket may end).
  IoResult read(std::span<char> into);
  IoResult write(std::string_view bytes);

  // Both, one behind the other, with one call where the socket is plain. One may be empty.
  IoResult write(std::string_view first, std::string_view second);

  // Says that nothing more will be written; the other side may still send.
  void finish_writing();
  void close();

 private:
  int fd_ = -1;
  std::unique_ptr<ssl_st, SslFree> ssl_;
};

}  // namespace rollcall::net
