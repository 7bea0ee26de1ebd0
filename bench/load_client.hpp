#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

// What the answers of one measured window said.
struct LoadFigures {
  std::vector<float> latencies_us;  // one a request
  std::uint64_t online_min = UINT64_MAX;
  std::uint64_t online_max = 0;
};

// Browsers that beat as fast as they are answered: keep-alive connections with one request each
// under way, every request with the next session id of a pool of random UUIDs.
// Throws std::runtime_error on any answer but a 200 with a count, on a closed connection, and
// after kSilenceLimit without an answer: a window with errors is no measurement.
class LoadClient {
 public:
  static constexpr std::chrono::seconds kSilenceLimit{10};

  // Connects to 127.0.0.1 and sends the first requests.
  LoadClient(std::uint16_t port, std::size_t connections, std::size_t sessions);
  ~LoadClient();
  LoadClient(const LoadClient&) = delete;
  LoadClient& operator=(const LoadClient&) = delete;

  // Beats until the time has come and every session has beaten at least once.
  void warm_up_until(SteadyTime end);

  LoadFigures measure_until(SteadyTime end);

 private:
  struct Connection {
    int fd = -1;
    SteadyTime sent_at;
    std::string partial;  // an answer that has not arrived whole
  };

  void connect(std::uint16_t port, Connection& connection);
  SteadyTime turn();
  void receive(Connection& connection);
  void send_beat(Connection& connection, SteadyTime now);

  int epoll_;
  std::vector<Connection> connections_;
  std::vector<std::string> session_ids_;
  std::uint64_t beats_ = 0;
  std::string request_;
  std::size_t id_offset_ = 0;
  std::vector<char> input_;
  LoadFigures figures_;
};

}  // namespace rollcall::bench
