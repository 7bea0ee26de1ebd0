#include "app/node/node_duties.hpp"

#include <utility>

namespace rollcall::app {

NodeDuties::NodeDuties(std::unique_ptr<ports::NodeRegistry> registry,
                       std::unique_ptr<ports::TickClaim> claim, const base::Clock& clock)
    : registry_(std::move(registry)), claim_(std::move(claim)), clock_(clock) {}

void NodeDuties::join_cluster(service::Membership::Ears ears) {
  if (!registry_) return;
  membership_ = std::make_unique<service::Membership>(service::Membership::Options{}, *registry_,
                                                      clock_, std::move(ears));
}

void NodeDuties::add_refresh(const RefreshConfig& config, service::Roster& roster,
                             service::Realtime& realtime) {
  refreshes_.push_back(std::make_unique<service::Refresh>(
      service::Refresh::Options{config.roster, config.every, config.message}, roster, realtime,
      *claim_, clock_));
}

void NodeDuties::tick() {
  if (membership_) membership_->tick();
  for (const auto& refresh : refreshes_) refresh->tick();
}

void NodeDuties::resign(std::function<void()> done) {
  if (!membership_) return done();
  membership_->resign([done = std::move(done)](const base::Status&) { done(); });
}

std::uint64_t NodeDuties::refreshed() const {
  std::uint64_t sent = 0;
  for (const auto& refresh : refreshes_) sent += refresh->sent();
  return sent;
}

}  // namespace rollcall::app
