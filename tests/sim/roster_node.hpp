#pragma once

#include "service/handover_store.hpp"
#include "sim/roster_link.hpp"
#include "sim/schedule.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace rollcall::sim {

// What is taken out of the code under test, so that the simulation is seen to notice.
struct Mutation {
  core::HandoverRules rules;
  LinkRules links;
  bool naive = false;  // in place of the hand-over, `redis ?? database`
};

// One life of a node: the real hand-over on links to the simulated servers, with a clock of its
// own.
class RosterNode {
 public:
  struct Options {
    int life = 0;
    base::Millis ttl{0};
    base::Millis skew{0};
    Mutation mutation;
  };
  // Null: not configured.
  struct Links {
    RosterLink* redis;
    RosterLink* postgres;
  };

  RosterNode(Options options, Links links, const Schedule& schedule,
             service::HandoverStore::OnChange on_change);

  int life() const { return options_.life; }
  const Links& links() const { return links_; }
  ports::RosterStore& store() { return *store_; }
  void tick();

 private:
  class SkewedClock final : public base::Clock {
   public:
    SkewedClock(const Schedule& schedule, base::Millis skew) : schedule_(schedule), skew_(skew) {}
    base::WallTime now() const override { return schedule_.now() + skew_; }

   private:
    const Schedule& schedule_;
    base::Millis skew_;
  };

  Options options_;
  Links links_;
  SkewedClock clock_;
  std::unique_ptr<ports::RosterStore> store_;
  service::HandoverStore* handover_ = nullptr;  // unless naive
};

}  // namespace rollcall::sim
