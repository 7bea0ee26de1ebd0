#include "support/redis_server.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rollcall::support {
namespace {

using boost::asio::ip::tcp;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kLookAgain{5};
constexpr int kAttempts = 5;  // another program may take the port between two looks
constexpr std::string_view kTls = "tls";

std::uint16_t free_port() {
  boost::asio::io_context context;
  tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

std::filesystem::path make_folder() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "rollcall-redis-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return pattern;
}

[[noreturn]] void become(const std::vector<std::string>& words, const std::string& log) {
  const int file = ::open(log.c_str(), O_CREAT | O_APPEND | O_WRONLY, 0600);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

pid_t spawn(const std::vector<std::string>& words, const std::filesystem::path& log) {
  const pid_t process = ::fork();
  if (process == 0) become(words, log.string());
  if (process < 0) throw std::runtime_error("no process could be made");
  return process;
}

}  // namespace

RedisServer::RedisServer(std::vector<std::string> arguments)
    : arguments_(std::move(arguments)), folder_(make_folder()) {
  if (!arguments_.empty() && arguments_[0] == kTls) make_certificate();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    port_ = free_port();
    tls_port_ = free_port();
    launch({});
    if (wait_until(Ready::serving)) return;
    kill();
  }
  throw std::runtime_error("redis-server does not start; see " + folder_.string());
}

RedisServer::~RedisServer() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::vector<std::string> RedisServer::tls_arguments() {
  return {std::string(kTls)};
}

redis::Endpoint RedisServer::endpoint() const {
  redis::Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  endpoint.port = port_;
  return endpoint;
}

void RedisServer::launch(const std::vector<std::string>& more) {
  std::vector<std::string> words{"redis-server",   "--port",    std::to_string(port_),
                                 "--bind",         "127.0.0.1", "--dir",
                                 folder_.string(), "--save",    "",
                                 "--daemonize",    "no"};
  for (const std::string& argument : arguments_) {
    if (argument != kTls) words.push_back(argument);
  }
  if (!arguments_.empty() && arguments_[0] == kTls) {
    const std::string key = (folder_ / "key.pem").string();
    words.insert(words.end(), {"--tls-port", std::to_string(tls_port_), "--tls-cert-file",
                               ca_file(), "--tls-key-file", key, "--tls-ca-cert-file", ca_file(),
                               "--tls-auth-clients", "no"});
  }
  words.insert(words.end(), more.begin(), more.end());
  process_ = spawn(words, folder_ / "log");
}

void RedisServer::make_certificate() const {
  const pid_t process =
      spawn({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
             (folder_ / "key.pem").string(), "-out", ca_file()},
            folder_ / "log");
  int status = 0;
  if (::waitpid(process, &status, 0) != process || status != 0) {
    throw std::runtime_error("openssl made no certificate");
  }
}

bool RedisServer::is_alive() {
  if (process_ > 0 && ::waitpid(process_, nullptr, WNOHANG) == process_) process_ = -1;
  return process_ > 0;
}

bool RedisServer::wait_until(Ready ready) {
  const auto deadline = steady_clock::now() + kPatience;
  while (is_alive() && steady_clock::now() < deadline) {
    try {
      const redis::RespValue reply = ask({"PING"});
      if (ready == Ready::answering || !reply.is_error()) return true;
    } catch (const std::exception&) {
      socket_.reset();
    }
    std::this_thread::sleep_for(kLookAgain);
  }
  return false;
}

void RedisServer::kill() {
  socket_.reset();
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

void RedisServer::pause() {
  ::kill(process_, SIGSTOP);
}

void RedisServer::resume() {
  ::kill(process_, SIGCONT);
}

void RedisServer::start(const std::vector<std::string>& more, Ready ready) {
  launch(more);
  if (!wait_until(ready)) throw std::runtime_error("redis-server does not start again");
}

redis::RespValue RedisServer::command(const std::vector<std::string>& words) {
  try {
    return ask(words);
  } catch (const boost::system::system_error&) {
    socket_.reset();  // the server was started anew since the last command
    return ask(words);
  }
}

redis::RespValue RedisServer::ask(const std::vector<std::string>& words) {
  if (!socket_) {
    socket_.emplace(context_);
    socket_->connect({boost::asio::ip::address_v4::loopback(), port_});
  }
  redis::Command command;
  for (const std::string& word : words) command.add(word);
  std::string bytes;
  command.append_to(bytes);
  boost::asio::write(*socket_, boost::asio::buffer(bytes));
  redis::RespParser parser;
  std::array<char, 16 * 1024> buffer;
  while (true) {
    auto reply = parser.next();
    if (!reply) throw std::runtime_error(reply.error().message);
    if (reply.value()) return *reply.value();
    pollfd waiting{socket_->native_handle(), POLLIN, 0};
    const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience);
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) {
      throw std::runtime_error("redis-server does not answer the test");
    }
    parser.feed({buffer.data(), socket_->read_some(boost::asio::buffer(buffer))});
  }
}

}  // namespace rollcall::support
