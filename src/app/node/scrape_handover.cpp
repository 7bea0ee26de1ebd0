#include "app/node/scrape_handover.hpp"

#include "app/node/compose.hpp"
#include "app/node/roster_place.hpp"

#include <functional>
#include <string>
#include <vector>

namespace rollcall::app {
namespace {

using http::MetricsText;
using State = core::Handover::State;

// A roster's parts on those shards that have one.
using Places = std::vector<const RosterPlace*>;

Places places_of(const Node& node, const std::string& roster) {
  Places places;
  for (const auto& shard : node.shards) {
    const RosterPlace* const place = shard->stores.place(roster);
    if (place != nullptr) places.push_back(place);
  }
  return places;
}

double sum(const Places& places, const std::function<std::uint64_t(const RosterPlace&)>& number) {
  std::uint64_t total = 0;
  for (const RosterPlace* place : places) total += number(*place);
  return static_cast<double>(total);
}

void add_states(const std::string& roster, const Places& places, MetricsText& text) {
  State worst = State::normal;
  for (const RosterPlace* place : places) worst = worse_of(worst, place->store().state());
  for (const State state : kHandoverStates) {
    text.gauge("rollcall_handover_state", "1 for the worst state among the shards, 0 for others.",
               state == worst ? 1 : 0,
               {{"roster", roster}, {"state", std::string(name_of(state))}});
  }
  for (const State state : kHandoverStates) {
    text.counter("rollcall_handover_changes_total", "Changes of a shard's state.",
                 sum(places, [=](const auto& p) { return p.changes().count(state); }),
                 {{"roster", roster}, {"to", std::string(name_of(state))}});
  }
}

void add_roster(const std::string& roster, const Places& places, MetricsText& text) {
  add_states(roster, places, text);
  const auto counter = [&](base::Counter service::HandoverCounters::* member) {
    return sum(places, [member](const auto& p) { return (p.store().counters().*member).get(); });
  };
  using Counters = service::HandoverCounters;
  text.gauge("rollcall_shadow_members", "Members that this node's own memory keeps.",
             sum(places, [](const auto& p) { return p.store().shadow_members(); }),
             {{"roster", roster}});
  constexpr std::string_view kReplayed = "rollcall_handover_replayed_total";
  constexpr std::string_view kReplayedHelp = "Changes of the node's own memory sent to a store.";
  text.counter(kReplayed, kReplayedHelp,
               sum(places, [](const auto& p) { return p.store().replayed(core::Tier::primary); }),
               {{"roster", roster}, {"to", "primary"}});
  text.counter(kReplayed, kReplayedHelp,
               sum(places, [](const auto& p) { return p.store().replayed(core::Tier::fallback); }),
               {{"roster", roster}, {"to", "fallback"}});
  text.counter("rollcall_handover_pulled_total",
               "Changes that went from the fallback store into the primary one.",
               sum(places, [](const auto& p) { return p.store().pulled(); }),
               {{"roster", roster}});
  text.counter("rollcall_handover_retried_total",
               "Changes that the primary store failed, and that were sent on.",
               counter(&Counters::retried), {{"roster", roster}});
  text.counter("rollcall_handover_losses_total",
               "Times that a shard found the primary store's data gone.",
               counter(&Counters::losses), {{"roster", roster}});
  text.counter("rollcall_local_acknowledgements_total",
               "Changes acknowledged by the node's own memory alone.", counter(&Counters::local),
               {{"roster", roster}});
}

}  // namespace

void add_handover(const Node& node, MetricsText& text) {
  for (const auto& entry : node.shards.front()->census->entries()) {
    const std::string& roster = entry->roster.name();
    const Places places = places_of(node, roster);
    if (!places.empty()) add_roster(roster, places, text);
  }
}

}  // namespace rollcall::app
