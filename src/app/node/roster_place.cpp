#include "app/node/roster_place.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace rollcall::app {
namespace {

using State = core::Handover::State;

constexpr std::size_t kToldChanges = 50;

auto rank_of(State state) {
  return std::ranges::find(kHandoverStates, state) - kHandoverStates.begin();
}

}  // namespace

State worse_of(State one, State other) {
  return rank_of(one) < rank_of(other) ? other : one;
}

void StateChanges::tell(const core::Handover::Change& change) {
  by_state_[static_cast<std::size_t>(change.to)].add();
  const base::LogFields fields{{"roster", roster_},
                               {"shard", shard_},
                               {"from", name_of(change.from)},
                               {"to", name_of(change.to)},
                               {"reason", change.reason}};
  if (rank_of(change.to) > rank_of(change.from)) {
    logger_.warn("store state changed", fields);
  } else {
    logger_.info("store state changed", fields);
  }
}

std::uint64_t StateChanges::count(State to) const {
  return by_state_[static_cast<std::size_t>(to)].get();
}

http::RosterStatus merge_places(std::string roster, const std::vector<PlaceReport>& places,
                                base::WallTime started) {
  http::RosterStatus merged;
  merged.roster = std::move(roster);
  for (const PlaceReport& place : places) merged.state = worse_of(merged.state, place.state);
  const bool is_normal = merged.state == State::normal;
  std::optional<base::WallTime> since;
  for (std::size_t shard = 0; shard < places.size(); ++shard) {
    const PlaceReport& place = places[shard];
    merged.shadow_members += place.shadow_members;
    for (const core::Handover::Change& change : place.history) {
      const auto after =
          std::ranges::upper_bound(merged.history, change.at, {}, &http::RosterStatus::Change::at);
      merged.history.insert(after, {change.at, change.from, change.to, change.reason,
                                    places.size() > 1 ? std::optional(shard) : std::nullopt});
    }
    if (place.state != merged.state) continue;
    const base::WallTime began = place.history.empty() ? started : place.history.back().at;
    const base::WallTime other = since.value_or(began);
    since = is_normal ? std::max(other, began) : std::min(other, began);
  }
  merged.since = since.value_or(started);
  if (merged.history.size() > kToldChanges) {
    merged.history.erase(merged.history.begin(), std::prev(merged.history.end(), kToldChanges));
  }
  return merged;
}

}  // namespace rollcall::app
