#pragma once

#include "sim/schedule.hpp"
#include "sim/shared_store.hpp"
#include "sim/sim_node.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace rollcall::sim {

// Nodes, users with tabs, and faults, all from one seed. Each node has a watcher of all users.
class PresenceWorld {
 public:
  explicit PresenceWorld(std::uint64_t seed);

  // Random deeds and faults, then a calm. Tells the first promise that was broken, with what went
  // before it; nothing when all were kept.
  std::string run();

 private:
  static constexpr std::size_t kNodes = 3;
  static constexpr std::size_t kUsers = 5;
  static constexpr base::Millis kStep{100};
  static constexpr base::Millis kStorm{900'000};
  static constexpr base::Millis kCalm{400'000};
  static constexpr base::Millis kPing{54'000};
  // Until every node must know: the lease, its reaping, what is said and looked up again.
  static constexpr base::Millis kSettled{45'000};
  static constexpr base::Millis kGoneAfter = SharedStore::kTtl + base::Millis(10'000);

  void step();
  void act();
  void trouble();
  void crash(std::size_t index);
  void start(std::size_t index);
  void note(const std::string& what);
  std::uint64_t roll(std::uint64_t sides) { return random_() % sides; }
  bool linked(std::size_t index) const;
  void follow_truth();
  std::string check();
  std::string check_user(const SimNode& node, const core::UserId& user);

  std::uint64_t seed_;
  std::mt19937_64 random_;
  Schedule schedule_;
  SharedStore store_;
  SimNode::Tell publish_;
  std::vector<core::UserId> users_;
  std::vector<std::unique_ptr<SimNode>> nodes_;  // null: crashed
  core::Place next_place_ = 1;
  base::WallTime last_trouble_;
  std::map<core::UserId, base::WallTime> gone_since_;
  std::map<core::UserId, base::WallTime> here_since_;
  base::WallTime next_pongs_;
  bool calm_ = false;
  std::vector<std::string> history_;
};

}  // namespace rollcall::sim
