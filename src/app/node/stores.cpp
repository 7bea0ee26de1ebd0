#include "app/node/stores.hpp"

#include "adapters/postgres/roster_store.hpp"
#include "adapters/sqlite/journal.hpp"
#include "app/config/consistency.hpp"

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

namespace {

// Every node has noticed a change, and has begun to make it good, well before answers are called
// exact again.
constexpr int kLooksASettling = 5;

// The rest of a request's deadline is for the way in and out.
base::Millis patience(const Config& config) {
  return config.server.request_deadline * 7 / 10;
}

// Both stores are asked within the patience, one after the other.
base::Millis postgres_timeout(const Config& config) {
  const base::Millis redis = config.redis.url.empty() ? base::Millis(0) : config.redis.timeout;
  const base::Millis rest = std::max(patience(config) - redis, patience(config) / 4);
  return std::min(config.postgres.timeout, rest);
}

std::size_t members_a_shard(const Config& config, const core::ShardCounts& counts) {
  return std::max<std::size_t>(1, config.store.max_members / counts.size());
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

ShardStores::ShardStores(const Setup& setup) : setup_(setup), timer_(setup.loop) {
  const Config& config = setup_.config;
  if (!config.redis.url.empty()) {
    redis::LinkOptions options;
    options.endpoint = redis::parse_url(config.redis.url).value();
    options.ca_file = config.redis.ca_file;
    options.command_timeout = config.redis.timeout;
    redis_ = std::make_unique<redis::Link>(options, setup_.loop, setup_.logger);
  }
  if (!config.postgres.url.empty() && is_first()) {
    postgres::LinkOptions options;
    options.url = config.postgres.url;
    options.timeout = postgres_timeout(config);
    options.time_zone = config.postgres.sessions_time_zone;
    postgres_ = std::make_unique<postgres::Link>(options, setup_.loop, setup_.logger);
    board_ = std::make_unique<postgres::PostgresOutageBoard>(*postgres_);
  }
}

ShardStores::~ShardStores() {
  for (const auto& handover : handovers_) handover->close();
}

ports::RosterStore& ShardStores::add(const RosterPlan& plan,
                                     const std::shared_ptr<core::ShardCounts>& counts,
                                     ShardStores& first) {
  if (configured_source(setup_.config) == core::Source::memory) return make_memory(plan, counts);
  return make_handover(plan, counts, first);
}

redis::RedisRosterStore& ShardStores::make_redis(const RosterPlan& plan) {
  redis_stores_.push_back(std::make_unique<redis::RedisRosterStore>(
      redis_options(setup_.config, plan), *redis_, setup_.loop, setup_.logger));
  return *redis_stores_.back();
}

postgres::PostgresRosterStore& ShardStores::make_postgres(const RosterPlan& plan) {
  postgres::PostgresRosterOptions options;
  options.name = plan.name;
  options.ttl = plan.ttl;
  options.batch_members = setup_.config.postgres.batch_members;
  options.queued_changes = setup_.config.postgres.queued_changes;
  if (plan.name == kSessionsRoster) options.sessions_table = setup_.config.postgres.sessions_table;
  cleaned_rosters_.push_back({plan.name, plan.ttl});
  postgres_stores_.push_back(std::make_unique<postgres::PostgresRosterStore>(
      options, *postgres_, setup_.loop, setup_.logger));
  return *postgres_stores_.back();
}

ports::RosterStore& ShardStores::make_memory(const RosterPlan& plan,
                                             const std::shared_ptr<core::ShardCounts>& counts) {
  const memory::MemoryRosterOptions options{plan.name, plan.ttl,
                                            members_a_shard(setup_.config, *counts)};
  memory_stores_.push_back(std::make_unique<memory::MemoryRosterStore>(
      options, counts, setup_.shard, setup_.shared.hash, *setup_.shared.clock,
      setup_.shared.journal.get()));
  return *memory_stores_.back();
}

ports::RosterStore& ShardStores::make_handover(const RosterPlan& plan,
                                               const std::shared_ptr<core::ShardCounts>& counts,
                                               ShardStores& first) {
  const Config& config = setup_.config;
  service::HandoverStore::Options options;
  options.roster = plan.name;
  options.place = setup_.node + ":" + std::to_string(setup_.shard);
  options.handover.ttl = plan.ttl;
  options.handover.settle = config.store.settle;
  options.handover.board_every = config.store.settle / kLooksASettling;
  options.handover.pull_every = config.store.settle / kLooksASettling;
  options.handover.pulse_every = config.store.settle / kLooksASettling;
  options.handover.seed = std::random_device()();
  options.max_members = members_a_shard(config, *counts);
  options.patience = patience(config);
  const service::HandoverStore::Stores stores = shared_stores(plan, first);
  options.handover.has_fallback = stores.fallback != nullptr;
  places_.push_back(std::make_unique<RosterPlace>(plan.name, setup_.shard, setup_.logger));
  RosterPlace& place = *places_.back();
  handovers_.push_back(std::make_unique<service::HandoverStore>(
      std::move(options), stores, counts, setup_.shard, setup_.shared.hash, *setup_.shared.clock,
      [&place](const core::Handover::Change& change) { place.changes().tell(change); }));
  service::HandoverStore& handover = *handovers_.back();
  place.watch(handover);
  if (stores.fallback != nullptr) {
    if (is_first()) first.echoes_.push_back(std::make_unique<service::ResetEcho>(setup_.mesh));
    service::ResetEcho& echo = *first.echoes_.back();
    if (is_first()) stores.fallback->listen(echo);
    echo.add(setup_.shard, handover);
  }
  return handover;
}

service::HandoverStore::Stores ShardStores::shared_stores(const RosterPlan& plan,
                                                          ShardStores& first) {
  if (!redis_) return {make_postgres(plan), nullptr, nullptr};
  ports::SharedRosterStore& primary = make_redis(plan);
  if (setup_.config.postgres.url.empty()) return {primary, nullptr, nullptr};
  if (is_first()) return {primary, &make_postgres(plan), board_.get()};
  const service::ShardDoor door(setup_.mesh, setup_.shard, 0);
  remote_stores_.push_back(
      std::make_unique<service::RemoteStore>(door, *first.postgres_stores_.back()));
  if (!remote_board_) remote_board_ = std::make_unique<service::RemoteBoard>(door, *first.board_);
  return {primary, remote_stores_.back().get(), remote_board_.get()};
}

void ShardStores::start() {
  if (redis_) redis_->start();
  if (postgres_) postgres_->start();
  if (postgres_) start_cleaning();
  tick();
}

// The rows of rosters that are added later wait for the next start.
void ShardStores::start_cleaning() {
  postgres::RosterCleanerOptions options;
  options.every = setup_.config.postgres.clean_every;
  options.rosters = cleaned_rosters_;
  options.sessions_table = setup_.config.postgres.sessions_table;
  options.sessions_ttl = setup_.config.sessions.timeout;
  cleaner_ =
      std::make_unique<postgres::RosterCleaner>(options, *postgres_, setup_.loop, setup_.logger);
  cleaner_->start();
}

void ShardStores::tick() {
  for (const auto& store : memory_stores_) store->tick();
  for (const auto& handover : handovers_) handover->tick();
  redis_down_ = redis_ && !redis_->is_up();
  postgres_down_ = postgres_ && !postgres_->is_up();
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
