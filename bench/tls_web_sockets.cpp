#include "bench/tls_web_sockets.hpp"

#include <array>
#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace rollcall::bench {

TlsWebSockets::TlsWebSockets(const Target& target, std::size_t count)
    : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_3_VERSION);
  for (std::size_t number = 0; number < count; ++number) open(target, number);
}

TlsWebSockets::~TlsWebSockets() {
  for (const auto& stream : streams_) ::close(SSL_get_fd(stream.get()));
}

void TlsWebSockets::open(const Target& target, std::size_t number) {
  constexpr std::string_view kWelcome = R"({"type":"rollcall.welcome")";
  streams_.emplace_back(SSL_new(context_.get()), &SSL_free);
  SSL* const stream = streams_.back().get();
  SSL_set_fd(stream, connect_to(target.port, number));
  if (SSL_connect(stream) != 1) throw std::runtime_error("no TLS handshake");
  const std::string request = upgrade_request(target, number);
  SSL_write(stream, request.data(), static_cast<int>(request.size()));
  std::string text;
  std::array<char, 4096> input;
  const auto is_done = [&] {
    const std::size_t end = end_of_upgrade(text);
    return end > 0 && (!target.is_welcoming || text.find(kWelcome, end) != std::string::npos);
  };
  while (!is_done()) {
    const int size = SSL_read(stream, input.data(), input.size());
    if (size <= 0) throw std::runtime_error(fmt::format("the server closed TLS after:\n{}", text));
    text.append(input.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace rollcall::bench
