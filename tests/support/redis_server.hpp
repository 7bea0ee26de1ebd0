#pragma once

#include "adapters/redis/endpoint.hpp"
#include "adapters/redis/resp.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <sys/types.h>

namespace rollcall::support {

// A redis-server of a test's own on a free port of 127.0.0.1, without persistence unless told, in
// a folder that goes with it. Failures to start throw std::runtime_error.
class RedisServer {
 public:
  enum class Ready { serving, answering };  // answering: also with an error, as LOADING is

  explicit RedisServer(std::vector<std::string> arguments = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  // A server with a certificate for "localhost" on tls_port(), beside its plain port.
  static std::vector<std::string> tls_arguments();

  std::uint16_t port() const { return port_; }
  std::uint16_t tls_port() const { return tls_port_; }
  std::string ca_file() const { return (folder_ / "certificate.pem").string(); }
  redis::Endpoint endpoint() const;

  void kill();    // SIGKILL; nothing listens afterwards
  void pause();   // SIGSTOP: connections are accepted and nothing is answered
  void resume();  // SIGCONT
  // After kill(), on the same port and in the same folder.
  void start(const std::vector<std::string>& more = {}, Ready ready = Ready::serving);

  // A command on a connection of the test's own, as the default user. Blocks; gives up with
  // std::runtime_error when no answer comes within 10 s.
  redis::RespValue command(const std::vector<std::string>& words);

 private:
  void launch(const std::vector<std::string>& more);
  bool wait_until(Ready ready);
  bool is_alive();
  void make_certificate() const;
  redis::RespValue ask(const std::vector<std::string>& words);

  std::vector<std::string> arguments_;
  std::filesystem::path folder_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
  pid_t process_ = -1;
  boost::asio::io_context context_;
  std::optional<boost::asio::ip::tcp::socket> socket_;
};

}  // namespace rollcall::support
