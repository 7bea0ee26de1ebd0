#include "app/stores.hpp"

#include <filesystem>
#include <random>
#include <system_error>
#include <utility>

#include "adapters/postgres/roster_store.hpp"
#include "adapters/sqlite/journal.hpp"
#include "app/consistency.hpp"

namespace rollcall::app {
namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

redis::RedisRosterOptions redis_options(const Config& config, const RosterPlan& plan) {
  redis::RedisRosterOptions options;
  options.layout = {plan.key, plan.ttl,
                    plan.float_seconds ? redis::ScoreUnit::seconds
                                       : redis::ScoreUnit::milliseconds,
                    plan.key_expiry};
  options.batch_members = config.redis.batch_members;
  options.queued_changes = config.redis.queued_changes;
  options.trim_every = config.redis.trim_every;
  options.trim_members = config.redis.trim_members;
  return options;
}

}  // namespace

core::Source configured_source(const Config& config) {
  if (!config.redis.url.empty()) return core::Source::redis;
  if (!config.postgres.url.empty()) return core::Source::postgres;
  return core::Source::memory;
}

std::vector<RosterPlan> roster_plans(const Config& config) {
  std::vector<RosterPlan> plans{{std::string(kSessionsRoster), config.sessions.key,
                                 config.sessions.timeout, false, base::Millis(0)}};
  for (const RosterConfig& roster : config.rosters) {
    plans.push_back({roster.name, roster.key.empty() ? roster.name : roster.key, roster.ttl,
                     roster.score == "s", roster.key_expiry});
  }
  return plans;
}

base::Result<SharedStores> open_shared_stores(const Config& config, std::size_t shards,
                                              const base::Logger& logger) {
  SharedStores shared{core::MemberHash(random_seed()), std::make_unique<base::SteadyClock>(),
                      nullptr, {}};
  if (configured_source(config) != core::Source::memory) return shared;
  for (std::size_t i = 0; i < roster_plans(config).size(); ++i) {
    shared.counts.push_back(std::make_shared<memory::ShardCounts>(shards));
  }
  if (config.store.data_dir.empty()) return shared;
  std::error_code error;
  std::filesystem::create_directories(config.store.data_dir, error);
  if (error) {
    return base::Error{base::Errc::invalid_argument, "data_dir",
                       "store.data_dir " + config.store.data_dir + ": " + error.message()};
  }
  auto journal = sqlite::Journal::open(config.store.data_dir + "/rollcall.db", logger);
  if (!journal) return std::move(journal).error();
  shared.journal = std::move(journal).value();
  return shared;
}

ShardStores::ShardStores(const Config& config, SharedStores& shared, std::size_t shard,
                         std::size_t shards, boost::asio::io_context& loop,
                         const base::Logger& logger)
    : timer_(loop) {
  const std::vector<RosterPlan> plans = roster_plans(config);
  if (configured_source(config) == core::Source::redis) {
    redis::LinkOptions options;
    options.endpoint = redis::parse_url(config.redis.url).value();
    options.ca_file = config.redis.ca_file;
    options.command_timeout = config.redis.timeout;
    redis_ = std::make_unique<redis::Link>(options, loop, logger);
    for (const RosterPlan& plan : plans) {
      auto store = std::make_unique<redis::RedisRosterStore>(redis_options(config, plan), *redis_,
                                                             loop, logger);
      redis_stores_.push_back(store.get());
      stores_.push_back(std::move(store));
    }
  } else if (configured_source(config) == core::Source::postgres) {
    postgres::LinkOptions options;
    options.url = config.postgres.url;
    options.timeout = config.postgres.timeout;
    postgres_ = std::make_unique<postgres::Link>(options, loop, logger);
    for (const RosterPlan& plan : plans) {
      postgres::PostgresRosterOptions roster;
      roster.name = plan.name;
      roster.ttl = plan.ttl;
      roster.batch_members = config.postgres.batch_members;
      roster.queued_changes = config.postgres.queued_changes;
      stores_.push_back(
          std::make_unique<postgres::PostgresRosterStore>(roster, *postgres_, loop, logger));
    }
  } else {
    for (std::size_t i = 0; i < plans.size(); ++i) {
      const std::size_t share = std::max<std::size_t>(1, config.store.max_members / shards);
      auto store = std::make_unique<memory::MemoryRosterStore>(
          memory::MemoryRosterOptions{plans[i].name, plans[i].ttl, share}, shared.counts[i], shard,
          shared.hash, *shared.clock, shared.journal.get());
      memory_stores_.push_back(store.get());
      stores_.push_back(std::move(store));
    }
  }
}

void ShardStores::start() {
  if (redis_) redis_->start();
  if (postgres_) postgres_->start();
  if (!memory_stores_.empty()) tick();
}

void ShardStores::tick() {
  for (memory::MemoryRosterStore* store : memory_stores_) store->tick();
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

std::vector<std::string> ShardStores::degraded() const {
  std::vector<std::string> names;
  if (redis_ && !redis_->is_up()) names.emplace_back("redis");
  if (postgres_ && !postgres_->is_up()) names.emplace_back("postgres");
  return names;
}

base::Result<std::size_t> restore_members(const Config& config, SharedStores& shared,
                                          const std::vector<ShardStores*>& shards) {
  std::size_t live = 0;
  if (!shared.journal) return live;
  const std::vector<RosterPlan> plans = roster_plans(config);
  for (std::size_t roster = 0; roster < plans.size(); ++roster) {
    auto entries = shared.journal->load(plans[roster].name);
    if (!entries) return std::move(entries).error();
    std::vector<std::vector<ports::JournalEntry>> by_shard(shards.size());
    for (ports::JournalEntry& entry : entries.value()) {
      const std::size_t home = shared.hash(entry.member.text()) % shards.size();
      by_shard[home].push_back(std::move(entry));
    }
    for (std::size_t i = 0; i < shards.size(); ++i) {
      live += shards[i]->memory_store(roster).restore(std::move(by_shard[i]));
    }
  }
  return live;
}

}  // namespace rollcall::app
