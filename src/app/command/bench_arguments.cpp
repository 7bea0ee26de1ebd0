#include "app/command/commands.hpp"
#include "app/config/config_file.hpp"
#include "app/config/units.hpp"

#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

constexpr std::string_view kUsualDuration = "10s";
constexpr std::string_view kLongest = "24h";  // when it ends by a number of requests
constexpr std::uint64_t kMostConnections = 1'000'000;
constexpr std::uint64_t kMostRate = 1'000'000;
constexpr std::uint64_t kMostRequests = 1'000'000'000'000;
constexpr std::uint64_t kMostSessions = 100'000'000;
constexpr std::uint64_t kLeastBytes = 64;  // what tells a message from others
constexpr std::uint64_t kMostBytes = 1'000'000;

struct Range {
  std::string_view flag;
  std::uint64_t value;
  std::uint64_t least;
  std::uint64_t most;
};

base::Result<std::vector<std::string>> read_tokens(const std::string& path) {
  std::vector<std::string> tokens;
  if (path.empty()) return tokens;
  auto text = read_file(path);
  if (!text) return std::move(text).error();
  std::istringstream lines(text.value());
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty() && !line.starts_with('#')) tokens.push_back(std::move(line));
  }
  if (!tokens.empty()) return tokens;
  return base::Error{base::Errc::invalid_argument, "no_token", path + ": there is no token in it"};
}

base::Result<std::string> api_key_for(const BenchRequest& request, const Config& config,
                                      const Environment& environment) {
  if (request.verb != BenchVerb::fanout) return std::string();
  if (!request.api_key_file.empty()) return first_key_in(request.api_key_file);
  const auto variable = environment.find("ROLLCALL_API_KEY");
  if (variable != environment.end()) return variable->second;
  if (!config.server.api_keys.empty()) return config.server.api_keys.front();
  if (config.server.api_keys_file.empty()) return std::string();
  return first_key_in(config.server.api_keys_file);
}

base::Result<base::Millis> duration_of(const BenchRequest& request) {
  if (!request.duration.empty()) return parse_duration(request.duration);
  return parse_duration(request.requests > 0 ? kLongest : kUsualDuration);
}

}  // namespace

Command make_bench(const ConfigSources& sources, BenchRequest request) {
  const std::string name = fmt::format("bench {}", name_of(request.verb));
  for (const Range& range : {Range{"--connections", request.connections, 1, kMostConnections},
                             Range{"--rate", request.rate, 0, kMostRate},
                             Range{"--requests", request.requests, 0, kMostRequests},
                             Range{"--sessions", request.sessions, 1, kMostSessions},
                             Range{"--bytes", request.bytes, kLeastBytes, kMostBytes}}) {
    if (range.value >= range.least && range.value <= range.most) continue;
    return misused(name, fmt::format("{}: must be {} to {}", range.flag, range.least, range.most));
  }
  const auto duration = duration_of(request);
  if (!duration) return misused(name, "--duration: " + duration.error().message);
  auto tokens = read_tokens(request.token_file);
  if (!tokens) return misused(name, "--token-file: " + tokens.error().message);
  auto config = load_config(sources);
  if (!config) return Finished{.status = kConfigProblem, .error = config.error().message + "\n"};
  auto key = api_key_for(request, config.value(), sources.environment);
  if (!key) return misused(name, "the API key: " + key.error().message);
  return BenchCommand{std::move(request), duration.value(), std::move(config).value(),
                      std::move(tokens).value(), std::move(key).value()};
}

}  // namespace rollcall::app
