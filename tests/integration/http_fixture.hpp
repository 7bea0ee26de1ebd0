#pragma once

#include "transport/http/server.hpp"
#include "transport/net/poller.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

struct ssl_ctx_st;

namespace rollcall::http {

// A socket of the test's own, which never blocks.
class TestClient {
 public:
  explicit TestClient(std::uint16_t port, int receive_buffer_bytes = 0);
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;
  ~TestClient();

  int fd() const { return fd_; }
  std::size_t send(std::string_view bytes);  // how many the socket took
  void finish();                             // sends no more
  void close();

  // Everything that has come so far.
  const std::string& received();
  bool ended();      // the server sends no more
  bool was_reset();  // and did not end in order
  bool has(std::string_view text) { return received().find(text) != std::string::npos; }

 private:
  void read();

  int fd_;
  std::string received_;
  bool ended_ = false;
  bool reset_ = false;
};

// Answers /now/... at once and /posted/... a turn later with the target as the body, /large with
// kLargeBytes; keeps the exchanges of everything else.
class TestHandler final : public RequestHandler {
 public:
  static constexpr std::size_t kLargeBytes = 8 * 1024 * 1024;

  explicit TestHandler(boost::asio::io_context& loop) : loop_(loop) {}
  void handle(const Request& request, const Client& client, Exchange exchange) override;

  std::vector<Exchange> kept;
  std::size_t handled = 0;

 private:
  boost::asio::io_context& loop_;
};

Response text_response(std::string_view text);

// A server on a free port, with its loop run by the test's own thread while it waits.
class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest();
  ~HttpServerTest() override;

  // Before this, a test may set limits.
  void start(ssl_ctx_st* tls = nullptr, std::size_t connections_per_address = 0);
  std::uint16_t port() const { return server_->local_endpoint().port(); }

  // Runs the loop until the condition holds; a failure when it does not within 10 s.
  [[nodiscard]] bool wait_for(const std::function<bool()>& condition);
  [[nodiscard]] bool wait_for_text(TestClient& client, std::string_view text);
  [[nodiscard]] bool wait_for_end(TestClient& client);
  [[nodiscard]] bool wait_for_open(std::int64_t connections);

  boost::asio::io_context loop_{1};
  net::Poller poller_{loop_};
  Limits limits_;
  TestHandler handler_{loop_};
  std::unique_ptr<SharedLimits> shared_;
  std::unique_ptr<Server> server_;
};

}  // namespace rollcall::http
