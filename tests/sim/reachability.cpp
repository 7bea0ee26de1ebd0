#include "sim/reachability.hpp"

#include <algorithm>

namespace rollcall::sim {

void Reachability::start(int life, base::WallTime now) {
  lives_[life];
  note_change(now);
}

void Reachability::end(int life, base::WallTime now) {
  lives_.erase(life);
  note_change(now);
}

void Reachability::set(int life, core::Source store, bool works, base::WallTime now) {
  auto& stores = lives_[life];
  if (works) {
    stores.emplace(store, now);
  } else {
    stores.erase(store);
  }
}

std::optional<base::WallTime> Reachability::since(int life, core::Source store) const {
  const auto stores = lives_.find(life);
  if (stores == lives_.end()) return std::nullopt;
  const auto found = stores->second.find(store);
  return found == stores->second.end() ? std::nullopt : std::optional(found->second);
}

std::optional<base::WallTime> Reachability::common_since(int one, int other) const {
  std::optional<base::WallTime> earliest;
  for (const core::Source store : kStores) {
    const auto a = since(one, store);
    const auto b = since(other, store);
    if (!a || !b) continue;
    const base::WallTime both = std::max(*a, *b);
    earliest = earliest ? std::min(*earliest, both) : both;
  }
  return earliest;
}

}  // namespace rollcall::sim
