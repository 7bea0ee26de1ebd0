// Opens WebSockets to a server on this machine that then do nothing, and prints by how much the
// server's resident memory grew, as one line of JSON. The kernel's buffers are not part of it.

#include "bench/options.hpp"
#include "bench/tls_web_sockets.hpp"
#include "bench/web_sockets.hpp"

#include <cstdint>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace rollcall::bench {
namespace {

constexpr std::string_view kUsage =
    "idle_memory --name NAME --port PORT --server-pid PID [--connections 19000] [--tls 0|1]\n"
    "            [--hold-seconds 5] [--path /api/v1/realtime/ws] [--secret S] [--welcoming 0|1]\n";
constexpr std::size_t kFirstVisitors = 10;
constexpr std::chrono::seconds kVisit{1};

struct HoldOptions {
  std::string name;
  std::string path = "/api/v1/realtime/ws";
  std::string secret = "none";
  std::uint64_t port = 0;
  std::uint64_t server_pid = 0;
  std::uint64_t connections = 19'000;
  std::uint64_t hold_seconds = 5;
  std::uint64_t tls = 0;
  std::uint64_t welcoming = 0;
};

constexpr NumberOption<HoldOptions> kNumbers[] = {
    {"--port", &HoldOptions::port, 1, 65'535},
    {"--server-pid", &HoldOptions::server_pid, 1, 4'194'304},
    {"--connections", &HoldOptions::connections, 1, 1'000'000},
    {"--hold-seconds", &HoldOptions::hold_seconds, 1, 3600},
    {"--tls", &HoldOptions::tls, 0, 1},
    {"--welcoming", &HoldOptions::welcoming, 0, 1},
};

constexpr TextOption<HoldOptions> kTexts[] = {
    {"--name", &HoldOptions::name},
    {"--path", &HoldOptions::path},
    {"--secret", &HoldOptions::secret},
};

// smaps_rollup counts the pages; statm's figure lags behind by up to 64 of them a processor.
std::uint64_t resident_bytes(std::uint64_t pid) {
  std::ifstream file(fmt::format("/proc/{}/smaps_rollup", pid));
  for (std::string word; file >> word;) {
    std::uint64_t kilobytes = 0;
    if (word == "Rss:" && file >> kilobytes) return kilobytes * 1024;
  }
  throw std::runtime_error(fmt::format("no memory of process {}", pid));
}

class Crowd {
 public:
  Crowd(const Target& target, std::size_t count, bool is_tls) {
    if (is_tls) {
      tls_.emplace(target, count);
    } else {
      plain_.emplace(target, count, ready_);
    }
  }

  // Answers pings meanwhile.
  void stay(std::chrono::milliseconds time) {
    const SteadyTime end = std::chrono::steady_clock::now() + time;
    const auto ignore = [](std::size_t, std::string_view) {};
    for (SteadyTime now = end - time; now < end; now = std::chrono::steady_clock::now()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - now);
      ready_.wait(left, [&](std::uint64_t tag) { plain_->receive(tag, ignore); });
    }
  }

 private:
  ReadySockets ready_;
  std::optional<WebSockets> plain_;
  std::optional<TlsWebSockets> tls_;
};

void measure(const HoldOptions& options) {
  const Target target{static_cast<std::uint16_t>(options.port), options.path, options.secret, "",
                      options.welcoming != 0};
  const bool is_tls = options.tls != 0;
  // Their coming and going brings in what belongs to no connection: code, tables, shared buffers.
  Crowd(target, kFirstVisitors, is_tls).stay(kVisit);
  const std::uint64_t before = resident_bytes(options.server_pid);
  Crowd crowd(target, options.connections, is_tls);
  crowd.stay(std::chrono::seconds(options.hold_seconds));
  const std::uint64_t after = resident_bytes(options.server_pid);
  fmt::print(R"({{"name":"{}","mode":"idle","connections":{},"tls":{},"resident_before":{},)"
             R"("resident_after":{},"bytes_a_connection":{:.1f}}})"
             "\n",
             options.name, options.connections, is_tls, before, after,
             (static_cast<double>(after) - static_cast<double>(before)) /
                 static_cast<double>(options.connections));
}

HoldOptions checked_options(const std::vector<std::string_view>& arguments) {
  auto options = parse_options<HoldOptions>(kNumbers, kTexts, arguments);
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
    fmt::print(stderr, "idle_memory: {}\n", error.what());
    return 1;
  }
}
