#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace rollcall::support {

// A PostgreSQL server of a test's own on a free port of 127.0.0.1, in a folder that goes with it,
// as the user `postgres` when the test runs as root (PostgreSQL refuses to). It is made from a
// cluster that is initialized once a test process, and does not wait for the disk. Failures to
// start throw std::runtime_error.
class PostgresServer {
 public:
  static constexpr std::string_view kPassword = "hunter2-of-rollcall";

  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // As its superuser, by password over TCP.
  std::string url(std::string_view database = "postgres") const;
  std::string url_as(std::string_view role, std::string_view password,
                     std::string_view database = "postgres") const;
  // Over the socket in its folder, without a password.
  std::string socket_url() const;

  void kill();    // SIGKILL to all of its processes; nothing listens afterwards
  void pause();   // SIGSTOP to all: connections are accepted and nothing is answered
  void resume();  // SIGCONT
  void start();   // after kill(), on the same port and with the same data

  // From the next start on none of its processes writes a file further than that, as if the disk
  // were full; 0: as far as it likes.
  void limit_files(std::uint64_t bytes) { file_bytes_ = bytes; }

  // The first column of the first row, as text; empty without one. On a connection of the test's
  // own. Throws std::runtime_error with the server's message.
  std::string query(const std::string& sql, std::string_view database = "postgres") const;

  // All that the server has logged.
  std::string log() const;

 private:
  void launch();
  bool wait_until_ready();
  bool is_alive();
  void signal_all(int signal) const;

  std::filesystem::path folder_;
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
  std::uint64_t file_bytes_ = 0;
};

}  // namespace rollcall::support
