#include "sim/handover_world.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::sim {
namespace {

using base::Millis;

constexpr ServerState kServerFaults[] = {ServerState::read_only, ServerState::refusing,
                                         ServerState::hung, ServerState::down};
constexpr const char* kServerTold[] = {"refuses writes", "refuses all", "hangs", "is down"};
constexpr LinkFault kLinkFaults[] = {LinkFault::cut, LinkFault::hung, LinkFault::lossy,
                                     LinkFault::slow};
constexpr const char* kLinkTold[] = {"is cut", "hangs", "loses all", "is slow"};

const char* name_of(const RosterServer& server) {
  return server.kind() == ServerKind::redis ? "redis" : "postgres";
}

}  // namespace

// Blinks, outages that a ttl bridges, and some that it does not.
base::Millis HandoverWorld::draw_duration() {
  switch (roll(4)) {
    case 0:
      return span(Millis(50), Millis(1'000));
    case 1:
      return span(Millis(1'000), Millis(6'000));
    case 2:
      return span(Millis(6'000), Millis(25'000));
    default:
      return span(Millis(25'000), Millis(90'000));
  }
}

void HandoverWorld::trouble() {
  if (is_calm_) return;
  RosterServer& any = redis_ && (!postgres_ || roll(3) != 0) ? redis_.value() : postgres_.value();
  switch (roll(11)) {
    case 0:
    case 1:
    case 2:
      trouble_server(any);
      break;
    case 3:
      trouble_data();
      break;
    case 4:
    case 5:
    case 6:
      trouble_link();
      break;
    case 7:
      trouble_node();
      break;
    case 8:
    case 9:
      trouble_stealthily();
      break;
    default:
      step_clock(any);
  }
  refresh_reach();
  schedule_.after(span(Millis(0), 2 * mean_gap_), [this] { trouble(); });
}

// A mend that comes after the calm began finds all mended.
void HandoverWorld::lapse(base::Millis wait, std::function<void()> mend) {
  schedule_.after(wait, [this, mend = std::move(mend)] {
    if (is_calm_) return;
    mend();
    refresh_reach();
  });
}

void HandoverWorld::trouble_server(RosterServer& server) {
  if (server.state() != ServerState::up) return;
  const std::size_t which = roll(std::size(kServerFaults));
  note("{} {}", name_of(server), kServerTold[which]);
  server.set_state(kServerFaults[which]);
  lapse(draw_duration(), [this, &server] {
    note("{} is up", name_of(server));
    server.set_state(ServerState::up);
  });
}

// Only Redis loses what it holds.
void HandoverWorld::trouble_data() {
  if (!redis_ || redis_->state() != ServerState::up) return;
  const std::size_t which = roll(3);
  if (which == 0) {
    note("redis is emptied");
    return redis_->wipe();
  }
  note("redis is down");
  redis_->set_state(ServerState::down);
  lapse(draw_duration() / 3, [this, which] {
    note("redis is up, {}", which == 1 ? "empty" : "from an older copy");
    if (which == 1) redis_->restart_empty();
    if (which == 2) redis_->fail_over();
    redis_->set_state(ServerState::up);
  });
}

void HandoverWorld::trouble_link() {
  RosterNode* any = nodes_[roll(nodes_.size())].get();
  if (any == nullptr) return;
  const bool to_redis = redis_ && (!postgres_ || roll(3) != 0);
  RosterLink& link = to_redis ? *any->links().redis : *any->links().postgres;
  if (link.fault() != LinkFault::none) return;
  const std::size_t which = roll(std::size(kLinkFaults));
  disturb(link, kLinkFaults[which],
          fmt::format("the link of node {} to {} {}", any->life(), to_redis ? "redis" : "postgres",
                      kLinkTold[which]));
}

// A primary that works now and then; a fallback that has no room for what a replay brings. A
// fallback is taken back at once, and a primary is not asked what is not in it yet.
void HandoverWorld::trouble_stealthily() {
  RosterNode* any = nodes_[roll(nodes_.size())].get();
  if (any == nullptr) return;
  const auto [redis, postgres] = any->links();
  const bool is_crowded = redis && postgres && roll(3) != 0;
  RosterLink& link = redis && !is_crowded ? *redis : *postgres;
  if (link.fault() != LinkFault::none) return;
  disturb(link, is_crowded ? LinkFault::crowded : LinkFault::flaky,
          fmt::format("the link of node {} to {}", any->life(),
                      is_crowded ? "postgres has no room for merges" : "its primary is flaky"));
}

void HandoverWorld::disturb(RosterLink& link, LinkFault fault, const std::string& what) {
  note("{}", what);
  link.set_fault(fault);
  lapse(draw_duration(), [this, &link, what] {
    note("no longer: {}", what);
    link.set_fault(LinkFault::none);
  });
}

void HandoverWorld::trouble_node() {
  const std::size_t place = roll(nodes_.size());
  if (nodes_[place] == nullptr) return;
  crash(place);
  lapse(draw_duration() / 2, [this, place] { start(place); });
}

// Not while something hangs: how long that may be run later is told by the clock that steps.
void HandoverWorld::step_clock(RosterServer& server) {
  const bool hangs = std::ranges::any_of(
      links_, [](const auto& link) { return link->fault() == LinkFault::hung; });
  if (!clocks_step_ || hangs || server.state() == ServerState::hung) return;
  note("the clock of {} steps", name_of(server));
  server.wander(span(Millis(-RosterServer::kWander), RosterServer::kWander));
}

void HandoverWorld::mend_all() {
  note("calm");
  for (auto* server : {&redis_, &postgres_}) {
    if (*server) (*server)->set_state(ServerState::up);
  }
  for (const auto& link : links_) link->set_fault(LinkFault::none);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!nodes_[i]) start(i);
  }
  refresh_reach();
}

void HandoverWorld::refresh_reach() {
  const base::WallTime now = schedule_.now();
  reach_.note_change(now);
  for (const auto& each : nodes_) {
    if (!each) continue;
    const auto [redis, postgres] = each->links();
    if (redis) reach_.set(each->life(), core::Source::redis, redis->works(), now);
    if (postgres) reach_.set(each->life(), core::Source::postgres, postgres->works(), now);
  }
}

}  // namespace rollcall::sim
