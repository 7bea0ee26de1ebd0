#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/presence.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace rollcall::core {

// A shard of a node, as the keeper of the records numbers them.
using Place = std::uint32_t;

// What a place says of a user: absolute numbers, so that saying it twice does no harm.
struct Claim {
  std::uint32_t connections = 0;
  std::uint32_t away = 0;             // of them
  Reason reason = Reason::connected;  // of the latest change
  base::Millis grace{0};              // when the last one goes: how long the user stays online
  std::uint32_t limit = 0;            // of connections at all places; 0: none
};

// A user's presence: the rule by which claims of places become statuses and events. What a store
// keeps of a user is one of these; adapters/redis/presence.lua is its twin.
//
// A record that knows nothing yet takes its first claim for news, whatever it says: so a departure
// after a loss of data is told too.
class PresenceRecord {
 public:
  // The user is to be added.
  struct Event {
    Status status = Status::offline;
    Reason reason = Reason::connected;
    std::int64_t seq = 0;
  };

  PresenceRecord() = default;
  // Of a user who is known to be offline since the event `seq`.
  explicit PresenceRecord(std::int64_t seq) : seq_(seq) {}

  // Error: `overloaded`, "connection_limit": the claim would grow beyond the limit. Nothing has
  // changed then.
  base::Result<std::optional<Event>> claim(Place place, const Claim& claim, base::WallTime now);

  // Ends the grace if it has run out.
  std::optional<Event> settle(base::WallTime now);

  // Takes away what dead places claimed. Who has no connection left by that is offline at once,
  // with the reason of a grace that has run out before, else as `node_lost`; a grace that still
  // runs goes on. A record that knows nothing tells it too: it may have been forgotten meanwhile.
  std::optional<Event> reap(const std::function<bool(Place)>& is_dead, base::WallTime now);

  Status status() const { return status_; }
  std::int64_t seq() const { return seq_; }  // of the latest event; 0: none
  std::uint32_t connections() const;
  std::uint32_t away() const;
  std::uint32_t places() const;
  std::uint32_t connections_at(Place place) const;
  // > 0: no connection is left, and the grace runs so long still.
  base::Millis settle_in(base::WallTime now) const;
  bool in_grace() const { return grace_until_ != kNoGrace; }

 private:
  struct PlaceCount {
    Place place = 0;
    std::uint32_t connections = 0;
    std::uint32_t away = 0;
  };
  static constexpr base::WallTime kNoGrace{};

  std::uint32_t sum(std::uint32_t PlaceCount::* number) const;
  void put(const PlaceCount& count);
  void remove_if(const std::function<bool(Place)>& matches);
  std::optional<Event> leave(const Claim& claim, bool had_some, base::WallTime now);
  std::optional<Event> show_connections(base::WallTime now);
  std::optional<Event> become(Status status, Reason reason, base::WallTime now);

  std::int64_t seq_ = 0;
  base::WallTime grace_until_ = kNoGrace;
  // Nearly every user is at one place: that costs no allocation. Without connections: unused.
  PlaceCount first_;
  Status status_ = Status::offline;
  Reason pending_ = Reason::connected;  // why the user left, while the grace runs
  std::unique_ptr<std::vector<PlaceCount>> others_;
};

}  // namespace rollcall::core
