#pragma once

#include "adapters/memory/roster_store.hpp"
#include "adapters/postgres/link.hpp"
#include "adapters/postgres/outage_board.hpp"
#include "adapters/postgres/roster_cleaner.hpp"
#include "adapters/postgres/roster_store.hpp"
#include "adapters/redis/link.hpp"
#include "adapters/redis/roster_store.hpp"
#include "app/config/config.hpp"
#include "app/node/roster_place.hpp"
#include "base/log.hpp"
#include "ports/roster_journal.hpp"
#include "ports/roster_store.hpp"
#include "ports/shard_mesh.hpp"
#include "service/handover_store.hpp"
#include "service/remote_store.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

namespace rollcall::app {

// Which kind of store the configuration asks for, as long as nothing fails.
core::Source configured_source(const Config& config);

// A roster as it is configured, the sessions' own among them.
struct RosterPlan {
  std::string name;
  std::string key;
  base::Millis ttl{0};
  bool float_seconds = false;
  base::Millis key_expiry{0};

  bool operator==(const RosterPlan&) const = default;
};
std::vector<RosterPlan> roster_plans(const Config& config);

// What the shards' stores have in common.
struct SharedStores {
  core::MemberHash hash;
  std::unique_ptr<base::Clock> clock;
  std::unique_ptr<ports::RosterJournal> journal;  // null: nothing is kept
};
base::Result<SharedStores> open_shared_stores(const Config& config, const base::Logger& logger);

// The stores of one shard, one for each roster, and the links under them. With Redis or
// PostgreSQL a roster is handed over between them and the shard's shadow. PostgreSQL has one link
// a node, on the first shard.
class ShardStores {
 public:
  struct Setup {
    const Config& config;
    const std::string& node;  // its UUID
    std::size_t shard;
    SharedStores& shared;
    ports::ShardMesh& mesh;
    boost::asio::io_context& loop;
    const base::Logger& logger;
  };

  // All that it refers to outlives it.
  explicit ShardStores(const Setup& setup);
  ~ShardStores();
  ShardStores(const ShardStores&) = delete;
  ShardStores& operator=(const ShardStores&) = delete;

  // The store of a further roster, for this shard; `counts` is the roster's, one cell a shard that
  // has a store. `first` are the first shard's stores, to which it was added before.
  ports::RosterStore& add(const RosterPlan& plan, const std::shared_ptr<core::ShardCounts>& counts,
                          ShardStores& first);

  void start();  // on the shard's thread

  // The links that are down, by name. From any thread; as of the latest tick.
  std::set<std::string> degraded() const;

  redis::Link* redis_link() const { return redis_.get(); }                   // null: none
  const postgres::Link* postgres_link() const { return postgres_.get(); }    // the first shard's
  const postgres::RosterCleaner* cleaner() const { return cleaner_.get(); }  // likewise
  const std::vector<std::unique_ptr<redis::RedisRosterStore>>& redis_stores() const {
    return redis_stores_;
  }

  // Null for a roster that is not handed over: memory alone.
  const RosterPlace* place(std::string_view roster) const;

  memory::MemoryRosterStore& memory_store(std::size_t roster) { return *memory_stores_[roster]; }

 private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;
  static constexpr std::chrono::milliseconds kTick{100};

  bool is_first() const { return setup_.shard == 0; }
  redis::RedisRosterStore& make_redis(const RosterPlan& plan);
  postgres::PostgresRosterStore& make_postgres(const RosterPlan& plan);
  ports::RosterStore& make_memory(const RosterPlan& plan,
                                  const std::shared_ptr<core::ShardCounts>& counts);
  ports::RosterStore& make_handover(const RosterPlan& plan,
                                    const std::shared_ptr<core::ShardCounts>& counts,
                                    ShardStores& first);
  service::HandoverStore::Stores shared_stores(const RosterPlan& plan, ShardStores& first);
  void start_cleaning();
  void tick();

  Setup setup_;
  std::unique_ptr<redis::Link> redis_;
  std::unique_ptr<postgres::Link> postgres_;
  std::vector<std::unique_ptr<RosterPlace>> places_;
  // In the order in which they may go: each refers to those before it, and hears of those after.
  std::vector<std::unique_ptr<service::HandoverStore>> handovers_;
  std::vector<std::unique_ptr<service::ResetEcho>> echoes_;
  std::vector<std::unique_ptr<redis::RedisRosterStore>> redis_stores_;
  std::unique_ptr<postgres::PostgresOutageBoard> board_;
  std::vector<std::unique_ptr<postgres::PostgresRosterStore>> postgres_stores_;
  std::vector<std::unique_ptr<service::RemoteStore>> remote_stores_;
  std::unique_ptr<service::RemoteBoard> remote_board_;
  std::vector<std::unique_ptr<memory::MemoryRosterStore>> memory_stores_;
  std::vector<postgres::RosterName> cleaned_rosters_;
  std::unique_ptr<postgres::RosterCleaner> cleaner_;
  Timer timer_;
  std::atomic<bool> redis_down_{false};
  std::atomic<bool> postgres_down_{false};
};

// Gives every shard the members that the journal kept for it, before the loops run. Returns how
// many are live again.
base::Result<std::size_t> restore_members(const Config& config, SharedStores& shared,
                                          const std::vector<ShardStores*>& shards);

}  // namespace rollcall::app
