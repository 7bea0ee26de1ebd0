#include "core/presence_record.hpp"

#include <algorithm>

namespace rollcall::core {

base::Result<std::optional<PresenceRecord::Event>> PresenceRecord::claim(Place place,
                                                                         const Claim& claim,
                                                                         base::WallTime now) {
  const std::uint32_t held = connections_at(place);
  const std::uint64_t total = std::uint64_t{connections()} - held + claim.connections;
  if (claim.limit > 0 && claim.connections > held && total > claim.limit) {
    return base::Error{base::Errc::overloaded, "connection_limit",
                       "the user has as many connections as are allowed"};
  }
  put({place, claim.connections, std::min(claim.away, claim.connections)});
  return total > 0 ? show_connections(now) : leave(claim, held > 0, now);
}

std::optional<PresenceRecord::Event> PresenceRecord::settle(base::WallTime now) {
  if (connections() > 0 || now < grace_until_) return std::nullopt;
  return become(Status::offline, in_grace() ? pending_ : Reason::timeout, now);
}

std::optional<PresenceRecord::Event> PresenceRecord::reap(
    const std::function<bool(Place)>& is_dead, base::WallTime now) {
  remove_if(is_dead);
  if (connections() > 0) return show_connections(now);
  if (now < grace_until_) return std::nullopt;
  return become(Status::offline, in_grace() ? pending_ : Reason::node_lost, now);
}

std::optional<PresenceRecord::Event> PresenceRecord::show_connections(base::WallTime now) {
  const bool all_away = away() == connections();
  return become(all_away ? Status::away : Status::online, Reason::connected, now);
}

std::optional<PresenceRecord::Event> PresenceRecord::leave(const Claim& claim, bool had_some,
                                                           base::WallTime now) {
  const bool unknown = seq_ == 0;
  if (status_ == Status::offline && !unknown) return std::nullopt;
  if (claim.grace <= base::Millis{0}) return become(Status::offline, claim.reason, now);
  if (had_some || !in_grace()) pending_ = claim.reason;
  grace_until_ = std::max(grace_until_, now + claim.grace);
  if (status_ == Status::offline) status_ = Status::online;
  return std::nullopt;
}

// Whatever a user becomes ends the grace.
std::optional<PresenceRecord::Event> PresenceRecord::become(Status status, Reason reason,
                                                            base::WallTime now) {
  grace_until_ = kNoGrace;
  if (status == status_ && seq_ > 0) return std::nullopt;
  status_ = status;
  seq_ = std::max<std::int64_t>(seq_ + 1, now.time_since_epoch().count());
  return Event{status, reason, seq_};
}

std::uint32_t PresenceRecord::sum(std::uint32_t PlaceCount::* number) const {
  std::uint32_t total = first_.*number;
  if (!others_) return total;
  for (const PlaceCount& count : *others_) total += count.*number;
  return total;
}

std::uint32_t PresenceRecord::connections() const {
  return sum(&PlaceCount::connections);
}

std::uint32_t PresenceRecord::away() const {
  return sum(&PlaceCount::away);
}

std::uint32_t PresenceRecord::places() const {
  const std::uint32_t first = first_.connections > 0 ? 1 : 0;
  return others_ ? first + static_cast<std::uint32_t>(others_->size()) : first;
}

std::uint32_t PresenceRecord::connections_at(Place place) const {
  if (first_.place == place && first_.connections > 0) return first_.connections;
  if (!others_) return 0;
  const auto found = std::ranges::find(*others_, place, &PlaceCount::place);
  return found == others_->end() ? 0 : found->connections;
}

base::Millis PresenceRecord::settle_in(base::WallTime now) const {
  return in_grace() ? std::max(grace_until_ - now, base::Millis{0}) : base::Millis{0};
}

void PresenceRecord::put(const PlaceCount& count) {
  remove_if([&](Place place) { return place == count.place; });
  if (count.connections == 0) return;
  if (first_.connections == 0) {
    first_ = count;
    return;
  }
  if (!others_) others_ = std::make_unique<std::vector<PlaceCount>>();
  others_->push_back(count);
}

void PresenceRecord::remove_if(const std::function<bool(Place)>& matches) {
  if (matches(first_.place)) first_ = {};
  if (!others_) return;
  std::erase_if(*others_, [&](const PlaceCount& count) { return matches(count.place); });
  if (others_->empty()) others_.reset();
}

}  // namespace rollcall::core
