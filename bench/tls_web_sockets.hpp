#pragma once

#include "bench/web_sockets.hpp"

#include <memory>
#include <vector>

#include <openssl/ssl.h>

namespace rollcall::bench {

// Open WebSockets over TLS 1.3 that wait: one after another, each with a session of its own. The
// certificate is not looked at.
class TlsWebSockets {
 public:
  // Returns when all are open and, where the target welcomes, welcomed.
  TlsWebSockets(const Target& target, std::size_t count);
  ~TlsWebSockets();
  TlsWebSockets(const TlsWebSockets&) = delete;
  TlsWebSockets& operator=(const TlsWebSockets&) = delete;

 private:
  void open(const Target& target, std::size_t number);

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::vector<std::unique_ptr<SSL, decltype(&SSL_free)>> streams_;
};

}  // namespace rollcall::bench
