// Beats a second through the PostgreSQL store alone, and the bytes of write-ahead log of each:
//   postgres_beats URL [seconds] [members] [nodes] [batch]
// Each node has a store and a link of its own, all on the same members. Prints a line of JSON. The
// yardstick, on the same table, is one row a statement (single_upsert.sql), driven by pgbench.

#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/roster_store.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

namespace rollcall::bench {
namespace {

using std::chrono::steady_clock;

struct Load {
  std::string url;
  double seconds = 10;
  std::size_t members = 100'000;
  std::size_t nodes = 1;
  std::size_t batch = 1000;
};

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

// Callers that beat again as soon as they are answered: as many as fill the batch in flight and
// the one that gathers behind it.
class Callers {
 public:
  Callers(const Load& load, boost::asio::io_context& context, const base::Logger& logger)
      : link_(link_options(load), context, logger),
        store_({"bench", std::chrono::minutes(15), load.batch, 4 * load.batch}, link_, context,
               logger),
        context_(context) {
    for (std::size_t i = 0; i < load.members; ++i) {
      ids_.push_back(core::MemberId::parse(fmt::format("{:08x}-0000-4000-8000-{:012x}",
                                                       i * 2654435761U % 0xffffffffU, i))
                         .value());
    }
    link_.start();
  }

  // Every member once, so that what is measured are updates.
  void fill(std::size_t batch) {
    std::size_t next = 0;
    start(batch, [&] { return next < ids_.size() ? &ids_[next++] : nullptr; });
    while (is_beating()) context_.run_one();
  }

  void beat_until(std::size_t batch, steady_clock::time_point end) {
    start(batch, [this, end] {
      return steady_clock::now() < end ? &ids_[random_() % ids_.size()] : nullptr;
    });
  }

  bool is_beating() const { return in_flight_ > 0; }

  std::int64_t wal_position() {
    std::int64_t position = 0;
    bool known = false;
    link_.send({"SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')", {}},
               [&](const base::Result<postgres::Rows>& rows) {
                 known = true;
                 if (rows.ok()) position = rows.value().integer(0, 0);
               });
    while (!known) context_.run_one();
    return position;
  }

  std::vector<double> latencies_ms;
  std::size_t failures = 0;
  std::uint64_t online = 0;

 private:
  static postgres::LinkOptions link_options(const Load& load) {
    postgres::LinkOptions options;
    options.url = load.url;
    options.timeout = std::chrono::seconds(10);
    return options;
  }

  void start(std::size_t batch, std::function<const core::MemberId*()> next) {
    latencies_ms.clear();
    next_ = std::move(next);
    for (std::size_t i = 0; i < 2 * batch; ++i) beat_once();
  }

  void beat_once() {
    const core::MemberId* member = next_();
    if (member == nullptr) return;
    ++in_flight_;
    store_.touch(*member, {},
                 [this, begin = steady_clock::now()](const base::Result<core::Answer>& answer) {
                   --in_flight_;
                   latencies_ms.push_back(seconds_since(begin) * 1000);
                   if (answer.ok()) online = answer.value().online;
                   if (!answer.ok() && failures++ == 0)
                     fmt::print(stderr, "{}\n", answer.error().message);
                   beat_once();
                 });
  }

  postgres::Link link_;
  postgres::PostgresRosterStore store_;
  boost::asio::io_context& context_;
  std::vector<core::MemberId> ids_;
  std::function<const core::MemberId*()> next_;
  std::size_t in_flight_ = 0;
  std::mt19937 random_{1};
};

bool is_any_beating(const std::vector<std::unique_ptr<Callers>>& nodes) {
  return std::ranges::any_of(nodes, [](const auto& node) { return node->is_beating(); });
}

int measure(const Load& load) {
  const auto migrated = postgres::migrate(load.url);
  if (!migrated.ok()) {
    fmt::print(stderr, "{}\n", migrated.error().message);
    return EXIT_FAILURE;
  }
  boost::asio::io_context context;
  const base::Logger logger(2, base::LogLevel::warn);
  std::vector<std::unique_ptr<Callers>> nodes;
  for (std::size_t i = 0; i < load.nodes; ++i) {
    nodes.push_back(std::make_unique<Callers>(load, context, logger));
  }
  nodes[0]->fill(load.batch);
  const std::int64_t wal = nodes[0]->wal_position();
  const auto begin = steady_clock::now();
  const auto end = begin + std::chrono::duration_cast<steady_clock::duration>(
                               std::chrono::duration<double>(load.seconds));
  for (const auto& node : nodes) node->beat_until(load.batch, end);
  while (is_any_beating(nodes)) context.run_one();
  const double took = seconds_since(begin);
  std::vector<double> latencies;
  for (const auto& node : nodes) {
    if (node->failures > 0) return EXIT_FAILURE;
    latencies.insert(latencies.end(), node->latencies_ms.begin(), node->latencies_ms.end());
  }
  if (latencies.empty()) return EXIT_FAILURE;
  const auto beats = static_cast<double>(latencies.size());
  const auto written = static_cast<double>(nodes[0]->wal_position() - wal);
  std::ranges::sort(latencies);
  fmt::print(R"({{"name":"rollcall, {} node{}","beats_per_s":{:.0f},"wal_bytes_a_beat":{:.0f},)"
             R"("p50_ms":{:.1f},"p99_ms":{:.1f},"online":{}}})"
             "\n",
             load.nodes, load.nodes == 1 ? "" : "s", beats / took, written / beats,
             latencies[latencies.size() / 2], latencies[latencies.size() * 99 / 100],
             nodes[0]->online);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace rollcall::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: postgres_beats URL [seconds] [members] [nodes] [batch]\n");
    return EXIT_FAILURE;
  }
  rollcall::bench::Load load;
  load.url = argv[1];
  if (argc > 2) load.seconds = std::max(0.1, std::atof(argv[2]));
  if (argc > 3) load.members = std::max(1UL, std::strtoul(argv[3], nullptr, 10));
  if (argc > 4) load.nodes = std::max(1UL, std::strtoul(argv[4], nullptr, 10));
  if (argc > 5) load.batch = std::max(1UL, std::strtoul(argv[5], nullptr, 10));
  return rollcall::bench::measure(load);
}
