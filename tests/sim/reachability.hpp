#pragma once

#include "base/time.hpp"
#include "core/answer.hpp"

#include <array>
#include <map>
#include <optional>

namespace rollcall::sim {

// Which nodes could use which stores, and since when. A node that starts again is another one: a
// life counts from its start to its crash.
class Reachability {
 public:
  void start(int life, base::WallTime now);
  void end(int life, base::WallTime now);
  void set(int life, core::Source store, bool works, base::WallTime now);
  void note_change(base::WallTime now) { last_change_ = now; }

  // Since when the node could use the store; nothing when it cannot now.
  std::optional<base::WallTime> since(int life, core::Source store) const;
  // Since when there is a store that both can use.
  std::optional<base::WallTime> common_since(int one, int other) const;
  // A fault that began or ended, a crash, a start.
  base::WallTime last_change() const { return last_change_; }

 private:
  static constexpr std::array kStores{core::Source::redis, core::Source::postgres};

  std::map<int, std::map<core::Source, base::WallTime>> lives_;
  base::WallTime last_change_;
};

}  // namespace rollcall::sim
