#include "sim/roster_node.hpp"

#include "sim/naive_store.hpp"

#include <utility>

namespace rollcall::sim {

RosterNode::RosterNode(Options options, Links links, const Schedule& schedule,
                       service::HandoverStore::OnChange on_change)
    : options_(options), links_(links), clock_(schedule, options.skew) {
  const bool has_both = links.redis != nullptr && links.postgres != nullptr;
  RosterLink& primary = links.redis != nullptr ? *links.redis : *links.postgres;
  RosterLink* fallback = has_both ? links.postgres : nullptr;
  if (options.mutation.naive) {
    store_ = std::make_unique<NaiveStore>(primary, fallback);
    return;
  }
  service::HandoverStore::Options settings;
  settings.roster = "online_sessions";
  settings.place = "node-" + std::to_string(options.life);
  settings.handover.ttl = options.ttl;
  settings.handover.has_fallback = has_both;
  settings.handover.seed = static_cast<std::uint32_t>(options.life);
  settings.handover.rules = options.mutation.rules;
  settings.max_members = 10 * kMostMembers;
  auto handover = std::make_unique<service::HandoverStore>(
      std::move(settings), service::HandoverStore::Stores{primary, fallback, fallback},
      std::make_shared<core::ShardCounts>(1), 0, core::MemberHash(7), clock_,
      std::move(on_change));
  handover_ = handover.get();
  store_ = std::move(handover);
}

void RosterNode::tick() {
  if (handover_ != nullptr) handover_->tick();
}

}  // namespace rollcall::sim
