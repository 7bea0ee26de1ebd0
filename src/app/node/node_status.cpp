#include "app/node/node_status.hpp"

#include "app/node/compose.hpp"
#include "app/node/roster_place.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace rollcall::app {
namespace {

using State = core::Handover::State;

// The rosters that requests may name; those that were removed keep their stores.
std::vector<std::string> served_rosters(const Node& node) {
  std::vector<std::string> names;
  for (const auto& entry : node.shards.front()->census->entries()) {
    names.push_back(entry->roster.name());
  }
  return names;
}

PlaceReport report_of(const Shard& shard, const std::string& roster) {
  const RosterPlace* const place = shard.stores.place(roster);
  return place == nullptr ? PlaceReport{} : place->report();
}

template <typename Link>
void add_link(const Link* link, http::DependencyStatus& status) {
  if (link == nullptr) return;
  status.configured = true;
  status.errors += link->counters().errors.get();
  status.timeouts += link->counters().timeouts.get();
}

http::NodeStatus status_of_node(const Node& node) {
  http::NodeStatus status;
  status.node = node.identity.name;
  status.version = ROLLCALL_VERSION;
  status.at = node.stores.clock->now();
  status.uptime = status.at - node.started;
  status.draining = node.draining.load();
  status.connections = node.connections.open_connections.load();
  status.redis.up = status.postgres.up = true;
  for (const auto& shard : node.shards) {
    const std::set<std::string> down = shard->stores.degraded();
    status.redis.up = status.redis.up && !down.contains("redis");
    status.postgres.up = status.postgres.up && !down.contains("postgres");
    add_link(shard->stores.redis_link(), status.redis);
    add_link(shard->stores.postgres_link(), status.postgres);
  }
  status.redis.up = status.redis.up && status.redis.configured;
  status.postgres.up = status.postgres.up && status.postgres.configured;
  status.retention = node.retention.status();
  return status;
}

// What has come in so far; belongs to the shard that asked.
class Gathering {
 public:
  Gathering(Node& node, std::vector<std::string> rosters,
            std::function<void(http::NodeStatus)> reply)
      : node_(node),
        rosters_(std::move(rosters)),
        reports_(rosters_.size(), std::vector<PlaceReport>(node.shards.size())),
        answers_(rosters_.size()),
        awaited_(node.shards.size() + rosters_.size()),
        reply_(std::move(reply)) {}

  const std::vector<std::string>& rosters() const { return rosters_; }

  void add_reports(std::size_t shard, std::vector<PlaceReport> reports) {
    for (std::size_t i = 0; i < reports.size(); ++i) reports_[i][shard] = std::move(reports[i]);
    one_done();
  }

  void add_answer(std::size_t roster, const base::Result<core::Answer>& answer) {
    if (answer) answers_[roster] = answer.value();
    one_done();
  }

 private:
  void one_done() {
    if (--awaited_ > 0) return;
    http::NodeStatus status = status_of_node(node_);
    for (std::size_t i = 0; i < rosters_.size(); ++i) {
      status.rosters.push_back(merge_places(rosters_[i], reports_[i], node_.started));
      status.rosters.back().answer = answers_[i];
    }
    reply_(std::move(status));
  }

  Node& node_;
  std::vector<std::string> rosters_;
  std::vector<std::vector<PlaceReport>> reports_;  // by roster, then by shard
  std::vector<std::optional<core::Answer>> answers_;
  std::size_t awaited_;
  std::function<void(http::NodeStatus)> reply_;
};

void ask_places(Node& node, std::size_t asker, const std::shared_ptr<Gathering>& gathering) {
  for (std::size_t i = 0; i < node.shards.size(); ++i) {
    node.mesh.post(i, [&node, asker, i, gathering, rosters = gathering->rosters()] {
      std::vector<PlaceReport> reports;
      for (const std::string& name : rosters) reports.push_back(report_of(*node.shards[i], name));
      node.mesh.post(asker, [gathering, i, reports = std::move(reports)]() mutable {
        gathering->add_reports(i, std::move(reports));
      });
    });
  }
}

void ask_counts(Node& node, std::size_t asker, const std::shared_ptr<Gathering>& gathering) {
  const auto& own = node.shards[asker]->rosters;
  for (std::size_t i = 0; i < gathering->rosters().size(); ++i) {
    const auto roster = std::ranges::find_if(
        own, [&](const auto& each) { return each->name() == gathering->rosters()[i]; });
    (*roster)->count([gathering, i](const base::Result<core::Answer>& answer) {
      gathering->add_answer(i, answer);
    });
  }
}

}  // namespace

void gather_status(Node& node, std::size_t asker, std::function<void(http::NodeStatus)> reply) {
  const auto gathering = std::make_shared<Gathering>(node, served_rosters(node), std::move(reply));
  ask_places(node, asker, gathering);
  ask_counts(node, asker, gathering);
}

std::map<std::string, State> unsettled_rosters(const Node& node) {
  std::map<std::string, State> unsettled;
  for (const std::string& name : served_rosters(node)) {
    State worst = State::normal;
    for (const auto& shard : node.shards) {
      const RosterPlace* const place = shard->stores.place(name);
      if (place != nullptr) worst = worse_of(worst, place->store().state());
    }
    if (worst != State::normal) unsettled.emplace(name, worst);
  }
  return unsettled;
}

}  // namespace rollcall::app
