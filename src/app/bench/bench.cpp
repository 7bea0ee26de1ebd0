#include "app/bench/connections.hpp"
#include "app/bench/fanout.hpp"
#include "app/bench/heartbeats.hpp"
#include "app/command/bench_command.hpp"

#include <iostream>
#include <memory>
#include <string_view>

#include <fmt/format.h>
#include <sys/resource.h>

namespace rollcall::app {
namespace {

constexpr int kFailed = 1;
constexpr int kNotBegun = 2;
constexpr std::uint64_t kOwnFiles = 64;

int refuse(std::string_view why) {
  std::cerr << "rollcall: " << why << '\n';
  return kNotBegun;
}

// Each connection is an open file. Returns how many there may be.
std::uint64_t raise_file_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  return files.rlim_max;
}

std::unique_ptr<bench::Load> make_load(const bench::Net& net, const BenchCommand& command) {
  switch (command.request.verb) {
    case BenchVerb::heartbeats:
      return std::make_unique<bench::Heartbeats>(net, command);
    case BenchVerb::connections:
      return std::make_unique<bench::Connections>(net, command);
    case BenchVerb::fanout:
      return std::make_unique<bench::Fanout>(net, command);
  }
  return nullptr;
}

}  // namespace

int bench(const BenchCommand& command) {
  auto net = bench::make_net(command.request.url);
  if (!net) return refuse("--url: " + net.error().message);
  if (!net.value().is_loopback() && !command.request.yes) {
    return refuse(fmt::format(
        "{} is not this machine. A bench takes all that the server has, and its users count as\n"
        "online. If the server is yours to load, say so by --yes.",
        net.value().target.authority));
  }
  const std::uint64_t files = raise_file_limit();
  if (command.request.connections + kOwnFiles > files) {
    return refuse(
        fmt::format("--connections: only {} files may be opened: raise the limit "
                    "(ulimit -Hn)",
                    files));
  }
  const auto load = make_load(net.value(), command);
  bench::run(net.value(), *load);
  const bench::Summary summary = load->summary();
  std::cout << (command.request.json ? summary_json(summary) : summary_text(summary));
  return summary.has_failed() ? kFailed : 0;
}

}  // namespace rollcall::app
