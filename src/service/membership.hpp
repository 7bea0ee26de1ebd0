#pragma once

#include "base/metrics.hpp"
#include "base/time.hpp"
#include "ports/presence_store.hpp"

#include <functional>

namespace rollcall::service {

// This node among the others: keeps its lease, and takes over after those that died. One a node.
class Membership {
 public:
  struct Options {
    base::Millis renew_every{3'000};
    base::Millis retry_after{100};
    base::Millis reap_every{2'000};
  };
  struct Ears {
    std::function<void(const core::PresenceEvent&)> reaped;
    // The lease was not there: what this node's shards hold must be said again, and what they were
    // told may be true no more. The first one never is: the store may have lost its data since it
    // was first asked.
    std::function<void()> lost;
  };

  Membership(Options options, ports::NodeRegistry& registry, const base::Clock& clock, Ears ears)
      : options_(options), registry_(registry), clock_(clock), ears_(std::move(ears)) {}

  void tick();
  void resign(ports::Reply<base::Done> reply);

  std::uint64_t reaped() const { return reaped_.get(); }

 private:
  void renew();
  void reap();

  Options options_;
  ports::NodeRegistry& registry_;
  const base::Clock& clock_;
  Ears ears_;
  base::WallTime next_renewal_;
  base::WallTime next_reaping_;
  bool renewing_ = false;
  bool reaping_ = false;
  bool resigned_ = false;
  base::Counter reaped_;
};

}  // namespace rollcall::service
