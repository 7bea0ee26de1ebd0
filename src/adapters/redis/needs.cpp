#include "adapters/redis/needs.hpp"

#include "adapters/redis/presence_keys.hpp"
#include "adapters/redis/roster_commands.hpp"
#include "core/connection.hpp"

#include <ranges>
#include <span>

namespace rollcall::redis {
namespace {

// `$` stands for the key or the channel.
constexpr std::string_view kAnywhere[] = {"PING", "TIME", "EVAL return 0",
                                          "EVALSHA 0000000000000000000000000000000000000000 0",
                                          "UNSUBSCRIBE channel"};
constexpr std::string_view kRoster[] = {
    "ZADD $ GT 0 m",       "ZCOUNT $ 0 1", "ZMSCORE $ m",    "ZRANGE $ 0 0",
    "ZRANGEBYSCORE $ 0 1", "ZRANK $ m",    "ZREM $ m",       "ZREMRANGEBYRANK $ 0 0",
    "ZREVRANGE $ 0 0",     "ZSCORE $ m",   "PEXPIRE $ 1000", "UNLINK $"};
constexpr std::string_view kTombstones[] = {
    "EXISTS $",   "ZADD $ GT 0 m",         "ZCOUNT $ 0 1",   "ZMSCORE $ m", "ZRANGEBYSCORE $ 0 1",
    "ZSCORE $ m", "ZREMRANGEBYRANK $ 0 0", "PEXPIRE $ 1000", "UNLINK $"};
constexpr std::string_view kEpoch[] = {"HGET $ id", "HMGET $ id", "HSET $ id 0", "HSETNX $ id 0"};
constexpr std::string_view kProbe[] = {"ZADD $ 0 m", "ZSCORE $ m", "ZREM $ m", "PEXPIRE $ 1000"};
constexpr std::string_view kListed[] = {"HGET $ f", "HMGET $ f", "HSET $ f v", "EXPIRE $ 60"};
constexpr std::string_view kLive[] = {"SET $ 0 EX 1", "EXISTS $", "DEL $"};
constexpr std::string_view kNodes[] = {"HGETALL $", "HVALS $", "HSET $ f v", "HDEL $ f",
                                       "PEXPIRE $ 1000"};
constexpr std::string_view kState[] = {"HGETALL $", "HMGET $ f", "HSET $ f v", "HDEL $ f",
                                       "PEXPIRE $ 1000"};
constexpr std::string_view kRegistry[] = {"HKEYS $",    "HGETALL $", "HEXISTS $ f",
                                          "HSET $ f v", "HDEL $ f",  "PEXPIRE $ 1000"};
constexpr std::string_view kLease[] = {"SET $ 0 EX 1", "GET $", "PTTL $", "EXISTS $", "DEL $"};
constexpr std::string_view kIndex[] = {"ZADD $ 0 m",    "ZREM $ m", "ZSCORE $ m",
                                       "ZRANGE $ 0 0",  "DEL $",    "ZLEXCOUNT $ - +",
                                       "PEXPIRE $ 1000"};
constexpr std::string_view kTick[] = {"SET $ 0 EX 1"};
constexpr std::string_view kChannel[] = {"PUBLISH $ m", "SUBSCRIBE $"};

// Nobody's: what is asked about is never run.
constexpr std::string_view kSomebody = "rollcall-doctor";
constexpr std::string_view kSomeNode = "00000000-0000-4000-8000-000000000000";

class Needs {
 public:
  void add(std::span<const std::string_view> examples, std::string_view target = {},
           std::string_view pattern = {}) {
    for (const std::string_view example : examples) add_one(example, target, pattern);
  }

  std::vector<Need> all;

 private:
  void add_one(std::string_view example, std::string_view target, std::string_view pattern) {
    Need need{std::string(example.substr(0, example.find(' '))), std::string(pattern), Command()};
    if (example.starts_with("EVAL ")) {
      need.example = Command("EVAL", "return 0", 0);
    } else {
      for (const auto word : std::views::split(example, ' ')) {
        const std::string_view text(word.begin(), word.end());
        need.example.add(text == "$" ? target : text);
      }
    }
    all.push_back(std::move(need));
  }
};

void add_roster(Needs& needs, const std::string& key) {
  const RosterKeys keys(key);
  const std::string companions = keys.stem + ":*";
  needs.add(kRoster, keys.roster, keys.roster);
  needs.add(kTombstones, keys.left, companions);
  needs.add(kEpoch, keys.epoch, companions);
  needs.add(kProbe, keys.probe, companions);
  needs.add(kListed, keys.listed(kSomebody), companions);
}

void add_presence(Needs& needs, const std::string& prefix) {
  const PresenceKeys keys(prefix);
  const core::UserId user = core::UserId::parse(kSomebody).value();
  needs.add(kLive, keys.live(user), prefix + "*");
  needs.add(kNodes, keys.nodes(user), "{" + prefix + "*");
  needs.add(kState, keys.state(user), "{" + prefix + "*");
  const std::string own = "rollcall:*";
  needs.add(kRegistry, kNodesKey, own);
  needs.add(kLease, lease_key(kSomeNode), own);
  needs.add(kIndex, index_key(kSomeNode), own);
  needs.add(kTick, tick_key(kSomebody), own);
  needs.add(kChannel, user_channel(user), own);
  needs.add(kChannel, kBroadcastChannel, own);
  needs.add(kChannel, shard_channel(kSomeNode, 0), own);
}

}  // namespace

std::vector<Need> needs_of(const NeedsOptions& options) {
  Needs needs;
  needs.add(kAnywhere);
  for (const std::string& key : options.roster_keys) add_roster(needs, key);
  add_presence(needs, options.presence_prefix);
  return std::move(needs.all);
}

}  // namespace rollcall::redis
