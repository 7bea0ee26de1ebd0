#include "http_fixture.hpp"
#include "transport/net/tls.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <openssl/ssl.h>

namespace rollcall::http {
namespace {

class HttpTlsTest : public HttpServerTest {
 protected:
  HttpTlsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "rollcall-tls-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=localhost -keyout " +
        key_file() + " -out " + certificate_file() + " 2>/dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0);
    auto context = net::make_server_tls(certificate_file(), key_file());
    EXPECT_TRUE(context.ok());
    if (context) context_ = std::move(context).value();
    start(context_.get());
  }
  ~HttpTlsTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string certificate_file() const { return (folder_ / "certificate.pem").string(); }
  std::string key_file() const { return (folder_ / "key.pem").string(); }

  // Handshakes on the client's socket; null when that fails.
  std::unique_ptr<SSL, void (*)(SSL*)> handshake(TestClient& client) {
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> trust(SSL_CTX_new(TLS_client_method()),
                                                       SSL_CTX_free);
    SSL_CTX_load_verify_locations(trust.get(), certificate_file().c_str(), nullptr);
    SSL_CTX_set_verify(trust.get(), SSL_VERIFY_PEER, nullptr);
    std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(trust.get()), SSL_free);
    SSL_set_fd(ssl.get(), client.fd());
    if (!wait_for([&] { return SSL_connect(ssl.get()) == 1; })) ssl.reset();
    return ssl;
  }
  // What has come so far; reads on.
  static const std::string& read(SSL* ssl, std::string& received) {
    std::array<char, 16 * 1024> buffer;
    std::size_t bytes = 0;
    while (SSL_read_ex(ssl, buffer.data(), buffer.size(), &bytes) == 1) {
      received.append(buffer.data(), bytes);
    }
    return received;
  }

  std::filesystem::path folder_;
  net::TlsContext context_;
};

TEST_F(HttpTlsTest, ServesRequests) {
  TestClient client(port());
  const auto ssl = handshake(client);
  ASSERT_NE(ssl, nullptr);
  std::string received;
  for (const char* target : {"/now/1", "/posted/2"}) {
    const std::string request = "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    ASSERT_GT(SSL_write(ssl.get(), request.data(), static_cast<int>(request.size())), 0);
    ASSERT_TRUE(wait_for([&] { return read(ssl.get(), received).ends_with(target); }));
  }
  EXPECT_TRUE(received.starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpTlsTest, ALargeReplyArrivesWholeAndTheEndIsSaid) {
  TestClient client(port());
  const auto ssl = handshake(client);
  ASSERT_NE(ssl, nullptr);
  const std::string request = "GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  ASSERT_GT(SSL_write(ssl.get(), request.data(), static_cast<int>(request.size())), 0);
  std::string received;
  ASSERT_TRUE(
      wait_for([&] { return read(ssl.get(), received).size() > TestHandler::kLargeBytes; }));
  EXPECT_TRUE(received.ends_with("xxx"));
  EXPECT_TRUE(wait_for([&] {
    char byte = 0;
    return SSL_get_error(ssl.get(), SSL_read(ssl.get(), &byte, 1)) == SSL_ERROR_ZERO_RETURN;
  }));
}

TEST_F(HttpTlsTest, PlainRequestsAreNotServed) {
  TestClient client(port());
  client.send("GET /now HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(wait_for_end(client));
  EXPECT_FALSE(client.has("HTTP/1.1"));
  EXPECT_EQ(handler_.handled, 0U);
}

}  // namespace
}  // namespace rollcall::http
