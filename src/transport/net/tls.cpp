#include "transport/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace rollcall::net {
namespace {

base::Error failure(const std::string& what) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return {base::Errc::invalid_argument, "tls_setup",
          what + ": " + (reason != nullptr ? reason : "unknown reason")};
}

}  // namespace

void TlsContextFree::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

base::Result<TlsContext> make_server_tls(const std::string& certificate_file,
                                         const std::string& private_key_file) {
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  if (!context) return failure("cannot set up TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_num_tickets(context.get(), 1);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return failure("cannot use the certificate " + certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), private_key_file.c_str(), SSL_FILETYPE_PEM) !=
      1) {
    return failure("cannot use the private key " + private_key_file);
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    return failure("the private key does not belong to the certificate");
  }
  return context;
}

}  // namespace rollcall::net
