#include "app/doctor/redis_judgement.hpp"

#include "app/doctor/clock_judgement.hpp"

#include <charconv>
#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rollcall::app {
namespace {

using redis::Forbidden;
using redis::Inspection;

constexpr std::uint64_t kFewPubsubBytes = 8 * 1024 * 1024;
constexpr std::uint64_t kShortTimeoutSeconds = 10;
constexpr double kNearlyFull = 0.9;

// ACL SAVE is an error without an aclfile.
constexpr std::string_view kKeepUsers = "then ACL SAVE, or CONFIG REWRITE without an aclfile";

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// What Redis did not tell is nobody's fault here: then it is empty.
class Fields {
 public:
  explicit Fields(const std::optional<Inspection::Fields>& fields) : fields_(fields) {}

  bool has(const std::string& name) const { return fields_ && fields_->contains(name); }
  std::string text(const std::string& name) const {
    return has(name) ? fields_->at(name) : std::string();
  }
  std::uint64_t number(const std::string& name) const { return number_of(text(name)); }

 private:
  const std::optional<Inspection::Fields>& fields_;
};

void judge_role(const Inspection& redis, const Fields& info, Findings& findings) {
  if (redis.server.role == "replica" || info.text("role") == "slave") {
    findings.problem("role", "this Redis is a replica, which refuses writes",
                     "put the primary's address, or that of its proxy, into redis.url");
  }
  if (info.text("cluster_enabled") == "1") {
    findings.problem("cluster", "this is a node of a Redis Cluster, whose slots are not all here",
                     "put a single Redis, with a replica for failover, into redis.url");
  }
}

void judge_eviction(const Inspection& redis, const Fields& info, Findings& findings) {
  std::string policy = info.text("maxmemory_policy");
  if (policy.empty()) policy = redis.server.maxmemory_policy;
  if (policy.empty()) return;
  const std::uint64_t limit = info.number("maxmemory");
  const std::string mend =
      "CONFIG SET maxmemory-policy noeviction, and the same in redis.conf; if other programs need "
      "eviction, give rollcall a Redis of its own";
  if (policy == "noeviction") {
    findings.ok("eviction", "maxmemory-policy is noeviction");
  } else if (limit > 0) {
    findings.problem("eviction",
                     fmt::format("maxmemory-policy is {}: when memory is short, Redis drops "
                                 "rosters and who is online with them",
                                 policy),
                     mend);
  } else {
    findings.note(
        "eviction",
        fmt::format("maxmemory-policy is {}, without effect as long as maxmemory is 0", policy),
        mend);
  }
  const auto used = static_cast<double>(info.number("used_memory"));
  if (limit > 0 && used > kNearlyFull * static_cast<double>(limit)) {
    findings.warning("memory",
                     fmt::format("{:.0f} % of maxmemory is used: past it, Redis refuses writes",
                                 100 * used / static_cast<double>(limit)),
                     "raise maxmemory; a member takes some 150 bytes");
  }
}

void judge_persistence(const Fields& info, const Fields& config, Findings& findings) {
  if (info.text("rdb_last_bgsave_status") == "err" ||
      info.text("aof_last_write_status") == "err") {
    findings.problem(
        "persistence", "the last save failed; by default Redis then refuses all writes (MISCONF)",
        "free disk space or mend the permissions of its folder; Redis's log says why");
  }
  if (info.text("loading") == "1") {
    findings.warning("persistence", "Redis is still loading its data", "wait until it has");
  }
  if (!info.has("aof_enabled")) return;
  const bool saves = info.text("aof_enabled") == "1" || !config.text("save").empty();
  if (saves) return findings.ok("persistence", "Redis keeps its data over a restart");
  if (!config.has("save")) return;
  findings.note("persistence",
                "Redis keeps nothing over a restart; the nodes then fill it again from their "
                "own memory, and answer \"at least\" meanwhile",
                "CONFIG SET appendonly yes, if that is not wanted");
}

// "normal 0 0 0 slave ... pubsub 33554432 8388608 60": hard limit, soft limit, seconds.
void judge_buffers(const Fields& config, Findings& findings) {
  std::istringstream words(config.text("client-output-buffer-limit"));
  std::string name;
  std::uint64_t hard = 0;
  std::uint64_t soft = 0;
  std::uint64_t soft_s = 0;
  while (words >> name >> hard >> soft >> soft_s) {
    if (name != "pubsub") continue;
    const bool is_small = (hard > 0 && hard < kFewPubsubBytes) || (soft > 0 && soft_s == 0);
    if (!is_small) return findings.ok("buffers", "subscribers may lag as far as they need to");
    findings.warning("buffers",
                     fmt::format("client-output-buffer-limit cuts a subscriber that is {} bytes "
                                 "behind: a burst of messages between nodes is lost",
                                 hard > 0 ? hard : soft),
                     "CONFIG SET client-output-buffer-limit \"pubsub 33554432 8388608 60\"");
  }
}

void judge_clients(const Fields& info, const Fields& config, Findings& findings) {
  const std::uint64_t timeout_s = config.number("timeout");
  if (timeout_s > 0 && timeout_s < kShortTimeoutSeconds) {
    findings.warning("timeout",
                     fmt::format("Redis closes links that are silent for {} s", timeout_s),
                     "CONFIG SET timeout 0, or 60 and more");
  }
  const auto connected = static_cast<double>(info.number("connected_clients"));
  const std::uint64_t most = config.number("maxclients");
  if (most > 0 && connected > kNearlyFull * static_cast<double>(most)) {
    findings.warning("clients", fmt::format("{:.0f} of {} clients are connected", connected, most),
                     "raise maxclients; a node needs two links for each of its threads");
  }
}

// For ACL SETUSER.
std::string grants_of(const Inspection& redis) {
  std::set<std::string> grants;
  for (const Forbidden& each : redis.forbidden) {
    switch (each.of) {
      case Forbidden::Of::command: {
        std::string name = each.command;
        for (char& letter : name) letter = static_cast<char>(std::tolower(letter));
        grants.insert("+" + name);
        break;
      }
      case Forbidden::Of::key:
        grants.insert("~" + each.pattern);
        break;
      case Forbidden::Of::channel:
        grants.insert("&" + each.pattern);
        break;
    }
  }
  return fmt::format("{}", fmt::join(grants, " "));
}

void judge_permissions(const Inspection& redis, Findings& findings) {
  if (!redis.is_permission_known) {
    return findings.note(
        "acl",
        fmt::format("what the user {} may do cannot be told: it may not run "
                    "MULTI, by which it would be tried",
                    redis.user),
        fmt::format("ACL SETUSER {} +multi +discard, for this check alone", redis.user));
  }
  if (redis.forbidden.empty()) {
    return findings.ok("acl", fmt::format("the user {} may do all that is needed", redis.user));
  }
  std::set<std::string> commands;
  std::set<std::string> keys;
  std::set<std::string> channels;
  for (const Forbidden& each : redis.forbidden) {
    if (each.of == Forbidden::Of::command) commands.insert(each.command);
    if (each.of == Forbidden::Of::key) keys.insert(each.pattern);
    if (each.of == Forbidden::Of::channel) channels.insert(each.pattern);
  }
  std::vector<std::string> parts;
  if (!commands.empty()) parts.push_back(fmt::format("run {}", fmt::join(commands, ", ")));
  if (!keys.empty()) parts.push_back(fmt::format("use the keys {}", fmt::join(keys, ", ")));
  if (!channels.empty()) {
    parts.push_back(fmt::format("use the channels {}", fmt::join(channels, ", ")));
  }
  findings.problem("acl",
                   fmt::format("the user {} may not {}", redis.user, fmt::join(parts, ", nor ")),
                   fmt::format("ACL SETUSER {} {}; {}", redis.user, grants_of(redis), kKeepUsers));
}

}  // namespace

void judge(const Inspection& redis, Findings& findings) {
  const Fields info(redis.info);
  const Fields config(redis.config);
  findings.ok("reachable", fmt::format("Redis {} at {}, as the user {}", redis.server.version,
                                       redis.where, redis.user));
  judge_role(redis, info, findings);
  if (!redis.info || redis.server.run_id.empty()) {
    findings.warning(
        "info",
        fmt::format("the user {} may not run INFO: a failover to a replica with older "
                    "data goes unnoticed, and so does an eviction policy",
                    redis.user),
        fmt::format("ACL SETUSER {} +info; {}", redis.user, kKeepUsers));
  }
  judge_eviction(redis, info, findings);
  judge_persistence(info, config, findings);
  judge_buffers(config, findings);
  judge_clients(info, config, findings);
  judge_permissions(redis, findings);
  judge_clock("Redis", redis.clock_ahead, redis.clock_doubt, findings);
}

}  // namespace rollcall::app
