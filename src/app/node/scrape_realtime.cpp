#include "app/node/scrape_realtime.hpp"

#include "app/node/compose.hpp"

#include <functional>

namespace rollcall::app {
namespace {

using http::MetricsText;

double sum(const Node& node, const std::function<double(const RealtimePart&)>& number) {
  double total = 0;
  for (const auto& shard : node.shards) total += number(shard->realtime);
  return total;
}

double value(const base::Counter& counter) {
  return static_cast<double>(counter.get());
}

double value(const base::Gauge& gauge) {
  return static_cast<double>(gauge.get());
}

void add_sockets(const Node& node, MetricsText& text) {
  const auto sockets = [&](auto member) {
    return sum(node,
               [member](const RealtimePart& p) { return value(p.sockets().metrics().*member); });
  };
  text.gauge("rollcall_websockets", "WebSockets of users, open.", sockets(&ws::Metrics::users));
  text.counter("rollcall_websockets_total", "WebSockets opened.", sockets(&ws::Metrics::opened));
  text.counter("rollcall_websocket_messages_sent_total", "Messages written to clients.",
               sockets(&ws::Metrics::messages_out));
  text.counter("rollcall_websocket_messages_received_total", "Messages read from clients.",
               sockets(&ws::Metrics::messages_in));
  text.counter("rollcall_websocket_sent_bytes_total", "Bytes written to clients.",
               sockets(&ws::Metrics::bytes_out));
  text.counter("rollcall_websocket_received_bytes_total", "Bytes read from clients.",
               sockets(&ws::Metrics::bytes_in));
  text.counter("rollcall_websocket_pings_total", "Pings sent.", sockets(&ws::Metrics::pings));
  text.counter("rollcall_websocket_timeouts_total",
               "Connections lost: no pong in time, or no answer to a close.",
               sockets(&ws::Metrics::timeouts));
  text.counter("rollcall_websocket_slow_consumers_total",
               "Connections closed because they read too slowly (4008).",
               sockets(&ws::Metrics::slow_consumers));
  text.counter("rollcall_websocket_protocol_errors_total", "Frames against RFC 6455.",
               sockets(&ws::Metrics::protocol_errors));
  text.counter("rollcall_websocket_command_errors_total", "Messages that are no command.",
               sockets(&ws::Metrics::command_errors));
  text.counter("rollcall_websocket_expired_tokens_total", "Connections whose token ended (4401).",
               sockets(&ws::Metrics::expired_tokens));
  text.counter("rollcall_websocket_kicked_total", "Connections that an application ended (4403).",
               sockets(&ws::Metrics::kicked));
}

void add_presence(const Node& node, MetricsText& text) {
  text.counter("rollcall_realtime_messages_total", "Messages published to users.",
               sum(node, [](const auto& p) { return value(p.routes().metrics().messages); }));
  text.counter("rollcall_realtime_broadcasts_total", "Broadcasts published.",
               sum(node, [](const auto& p) { return value(p.routes().metrics().broadcasts); }));
  text.counter(
      "rollcall_presence_events_total", "Presence events told to watchers.",
      sum(node, [](const auto& p) { return static_cast<double>(p.home().watchers.told()); }));
  text.counter(
      "rollcall_presence_store_failures_total", "Holdings that the store did not take.",
      sum(node, [](const auto& p) { return value(p.home().presence.counters().store_failures); }));
  text.counter(
      "rollcall_connection_limit_refusals_total",
      "Connections refused because their user has too many (4429).",
      sum(node, [](const auto& p) { return value(p.home().presence.counters().limit_refusals); }));
  const NodeDuties& duties = *node.shards.front()->realtime.duties();
  text.counter("rollcall_presence_reaped_total", "Users taken over from nodes that died.",
               static_cast<double>(duties.reaped()));
  text.counter("rollcall_refresh_messages_total", "Messages sent by [[refresh]].",
               static_cast<double>(duties.refreshed()));
}

void add_bus(const Node& node, MetricsText& text) {
  const auto bus = [&](auto member) {
    return sum(node,
               [member](const RealtimePart& p) { return value(p.bus()->counters().*member); });
  };
  text.gauge("rollcall_bus_up", "1 when every shard's subscriptions stand.",
             sum(node, [](const auto& p) { return p.is_deaf() ? 1.0 : 0.0; }) > 0 ? 0 : 1);
  text.counter("rollcall_bus_sent_total", "Envelopes sent to other nodes.",
               bus(&redis::MessageBusCounters::sent));
  text.counter("rollcall_bus_received_total", "Envelopes of others, taken.",
               bus(&redis::MessageBusCounters::received));
  text.counter("rollcall_bus_malformed_total", "Envelopes that were not understood.",
               bus(&redis::MessageBusCounters::malformed));
  text.counter("rollcall_bus_canaries_lost_total", "Subscriptions made anew, for they were deaf.",
               bus(&redis::MessageBusCounters::canaries_lost));
}

}  // namespace

void add_realtime(const Node& node, MetricsText& text) {
  add_sockets(node, text);
  add_presence(node, text);
  if (node.shards.front()->realtime.bus() != nullptr) add_bus(node, text);
}

}  // namespace rollcall::app
