#include "http_fixture.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rollcall::http {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kTurn{5};

}  // namespace

TestClient::TestClient(std::uint16_t port, int receive_buffer_bytes)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer_bytes > 0) {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    ::close(fd_);
    throw std::system_error(error, std::generic_category(), "connect");
  }
  ::fcntl(fd_, F_SETFL, O_NONBLOCK);
}

TestClient::~TestClient() {
  close();
}

std::size_t TestClient::send(std::string_view bytes) {
  const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

void TestClient::finish() {
  ::shutdown(fd_, SHUT_WR);
}

void TestClient::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void TestClient::read() {
  std::array<char, 64 * 1024> buffer;
  while (!ended_) {
    const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got > 0) {
      received_.append(buffer.data(), static_cast<std::size_t>(got));
    } else {
      ended_ = true;
      reset_ = got < 0;
    }
  }
}

bool TestClient::was_reset() {
  read();
  return reset_;
}

const std::string& TestClient::received() {
  read();
  return received_;
}

bool TestClient::ended() {
  read();
  return ended_;
}

Response text_response(std::string_view text) {
  Response response;
  response.body = text;
  response.content_type = "text/plain";
  return response;
}

void TestHandler::handle(const Request& request, const Client&, Exchange exchange) {
  ++handled;
  if (request.target.starts_with("/now")) {
    exchange.respond(text_response(request.target));
  } else if (request.target.starts_with("/posted")) {
    boost::asio::post(loop_, [exchange, target = std::string(request.target)] {
      exchange.respond(text_response(target));
    });
  } else if (request.target == "/large") {
    exchange.respond(text_response(std::string(kLargeBytes, 'x')));
  } else {
    kept.push_back(exchange);
  }
}

HttpServerTest::HttpServerTest() {
  poller_.start();
}

HttpServerTest::~HttpServerTest() {
  server_.reset();
}

void HttpServerTest::start(ssl_ctx_st* tls, std::size_t connections_per_address) {
  shared_ = std::make_unique<SharedLimits>(connections_per_address);
  server_ = std::make_unique<Server>(loop_, poller_, limits_, *shared_, handler_, tls);
  ASSERT_TRUE(server_->listen({boost::asio::ip::address_v4::loopback(), 0}).ok());
}

bool HttpServerTest::wait_for(const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    loop_.run_one_for(kTurn);
  }
  return true;
}

bool HttpServerTest::wait_for_text(TestClient& client, std::string_view text) {
  return wait_for([&] { return client.has(text); });
}

bool HttpServerTest::wait_for_end(TestClient& client) {
  return wait_for([&] { return client.ended(); });
}

bool HttpServerTest::wait_for_open(std::int64_t connections) {
  return wait_for([&] { return server_->metrics().open.get() == connections; });
}

}  // namespace rollcall::http
