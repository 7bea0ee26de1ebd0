#pragma once

#include "app/config/config.hpp"
#include "ports/presence_store.hpp"
#include "ports/tick_claim.hpp"
#include "service/home_shard.hpp"
#include "service/membership.hpp"
#include "service/refresh.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace rollcall::app {

// What one shard does for the whole node: it keeps the node's place among the others, and sends
// the refreshes.
class NodeDuties {
 public:
  // Without a registry this node is alone.
  NodeDuties(std::unique_ptr<ports::NodeRegistry> registry,
             std::unique_ptr<ports::TickClaim> claim, const base::Clock& clock);

  void join_cluster(service::Membership::Ears ears);
  void add_refresh(const RefreshConfig& config, service::Roster& roster,
                   service::Realtime& realtime);

  void tick();
  void resign(std::function<void()> done);

  std::uint64_t reaped() const { return membership_ ? membership_->reaped() : 0; }
  std::uint64_t refreshed() const;

 private:
  std::unique_ptr<ports::NodeRegistry> registry_;
  std::unique_ptr<ports::TickClaim> claim_;
  const base::Clock& clock_;
  std::unique_ptr<service::Membership> membership_;
  std::vector<std::unique_ptr<service::Refresh>> refreshes_;
};

}  // namespace rollcall::app
