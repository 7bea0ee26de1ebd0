#include "transport/http/insight_json.hpp"

#include "transport/http/response.hpp"

#include <string_view>

#include <fmt/format.h>

namespace rollcall::http {
namespace {

using service::History;

// One number of each step, as a list.
template <typename NumberOf>
std::string column(const History& history, NumberOf number_of) {
  std::string list;
  for (const History::Step& step : history.steps()) {
    list += (list.empty() ? "" : ",") + number_of(step);
  }
  return "[" + list + "]";
}

std::string rate_text(double rate) {
  return fmt::format("{:.1f}", rate);
}

std::string beats_json(const History& history) {
  std::string beats;
  for (std::size_t i = 0; i < service::kSources.size(); ++i) {
    beats +=
        fmt::format(R"({}"{}":{})", beats.empty() ? "" : ",", core::name_of(service::kSources[i]),
                    column(history, [i](const auto& step) { return rate_text(step.beats[i]); }));
  }
  return beats;
}

// Those that are served now; null before a roster was.
std::string rosters_json(const History& history) {
  std::string rosters;
  for (const auto& [roster, online] : history.latest().online) {
    const auto counts = column(history, [&name = roster](const auto& step) {
      const auto at = step.online.find(name);
      return at == step.online.end() ? "null" : std::to_string(at->second);
    });
    rosters += fmt::format(R"({}{{"roster":{},"online":{}}})", rosters.empty() ? "" : ",",
                           json_string(roster), counts);
  }
  return rosters;
}

std::string time_json(const std::optional<base::WallTime>& time) {
  return time ? json_string(base::format_rfc3339(*time)) : "null";
}

std::string node_json(const service::NodeView& node, const std::string& own_id) {
  return fmt::format(
      R"({{"id":{},"node":{},"self":{},"state":"{}","since":"{}","wasLost":{},"startedAt":{},)"
      R"("connections":{}}})",
      json_string(node.id), json_string(node.name), node.id == own_id, name_of(node.state),
      base::format_rfc3339(node.since), node.was_lost, time_json(node.started),
      node.connections ? std::to_string(*node.connections) : "null");
}

}  // namespace

std::string history_json(const History& history) {
  const auto times = column(history, [](const auto& step) {
    return std::to_string(step.at.time_since_epoch().count());
  });
  const auto count = [&](auto member) {
    return column(history, [member](const auto& step) { return std::to_string(step.*member); });
  };
  const auto rate = [&](auto member) {
    return column(history, [member](const auto& step) { return rate_text(step.*member); });
  };
  return fmt::format(
      R"({{"stepMs":{},"at":{},"websockets":{},"messagesIn":{},"messagesOut":{},)"
      R"("slowConsumers":{},"slowConsumersTotal":{},"beats":{{{}}},"rosters":[{}]}})",
      History::kEvery.count(), times, count(&History::Step::websockets),
      rate(&History::Step::messages_in), rate(&History::Step::messages_out),
      count(&History::Step::slow_consumers), history.latest().slow_consumers, beats_json(history),
      rosters_json(history));
}

std::string cluster_json(const ClusterStatus& cluster) {
  std::string nodes;
  for (const service::NodeView& node : cluster.nodes) {
    nodes += (nodes.empty() ? "" : ",") + node_json(node, cluster.id);
  }
  return fmt::format(R"({{"alone":{},"heardAt":{},"nodes":[{}]}})", cluster.is_alone,
                     time_json(cluster.heard_at), nodes);
}

std::string node_frame(const NodeStatus& status, const ClusterStatus& cluster) {
  return R"({"type":"rollcall.node","status":)" + status_json(status) + R"(,"nodes":)" +
         cluster_json(cluster) + "}";
}

std::string history_frame(const History& history) {
  return R"({"type":"rollcall.history",)" + history_json(history).substr(1);
}

}  // namespace rollcall::http
