// Loads a server on this machine with WebSockets and prints what they cost it, as one line of
// JSON.

#include "bench/options.hpp"
#include "bench/process_cpu.hpp"
#include "bench/ws_loads.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace rollcall::bench {
namespace {

constexpr std::string_view kUsage =
    "ws_load --mode fanout|send|echo|handshakes --name NAME --port PORT --server-pid PID\n"
    "        [--connections 1000] [--in-flight 8] [--seconds 5] [--warm-up-seconds 1]\n"
    "        [--path /api/v1/realtime/ws] [--secret S] [--api-key K] [--welcoming 0|1]\n";

struct LoadOptions {
  std::string mode;
  std::string name;
  std::string path = "/api/v1/realtime/ws";
  std::string secret = "none";
  std::string api_key = "none";
  std::uint64_t port = 0;
  std::uint64_t server_pid = 0;
  std::uint64_t connections = 1000;
  std::uint64_t in_flight = 8;
  std::uint64_t seconds = 5;
  std::uint64_t warm_up_seconds = 1;
  std::uint64_t welcoming = 0;
};

constexpr NumberOption<LoadOptions> kNumbers[] = {
    {"--port", &LoadOptions::port, 1, 65'535},
    {"--server-pid", &LoadOptions::server_pid, 1, 4'194'304},
    {"--connections", &LoadOptions::connections, 1, 100'000},
    {"--in-flight", &LoadOptions::in_flight, 1, 1000},
    {"--seconds", &LoadOptions::seconds, 1, 600},
    {"--warm-up-seconds", &LoadOptions::warm_up_seconds, 0, 600},
    {"--welcoming", &LoadOptions::welcoming, 0, 1},
};

constexpr TextOption<LoadOptions> kTexts[] = {
    {"--mode", &LoadOptions::mode},       {"--name", &LoadOptions::name},
    {"--path", &LoadOptions::path},       {"--secret", &LoadOptions::secret},
    {"--api-key", &LoadOptions::api_key},
};

std::unique_ptr<Load> make_load(const LoadOptions& options) {
  using To = PublishLoad::To;
  const Target target{static_cast<std::uint16_t>(options.port), options.path, options.secret,
                      options.api_key, options.welcoming != 0};
  const std::size_t sockets = options.connections;
  const std::size_t in_flight = options.in_flight;
  if (options.mode == "fanout") {
    return std::make_unique<PublishLoad>(target, To::everybody, sockets, in_flight);
  }
  if (options.mode == "send") {
    return std::make_unique<PublishLoad>(target, To::one_user, sockets, in_flight);
  }
  if (options.mode == "echo") return std::make_unique<EchoLoad>(target, sockets);
  if (options.mode == "handshakes") return std::make_unique<HandshakeLoad>(target, in_flight);
  throw std::invalid_argument(fmt::format("unknown mode {}\n{}", options.mode, kUsage));
}

void turn_until(Load& load, SteadyTime end) {
  while (std::chrono::steady_clock::now() < end) load.turn();
}

float quantile(const std::vector<float>& sorted, double q) {
  const auto rank = static_cast<std::size_t>(q * static_cast<double>(sorted.size()));
  return sorted[std::min(rank, sorted.size() - 1)];
}

void measure(const LoadOptions& options) {
  using Steady = std::chrono::steady_clock;
  const ProcessCpu server(static_cast<pid_t>(options.server_pid));
  const ProcessCpu client(::getpid());
  const auto load = make_load(options);
  turn_until(*load, Steady::now() + std::chrono::seconds(options.warm_up_seconds));

  load->done = 0;
  load->latencies_us.clear();
  const double server_before_s = server.seconds();
  const double client_before_s = client.seconds();
  const SteadyTime start = Steady::now();
  turn_until(*load, start + std::chrono::seconds(options.seconds));
  const double seconds = std::chrono::duration<double>(Steady::now() - start).count();
  const double server_s = server.seconds() - server_before_s;
  const double client_s = client.seconds() - client_before_s;

  std::vector<float>& latencies_us = load->latencies_us;
  if (latencies_us.empty()) throw std::runtime_error("nothing was done within the window");
  std::ranges::sort(latencies_us);
  const auto done = static_cast<double>(load->done);
  fmt::print(R"({{"name":"{}","mode":"{}","connections":{},"in_flight":{},"done":{},)"
             R"("seconds":{:.3f},"done_per_s":{:.0f},"server_cpu_s":{:.3f},)"
             R"("done_per_server_cpu_s":{:.0f},"client_cpu_s":{:.3f},)"
             R"("p50_us":{:.0f},"p99_us":{:.0f},"max_us":{:.0f}}})"
             "\n",
             options.name, options.mode, options.connections, options.in_flight, load->done,
             seconds, done / seconds, server_s, done / server_s, client_s,
             quantile(latencies_us, 0.5), quantile(latencies_us, 0.99), latencies_us.back());
}

LoadOptions checked_options(const std::vector<std::string_view>& arguments) {
  auto options = parse_options<LoadOptions>(kNumbers, kTexts, arguments);
  if (options.name.empty() || options.port == 0 || options.server_pid == 0) {
    throw std::invalid_argument(fmt::format("name, port or server pid is missing\n{}", kUsage));
  }
  return options;
}

}  // namespace
}  // namespace rollcall::bench

int main(int argc, char** argv) {
  try {
    rollcall::bench::measure(rollcall::bench::checked_options({argv + 1, argv + argc}));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "ws_load: {}\n", error.what());
    return 1;
  }
}
