#include "app/stores.hpp"

#include "adapters/postgres/roster_store.hpp"
#include "adapters/sqlite/journal.hpp"
#include "app/consistency.hpp"

#include <algorithm>
#include <filesystem>
#include <random>
#include <system_error>
#include <utility>

namespace rollcall::app {
namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

redis::RedisRosterOptions redis_options(const Config& config, const RosterPlan& plan) {
  redis::RedisRosterOptions options;
  options.layout = {
      plan.key, plan.ttl,
      plan.float_seconds ? redis::ScoreUnit::seconds : redis::ScoreUnit::milliseconds,
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

base::Result<SharedStores> open_shared_stores(const Config& config, const base::Logger& logger) {
  SharedStores shared{core::MemberHash(random_seed()), std::make_unique<base::SteadyClock>(),
                      nullptr};
  if (configured_source(config) != core::Source::memory) return shared;
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

ShardStores::ShardStores(const Config& config, SharedStores& shared, boost::asio::io_context& loop,
                         const base::Logger& logger)
    : config_(config), shared_(shared), loop_(loop), logger_(logger), timer_(loop) {
  if (configured_source(config) == core::Source::redis) {
    redis::LinkOptions options;
    options.endpoint = redis::parse_url(config.redis.url).value();
    options.ca_file = config.redis.ca_file;
    options.command_timeout = config.redis.timeout;
    redis_ = std::make_unique<redis::Link>(options, loop, logger);
  } else if (configured_source(config) == core::Source::postgres) {
    postgres::LinkOptions options;
    options.url = config.postgres.url;
    options.timeout = config.postgres.timeout;
    postgres_ = std::make_unique<postgres::Link>(options, loop, logger);
  }
}

ports::RosterStore& ShardStores::add(const RosterPlan& plan, std::size_t shard,
                                     const std::shared_ptr<core::ShardCounts>& counts) {
  if (redis_) {
    stores_.push_back(make_redis(plan));
  } else if (postgres_) {
    stores_.push_back(make_postgres(plan));
  } else {
    stores_.push_back(make_memory(plan, shard, counts));
  }
  return *stores_.back();
}

std::unique_ptr<ports::RosterStore> ShardStores::make_redis(const RosterPlan& plan) {
  auto store = std::make_unique<redis::RedisRosterStore>(redis_options(config_, plan), *redis_,
                                                         loop_, logger_);
  redis_stores_.push_back(store.get());
  return store;
}

std::unique_ptr<ports::RosterStore> ShardStores::make_postgres(const RosterPlan& plan) {
  postgres::PostgresRosterOptions options;
  options.name = plan.name;
  options.ttl = plan.ttl;
  options.batch_members = config_.postgres.batch_members;
  options.queued_changes = config_.postgres.queued_changes;
  return std::make_unique<postgres::PostgresRosterStore>(options, *postgres_, loop_, logger_);
}

std::unique_ptr<ports::RosterStore> ShardStores::make_memory(
    const RosterPlan& plan, std::size_t shard, const std::shared_ptr<core::ShardCounts>& counts) {
  const std::size_t share = std::max<std::size_t>(1, config_.store.max_members / counts->size());
  auto store = std::make_unique<memory::MemoryRosterStore>(
      memory::MemoryRosterOptions{plan.name, plan.ttl, share}, counts, shard, shared_.hash,
      *shared_.clock, shared_.journal.get());
  memory_stores_.push_back(store.get());
  return store;
}

void ShardStores::start() {
  if (redis_) redis_->start();
  if (postgres_ && !stores_.empty()) postgres_->start();
  tick();
}

void ShardStores::tick() {
  for (memory::MemoryRosterStore* store : memory_stores_) store->tick();
  redis_down_ = redis_ && !redis_->is_up();
  postgres_down_ = postgres_ && !stores_.empty() && !postgres_->is_up();
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

std::set<std::string> ShardStores::degraded() const {
  std::set<std::string> names;
  if (redis_down_) names.emplace("redis");
  if (postgres_down_) names.emplace("postgres");
  return names;
}

const RosterPlace* ShardStores::place(std::string_view roster) const {
  const auto place =
      std::ranges::find_if(places_, [&](const auto& each) { return each->roster() == roster; });
  return place == places_.end() ? nullptr : place->get();
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
