#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace rollcall::net {

struct TlsContextFree {
  void operator()(ssl_ctx_st* context) const;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, TlsContextFree>;

// TLS 1.2 or later, with buffers released while a connection is idle.
base::Result<TlsContext> make_server_tls(const std::string& certificate_file,
                                         const std::string& private_key_file);

}  // namespace rollcall::net
