#include "app/node/scrape.hpp"

#include "app/node/compose.hpp"
#include "app/node/scrape_handover.hpp"
#include "app/node/scrape_realtime.hpp"
#include "app/node/scrape_retention.hpp"
#include "transport/http/metrics_text.hpp"

#include <functional>
#include <limits>

namespace rollcall::app {
namespace {

using http::MetricsText;

double sum(const Node& node, const std::function<double(const Shard&)>& number) {
  double total = 0;
  for (const auto& shard : node.shards) total += number(*shard);
  return total;
}

double value(const base::Counter& counter) {
  return static_cast<double>(counter.get());
}

template <typename HistogramOf>
void histogram(const Node& node, MetricsText& text, std::string_view name, std::string_view help,
               HistogramOf of) {
  std::vector<MetricsText::Bucket> buckets;
  std::uint64_t below = 0;
  double total = 0;
  const auto& bounds = of(*node.shards.front()).bounds();
  for (std::size_t i = 0; i <= bounds.size(); ++i) {
    for (const auto& shard : node.shards) below += of(*shard).cell(i);
    const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
    buckets.push_back({bound, below});
  }
  for (const auto& shard : node.shards) total += of(*shard).sum();
  text.histogram(name, help, buckets, total);
}

void add_http(const Node& node, MetricsText& text) {
  const auto http = [&](auto member) {
    return sum(node, [member](const Shard& s) { return value(s.server.metrics().*member); });
  };
  for (std::size_t i = 1; i < 6; ++i) {
    text.counter("rollcall_http_requests_total", "Requests answered, by class of status.",
                 sum(node, [i](const Shard& s) { return value(s.server.metrics().by_class[i]); }),
                 {{"class", std::to_string(i) + "xx"}});
  }
  histogram(node, text, "rollcall_http_request_duration_seconds",
            "From a whole request to its reply.",
            [](const Shard& s) -> const auto& { return s.server.metrics().duration_seconds; });
  text.counter("rollcall_http_connections_total", "Connections accepted.",
               http(&http::Metrics::accepted));
  text.gauge("rollcall_http_connections", "Connections open.", sum(node, [](const Shard& s) {
               return static_cast<double>(s.server.metrics().open.get());
             }));
  text.counter("rollcall_http_connections_refused_total", "Connections refused by a limit.",
               http(&http::Metrics::refused_connections));
  text.counter("rollcall_http_malformed_requests_total", "Requests that are not HTTP, or too big.",
               http(&http::Metrics::malformed));
  text.counter("rollcall_http_timeouts_total", "Clients that sent or read too slowly.",
               http(&http::Metrics::timeouts));
  text.counter("rollcall_http_deadlines_total", "Requests that no store answered in time.",
               http(&http::Metrics::deadlines));
}

void add_sessions(const Node& node, MetricsText& text) {
  const auto sessions = [&](auto member) {
    return sum(node,
               [member](const Shard& s) { return value(s.session_routes->metrics().*member); });
  };
  text.counter("rollcall_heartbeats_total", "Beats taken in.",
               sessions(&http::SessionMetrics::beats));
  text.counter("rollcall_session_leaves_total", "Sessions that said goodbye.",
               sessions(&http::SessionMetrics::leaves));
  text.counter("rollcall_sessions_minted_total", "Session ids given out in a cookie.",
               sessions(&http::SessionMetrics::minted));
  text.counter("rollcall_sessions_rate_limited_total", "Beats refused by a rate limit.",
               sessions(&http::SessionMetrics::rate_limited));
}

void add_answers(const Node& node, MetricsText& text) {
  using core::Certainty;
  using core::Source;
  for (const Source source : {Source::memory, Source::redis, Source::postgres, Source::local}) {
    for (const Certainty certainty : {Certainty::exact, Certainty::at_least}) {
      const double answers = sum(node, [=](const Shard& s) {
        return static_cast<double>(s.session_routes->metrics().answers.get(source, certainty));
      });
      text.counter("rollcall_answers_total",
                   "Counts of the sessions that were told, by where they came from.", answers,
                   {{"source", std::string(name_of(source))},
                    {"certainty", std::string(name_of(certainty))}});
    }
  }
}

void add_rosters(const Node& node, MetricsText& text) {
  for (const auto& entry : node.shards.front()->census->entries()) {
    text.gauge("rollcall_online", "Live members, as of the last few seconds.",
               static_cast<double>(entry->online.get()), {{"roster", entry->roster.name()}});
  }
}

void add_redis(const Node& node, MetricsText& text) {
  const auto link = [&](auto member) {
    return sum(node, [member](const Shard& s) {
      return value(s.stores.redis_link()->counters().*member);
    });
  };
  text.counter("rollcall_redis_commands_total", "Commands sent to Redis.",
               link(&redis::LinkCounters::commands));
  text.counter("rollcall_redis_errors_total", "Error replies of Redis.",
               link(&redis::LinkCounters::errors));
  text.counter("rollcall_redis_timeouts_total", "Links closed because Redis was late.",
               link(&redis::LinkCounters::timeouts));
  text.counter("rollcall_redis_reconnects_total", "Links that came back.",
               link(&redis::LinkCounters::reconnects));
  text.counter("rollcall_redis_data_losses_total", "Times that Redis had lost a roster's data.",
               sum(node, [](const Shard& s) {
                 double losses = 0;
                 for (const auto& store : s.stores.redis_stores()) {
                   losses += value(store->counters().data_losses);
                 }
                 return losses;
               }));
  histogram(node, text, "rollcall_redis_batch_changes", "Changes of the sessions' roster a batch.",
            [](const Shard& s) -> const auto& {
              return s.stores.redis_stores().front()->counters().batch_size;
            });
}

void add_postgres(const Node& node, MetricsText& text) {
  const auto link = [&](auto member) {
    return value(node.shards.front()->stores.postgres_link()->counters().*member);
  };
  text.counter("rollcall_postgres_queries_total", "Statements sent to PostgreSQL.",
               link(&postgres::LinkCounters::queries));
  text.counter("rollcall_postgres_errors_total", "Statements that PostgreSQL refused.",
               link(&postgres::LinkCounters::errors));
  text.counter("rollcall_postgres_timeouts_total", "Links closed because PostgreSQL was late.",
               link(&postgres::LinkCounters::timeouts));
  const auto& cleaned = node.shards.front()->stores.cleaner()->counters();
  text.counter("rollcall_postgres_cleaned_rows_total", "Rows of dead members deleted.",
               value(cleaned.cleaned));
  text.counter("rollcall_postgres_clean_errors_total", "Clean-ups that failed; the next goes on.",
               value(cleaned.clean_errors));
}

}  // namespace

std::string scrape(const Node& node) {
  MetricsText text;
  text.gauge("rollcall_info", "Always 1; the labels tell the version.", 1,
             {{"version", ROLLCALL_VERSION}});
  add_sessions(node, text);
  add_answers(node, text);
  add_rosters(node, text);
  add_http(node, text);
  add_realtime(node, text);
  add_handover(node, text);
  add_retention(node, text);
  if (node.shards.front()->stores.redis_link() != nullptr) add_redis(node, text);
  if (node.shards.front()->stores.postgres_link() != nullptr) add_postgres(node, text);
  return text.text();
}

}  // namespace rollcall::app
