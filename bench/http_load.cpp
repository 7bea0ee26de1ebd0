// Posts heartbeats to a server on this machine and prints what they cost it, as one line of JSON.

#include "bench/load_client.hpp"
#include "bench/options.hpp"
#include "bench/process_cpu.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace rollcall::bench {
namespace {

constexpr std::string_view kUsage =
    "http_load --name NAME --port PORT --server-pid PID [--redis-pid PID] [--connections 64]\n"
    "          [--sessions 100000] [--seconds 5] [--warm-up-seconds 1]\n";

struct LoadOptions {
  std::string name;
  std::uint64_t port = 0;
  std::uint64_t server_pid = 0;
  std::uint64_t redis_pid = 0;  // 0: none
  std::uint64_t connections = 64;
  std::uint64_t sessions = 100'000;
  std::uint64_t seconds = 5;
  std::uint64_t warm_up_seconds = 1;
};

constexpr NumberOption<LoadOptions> kNumbers[] = {
    {"--port", &LoadOptions::port, 1, 65'535},
    {"--server-pid", &LoadOptions::server_pid, 1, 4'194'304},
    {"--redis-pid", &LoadOptions::redis_pid, 1, 4'194'304},
    {"--connections", &LoadOptions::connections, 1, 10'000},
    {"--sessions", &LoadOptions::sessions, 1, 10'000'000},
    {"--seconds", &LoadOptions::seconds, 1, 600},
    {"--warm-up-seconds", &LoadOptions::warm_up_seconds, 0, 600},
};

constexpr TextOption<LoadOptions> kTexts[] = {{"--name", &LoadOptions::name}};

LoadOptions checked_options(const std::vector<std::string_view>& arguments) {
  auto options = parse_options<LoadOptions>(kNumbers, kTexts, arguments);
  if (options.name.empty() || options.port == 0 || options.server_pid == 0) {
    throw std::invalid_argument(fmt::format("name, port or server pid is missing\n{}", kUsage));
  }
  return options;
}

// What the processes have used so far; differences of two are a window's cost.
struct CpuReading {
  double server_s = 0;
  double redis_s = 0;
  double client_s = 0;
};

class CpuMeter {
 public:
  explicit CpuMeter(const LoadOptions& options)
      : server_(static_cast<pid_t>(options.server_pid)), client_(::getpid()) {
    if (options.redis_pid != 0) redis_.emplace(static_cast<pid_t>(options.redis_pid));
  }

  CpuReading read() const {
    return {server_.seconds(), redis_ ? redis_->seconds() : 0, client_.seconds()};
  }

 private:
  ProcessCpu server_;
  std::optional<ProcessCpu> redis_;
  ProcessCpu client_;
};

float quantile(const std::vector<float>& sorted, double q) {
  const auto rank = static_cast<std::size_t>(q * static_cast<double>(sorted.size()));
  return sorted[std::min(rank, sorted.size() - 1)];
}

void measure(const LoadOptions& options) {
  const CpuMeter meter(options);
  LoadClient client(static_cast<std::uint16_t>(options.port), options.connections,
                    options.sessions);
  using Steady = std::chrono::steady_clock;
  client.warm_up_until(Steady::now() + std::chrono::seconds(options.warm_up_seconds));

  const CpuReading before = meter.read();
  const SteadyTime start = Steady::now();
  LoadFigures figures = client.measure_until(start + std::chrono::seconds(options.seconds));
  const double seconds = std::chrono::duration<double>(Steady::now() - start).count();
  const CpuReading after = meter.read();

  std::vector<float>& latencies_us = figures.latencies_us;
  if (latencies_us.empty()) throw std::runtime_error("no answer within the window");
  std::ranges::sort(latencies_us);
  const auto requests = static_cast<double>(latencies_us.size());
  const double server_s = after.server_s - before.server_s;
  const double redis_s = after.redis_s - before.redis_s;
  fmt::print(R"({{"name":"{}","connections":{},"sessions":{},"requests":{},"seconds":{:.3f},)"
             R"("requests_per_s":{:.0f},"server_cpu_s":{:.3f},"requests_per_server_cpu_s":{:.0f},)"
             R"("redis_cpu_s":{:.3f},"redis_cpu_us_per_request":{:.3f},"client_cpu_s":{:.3f},)"
             R"("p50_us":{:.0f},"p99_us":{:.0f},"max_us":{:.0f},"online_min":{},"online_max":{}}})"
             "\n",
             options.name, options.connections, options.sessions, latencies_us.size(), seconds,
             requests / seconds, server_s, requests / server_s, redis_s, redis_s * 1e6 / requests,
             after.client_s - before.client_s, quantile(latencies_us, 0.5),
             quantile(latencies_us, 0.99), latencies_us.back(), figures.online_min,
             figures.online_max);
}

}  // namespace
}  // namespace rollcall::bench

int main(int argc, char** argv) {
  try {
    rollcall::bench::measure(rollcall::bench::checked_options({argv + 1, argv + argc}));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "http_load: {}\n", error.what());
    return 1;
  }
}
